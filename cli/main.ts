/** The `onecard` command line. */
import { Command } from 'commander';
import { packageVersion } from '../gateway/observe/package-version.ts';
import { COMMANDS, loadedCommands } from './commands.ts';
import { exitStatusHelp } from './exit-statuses.ts';
import { endWithLauncher } from './launcher-watch.ts';
import { explainOwnFaults } from './own-fault.ts';
import { endUnusableWith2 } from './unusable.ts';

const BENCH = 'Measure a gateway on this machine, and leave a report.';

const HELP = `
Start here:
  $ onecard demo                                a city in one process, to watch
  $ onecard tap --scene 29/entry --as senior    tap any of its scenes, and see why it answers so
  $ onecard verify --trust trust.json --jsonl taps.jsonl
  $ onecard serve --config gateway.json

Every command explains itself with --help.

${exitStatusHelp()}`;

endWithLauncher();
explainOwnFaults();

const [, , first] = process.argv;
/**
 * The benchmark comes along with the command line and is no part of the product: nothing of it is loaded unless asked
 * for.
 */
const benchmark = first === 'completion' || first === 'bench' ? await import('../bench/command.ts') : null;
const bench = async () => benchmark?.benchCommand() ?? new Command('bench').description(BENCH);

const onecard = new Command('onecard')
  .description('Identity-verification edge gateway for a city card.')
  .version(packageVersion())
  .showHelpAfterError('(onecard --help explains)')
  // What stands behind a command is that command's: `bench` and `bench city` have options of one name.
  .enablePositionalOptions()
  .addHelpText('after', HELP);
for (const command of await loadedCommands(new Map([...COMMANDS, ['bench', bench]]), first)) {
  onecard.addCommand(command);
}
endUnusableWith2(onecard);
await onecard.parseAsync();
