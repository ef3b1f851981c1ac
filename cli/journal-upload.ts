/** `onecard journal upload`: hands the platform what it lacks of the journal of a gateway that will not come back. */

import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import { parseSettings, type Settings } from '../config/settings.ts';
import { identityFile } from '../gateway/journal/identity-file.ts';
import { journalState } from '../gateway/journal/journal-start.ts';
import { openJournal } from '../gateway/journal/lmdb-journal.ts';
import { openOutboxReader } from '../gateway/journal/outbox-reader.ts';
import { MACHINE_CLOCKS } from '../gateway/knowledge/clock/clocks.ts';
import { createGuardedClock } from '../gateway/knowledge/clock/guarded-clock.ts';
import { keptTimeFile, readKeptTime } from '../gateway/knowledge/clock/kept-time.ts';
import { statusKeysOf } from '../gateway/knowledge/trust/status-keys.ts';
import { TrustUpdateError } from '../gateway/knowledge/trust/trust-update-error.ts';
import { checkPlatformRoots, readPlatformToken } from '../gateway/link/platform-files.ts';
import { trustSource } from '../gateway/link/trust-source.ts';
import { PlatformError } from '../gateway/outbound/platform-error.ts';
import type { SealKeys } from '../gateway/outbound/platform-request.ts';
import { type Uploaded, uploadJournal } from '../gateway/outbox/upload-journal.ts';
import { FolderTakenError, lockFolder } from '../gateway/storage/folder-lock.ts';
import { existing } from './data-folder.ts';
import { explained, FOUND_EXIT_CODE } from './journal-folder.ts';
import { startProgress } from './progress.ts';
import { UnusableError } from './unusable.ts';

const HELP = `
A gateway sends its journal by itself, also what waits from before a stop: this is for one that will not come back. The
gateway must be stopped. Records that the platform has are known by their names and are not kept twice, so it may be
begun again at any time. Only what the platform has sealed counts as confirmed.

Exit status: 0 when the platform has every record, 1 when it lacks some, 2 when options or journal cannot be used.

Examples:
  $ onecard journal upload --config gateway.json
  $ onecard journal upload --config gateway.json --data /mnt/old-disk/data --platform http://127.0.0.1:8791`;

interface UploadCommandOptions {
  readonly config: string;
  readonly data?: string;
  readonly platform?: string;
  readonly tokenFile?: string;
}

export function uploadCommand(): Command {
  return new Command('upload')
    .description('Send the platform what it does not have of the journal of a stopped gateway.')
    .requiredOption('--config <file>', "the gateway's settings")
    .option('--data <dir>', 'its data folder, where it is no longer where the settings say')
    .option('--platform <url>', "the platform's address, in place of that of the settings")
    .option('--token-file <file>', 'the token it knows the gateway by, in place of that of the settings')
    .addHelpText('after', HELP)
    .action((options: UploadCommandOptions) =>
      explained('upload', async () => {
        const { settings, platform } = laidOver(loadSettings(options.config), options);
        await upload(
          settings,
          platform,
          options.data === undefined ? settings.data_dir : resolve(options.data),
        );
      }, [PlatformError, TrustUpdateError, FolderTakenError]),
    );
}

/** The settings with what the options put in place of theirs, held to the same rules. */
function laidOver(
  settings: Settings,
  options: UploadCommandOptions,
): { readonly settings: Settings; readonly platform: NonNullable<Settings['platform']> } {
  if (!settings.platform)
    throw new UnusableError(`${options.config} names no platform to send the journal to`);
  const platform = {
    ...settings.platform,
    ...(options.platform && { url: options.platform }),
    ...(options.tokenFile && { token_file: resolve(options.tokenFile) }),
  };
  return { settings: parseSettings({ ...settings, platform }), platform };
}

async function upload(
  settings: Settings,
  platform: NonNullable<Settings['platform']>,
  data: string,
): Promise<void> {
  const { gateway_id: gatewayId, limits, crypto } = settings;
  const folder = existing(join(data, 'journal'), 'journal');
  checkPlatformRoots(platform, crypto);
  const token = readPlatformToken(platform.token_file);
  const endpoint = { url: platform.url, token, timeoutMs: platform.timeout_ms };
  const lock = lockFolder(data, 'onecard journal upload');
  const progress = startProgress();
  try {
    await journalState({ folder, identityFile: identityFile(data), gatewayId });
    const kept = readKeptTime(keptTimeFile(data));
    const clock = createGuardedClock({
      clocks: MACHINE_CLOCKS,
      toleranceMs: limits.clock_tolerance_ms,
      keptMs: kept.kind === 'kept' ? kept.signedMs : null,
    });
    const sealKeys = await keysOf(
      trustSource(platform, settings, endpoint, join(data, 'platform'), clock),
      crypto,
    );
    const journal = openJournal({ dir: folder, durability: 'sync', maxBytes: Number.MAX_SAFE_INTEGER });
    const reader = openOutboxReader(folder);
    try {
      const uploaded = await uploadJournal({
        journal,
        reader,
        endpoint,
        gatewayId,
        sealKeys,
        batchRecords: platform.upload_batch,
        now: () => clock.now(),
        onProgress: (done, all) => progress.at(done / all, `${done} of ${all} records`),
      });
      progress.done();
      for (const line of told(uploaded)) console.log(line);
      if (uploaded.left > 0) process.exitCode = FOUND_EXIT_CODE;
    } finally {
      await reader.close();
      await journal.close();
    }
  } finally {
    progress.done();
    lock.release();
  }
}

/** By what the platform's answers are believed: of trust as it is now, else as it was kept. */
async function keysOf(
  repository: ReturnType<typeof trustSource>,
  crypto: Settings['crypto'],
): Promise<SealKeys> {
  const kept = await repository.load();
  const bundle = await repository.update(new AbortController().signal).catch((error: unknown) => {
    if (kept) return kept;
    throw error;
  });
  const { sealing } = statusKeysOf(bundle.trust.document, crypto);
  if (sealing.size === 0) {
    throw new UnusableError(
      'trust names no key that the platform seals its answers with (statusKeys): nothing it says could be believed',
    );
  }
  return sealing;
}

function told({ accepted, duplicates, conflicts, passedOver, left, failure }: Uploaded): string[] {
  return [
    ...passedOver.map((why) => `passed over: ${why}`),
    `${accepted} records accepted, ${duplicates} the platform had, ${conflicts} it had others in place of` +
      (conflicts > 0 ? ': the folder was restored or copied, and they were sent under a new epoch' : ''),
    left === 0
      ? 'the platform has every record'
      : `${left} records are left: ${failure ?? 'no answer'}. They stay in the journal; begin again later`,
  ];
}
