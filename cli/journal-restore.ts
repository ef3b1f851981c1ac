/** `onecard journal restore`: a backup in the place of the journal. */

import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import { loadScenes, ScenesError } from '../config/scenes.ts';
import { replayHorizonMs } from '../gateway/compose/replay-memory.ts';
import { identityFile } from '../gateway/journal/identity-file.ts';
import { type Restored, restoreJournal } from '../gateway/journal/restore.ts';
import { lockFolder } from '../gateway/storage/folder-lock.ts';
import { PRESENTABLE_FAMILIES } from '../workers/families/table.ts';
import { explained } from './journal-folder.ts';

const HELP = `
The gateway must be stopped. What was there is kept in a folder beside it. The journal goes on under a new epoch, so that
no record the platform has is overwritten; what the platform has and the backup lacks stays at the platform.

What was used between the backup's newest record and now is not known to the gateway any more, and may pass a second time
for as long as a presentation lives: the command says until when. Better than a backup is the journal itself: restore only
where it cannot be used.

Example:
  $ onecard journal restore --config gateway.json --from /backup/journal-2026-11-28`;

interface RestoreCommandOptions {
  readonly config: string;
  readonly from: string;
  readonly overNewerJournal?: boolean;
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description('Put a backup in the place of the journal of a stopped gateway.')
    .requiredOption('--config <file>', "the gateway's settings")
    .requiredOption('--from <dir>', 'the backup')
    .option('--over-newer-journal', 'also where the journal that is there goes further; it is kept aside')
    .addHelpText('after', HELP)
    .action(({ config, from, overNewerJournal }: RestoreCommandOptions) =>
      explained('restore', async () => {
        const settings = loadSettings(config);
        const horizonMs = replayHorizonMs(settings.limits, loadScenes(PRESENTABLE_FAMILIES, settings.city));
        const lock = lockFolder(settings.data_dir, 'onecard journal restore');
        try {
          const nowMs = Date.now();
          const restored = await restoreJournal({
            place: {
              folder: join(settings.data_dir, 'journal'),
              identityFile: identityFile(settings.data_dir),
              gatewayId: settings.gateway_id,
            },
            from: resolve(from),
            overNewer: overNewerJournal === true,
            nowMs,
          });
          for (const line of told(restored, nowMs, horizonMs)) console.log(line);
        } finally {
          lock.release();
        }
      }, [ScenesError]),
    );
}

function told({ backup, epoch, aside }: Restored, nowMs: number, horizonMs: number): string[] {
  const { records, first, last, newest_at_ms: newestAtMs } = backup;
  const range = records === 0 ? 'no records' : `${records} records, positions ${first} to ${last}`;
  const since = Math.max(newestAtMs, nowMs - horizonMs);
  return [
    `restored ${range}; new records are of epoch ${epoch}, from position ${last + 1} on`,
    aside === null ? 'there was no journal before' : `the journal that was there is kept in ${aside}`,
    `replay protection is lost for what was shown from ${instant(since)} to ${instant(nowMs)}: it may pass a second ` +
      `time, until ${instant(nowMs + horizonMs)} at most. Taps of that time that are sent again are decided again`,
    'the platform keeps what it has of that time; it is not in this journal any more',
  ];
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
