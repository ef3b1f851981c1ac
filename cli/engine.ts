/** `onecard engine`: which signature engine runs on this machine, and why. */
import { Command } from 'commander';
import { chooseEngine, ENGINE_VARIABLE, EngineError } from '../workers/engine/choose.ts';
import { runOrExplain } from './unusable.ts';

const HELP = `
Engines, the fastest first: ifma8 (AVX-512 IFMA, eight signatures side by side), avx2 (four of them), scalar (any 64-bit
machine), portable (JavaScript). The first that can run and passes its known-answer test is taken. ${ENGINE_VARIABLE}=NAME forces one.

Exit status: 0 an engine runs, 2 the one that was asked for cannot.

Examples:
  $ onecard engine
  $ ${ENGINE_VARIABLE}=scalar onecard engine --json`;

export function engineCommand(): Command {
  return new Command('engine')
    .description('Show which signature engine runs here, and why.')
    .option('--json', 'print one JSON object')
    .addHelpText('after', HELP)
    .action(({ json }: { json?: boolean }) =>
      runOrExplain('engine', [EngineError], async () => {
        const { engine, forced, considered, origin } = chooseEngine();
        if (json) {
          process.stdout.write(
            `${JSON.stringify({ engine: engine.name, from: origin, forced, considered })}\n`,
          );
          return;
        }
        process.stdout.write(`${engine.name}${forced ? ` (${ENGINE_VARIABLE} asks for it)` : ''}\n`);
        for (const { name, whyNot } of considered) {
          process.stdout.write(`  ${name.padEnd(10)} ${whyNot ?? `runs: ${origin}`}\n`);
        }
      }),
    );
}
