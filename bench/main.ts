/** `npm run bench`: the same as `onecard bench`. */
import { benchCommand } from './command.ts';

await benchCommand().parseAsync();
