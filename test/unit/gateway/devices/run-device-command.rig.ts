/** `onecard device`, alone. */
import { deviceCommand } from '../../../../cli/device.ts';
import { endUnusableWith2 } from '../../../../cli/unusable.ts';

const command = deviceCommand();
endUnusableWith2(command);
await command.parseAsync(process.argv.slice(2), { from: 'user' });
