/** `onecard journal replay`: judges every kept decision again, from its record alone. */
import { Command } from 'commander';
import { ScenesError, type SceneTable } from '../config/scenes.ts';
import type { JournalReader } from '../gateway/journal/journal-reader.ts';
import { judgeAgain } from '../gateway/tap/judge-again.ts';
import { addDataFolderOptions, type DataFolderOptions } from './data-folder.ts';
import { explained, FOUND_EXIT_CODE, withReader } from './journal-folder.ts';
import { loadedScenes } from './scenes-in-force.ts';

const SHOWN_MAX = 100;
const PROGRESS_RECORDS = 1_000;

const HELP = `
A record holds everything its decision depended on but the policy, which is taken from the scenes: those of the
settings, those of --scenes, or those that come along. A decision made under another revision of them is not judged.

Exit status: 0 when no decision differs, 1 when one differs or is damaged, 2 when options or journal cannot be used.

Example:
  $ onecard journal replay --data data --scenes city`;

interface ReplayOptions extends DataFolderOptions {
  readonly scenes?: string;
}

export function replayCommand(): Command {
  return addDataFolderOptions(new Command('replay'))
    .description('Judge every kept decision again, and report those that would differ.')
    .option('--scenes <file>', 'scenes and policies to judge by')
    .addHelpText('after', HELP)
    .action((options: ReplayOptions) =>
      explained('replay', () => {
        const scenes = loadedScenes(options);
        return withReader(options, (reader) => {
          const progress = new Progress(reader.lastPosition - reader.firstPosition + 1);
          const { same, differing, unavailable, damaged } = replay(reader, scenes, progress);
          console.log(
            `${same} the same, ${differing} differ, ${unavailable} under a policy not at hand, ${damaged} damaged`,
          );
          if (differing + damaged > 0) process.exitCode = FOUND_EXIT_CODE;
        });
      }, [ScenesError]),
    );
}

interface Tally {
  same: number;
  differing: number;
  unavailable: number;
  damaged: number;
}

function replay(reader: JournalReader, scenes: SceneTable, progress: Progress): Tally {
  const tally: Tally = { same: 0, differing: 0, unavailable: 0, damaged: 0 };
  const show = (line: string) => {
    if (tally.differing + tally.damaged <= SHOWN_MAX) progress.line(line);
  };
  const onDamaged = (error: Error) => {
    tally.damaged += 1;
    show(error.message);
  };
  for (const record of reader.allAfter(0, onDamaged)) {
    progress.step();
    const judgement = judgeAgain(record, scenes);
    if (judgement.kind === 'same') tally.same += 1;
    else if (judgement.kind === 'policy_unavailable') tally.unavailable += 1;
    else {
      tally.differing += 1;
      const { answer, position, atMs, scene } = record;
      const { outcome, code } = judgement.now;
      const time = new Date(atMs).toISOString();
      show(`${position} ${time} ${scene}: was ${answer.outcome} ${answer.code}, is now ${outcome} ${code}`);
    }
  }
  const unshown = tally.differing + tally.damaged - SHOWN_MAX;
  if (unshown > 0) progress.line(`… and ${unshown} more`);
  progress.clear();
  return tally;
}

/** How far it is, on a terminal; nothing where standard error is a file or a pipe. */
class Progress {
  readonly #total: number;
  #done = 0;

  constructor(total: number) {
    this.#total = total;
  }

  step(): void {
    this.#done += 1;
    if (process.stderr.isTTY && this.#done % PROGRESS_RECORDS === 0) {
      const [done, total] = [this.#done, this.#total].map((count) => count.toLocaleString('en-US'));
      process.stderr.write(`\r\x1b[K${done} of ${total} decisions judged again`);
    }
  }

  line(text: string): void {
    this.clear();
    console.log(text);
  }

  clear(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}
