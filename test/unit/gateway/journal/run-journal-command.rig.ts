/** `onecard journal`, alone. */
import { journalCommand } from '../../../../cli/journal.ts';
import { endUnusableWith2 } from '../../../../cli/unusable.ts';

const command = journalCommand();
endUnusableWith2(command);
await command.parseAsync(process.argv.slice(2), { from: 'user' });
