/** `onecard device`, alone. */
import { deviceCommand } from '../../../../cli/device.ts';

await deviceCommand().parseAsync(process.argv.slice(2), { from: 'user' });
