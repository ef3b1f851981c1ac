/** The `onecard` command line. */
import { Command } from 'commander';
import { packageVersion } from '../gateway/observe/package-version.ts';
import { platformCommand } from '../platform/command.ts';
import { issueCommand } from '../platform/issue/command.ts';
import { completionCommand } from './completion.ts';
import { configCommand } from './config.ts';
import { conformanceCommand } from './conformance/command.ts';
import { demoCommand } from './demo/demo.ts';
import { deviceCommand } from './device.ts';
import { engineCommand } from './engine.ts';
import { exitStatusHelp } from './exit-statuses.ts';
import { journalCommand } from './journal.ts';
import { endWithLauncher } from './launcher-watch.ts';
import { listCommand } from './list.ts';
import { modeCommand } from './mode.ts';
import { explainOwnFaults } from './own-fault.ts';
import { policyCommand } from './policy.ts';
import { receiptCommand } from './receipt.ts';
import { reportCommand } from './report.ts';
import { scenesCommand } from './scenes/command.ts';
import { serveCommand } from './serve.ts';
import { tapCommand } from './tap/command.ts';
import { endUnusableWith2 } from './unusable.ts';
import { verifyCommand } from './verify.ts';

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

/**
 * The benchmark comes along with the command line and is no part of the product: nothing of it is loaded unless asked
 * for.
 */
const isCompleted = process.argv[2] === 'completion';
const benchmark = isCompleted || process.argv[2] === 'bench' ? await import('../bench/command.ts') : null;

const onecard = new Command('onecard')
  .description('Identity-verification edge gateway for a city card.')
  .version(packageVersion())
  .showHelpAfterError('(onecard --help explains)')
  .addCommand(demoCommand())
  .addCommand(tapCommand())
  .addCommand(serveCommand())
  .addCommand(configCommand())
  .addCommand(verifyCommand())
  .addCommand(conformanceCommand())
  .addCommand(deviceCommand())
  .addCommand(scenesCommand())
  .addCommand(policyCommand())
  .addCommand(journalCommand())
  .addCommand(reportCommand())
  .addCommand(receiptCommand())
  .addCommand(modeCommand())
  .addCommand(listCommand())
  .addCommand(engineCommand())
  .addCommand(completionCommand())
  .addCommand(platformCommand())
  .addCommand(issueCommand())
  .addCommand(benchmark?.benchCommand() ?? new Command('bench').description(BENCH))
  .addHelpText('after', HELP);
endUnusableWith2(onecard);
await onecard.parseAsync();
