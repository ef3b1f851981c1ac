/** `onecard journal`, alone. */
import { journalCommand } from '../../gateway/cli/journal.ts';

await journalCommand().parseAsync(process.argv.slice(2), { from: 'user' });
