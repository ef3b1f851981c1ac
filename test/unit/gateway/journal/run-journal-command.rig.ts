/** `onecard journal`, alone. */
import { journalCommand } from '../../../../cli/journal.ts';

await journalCommand().parseAsync(process.argv.slice(2), { from: 'user' });
