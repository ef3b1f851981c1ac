/** Builds the log of the journal, and tells its checkpoints to who sends them on. */
import { join } from 'node:path';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { keyFingerprint } from '../journal/journal-identity.ts';
import { journalKeysIfThere } from '../journal/journal-key.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { SignedCheckpoint } from '../journal/log/checkpoint.ts';
import {
  CHECKPOINT_KEY_FILE,
  type CheckpointKeys,
  checkpointKeysInFiles,
} from '../journal/log/checkpoint-key.ts';
import { checkpointKeysElsewhere } from '../journal/log/checkpoint-key-elsewhere.ts';
import type { JournalLog } from '../journal/log/journal-log.ts';
import { openJournalLog } from '../journal/log/open-log.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { journalFolder } from './journal-side.ts';
import type { HeldKeys } from './keys-side.ts';

const WAITS =
  "the journal's checkpoint waits for whoever holds its key, which did not sign it; taps do not wait, and it is asked again";

export interface LogSide {
  readonly log: JournalLog;
  /** Tells the newest checkpoint, and each that is made from then on. */
  follow(listener: (checkpoint: SignedCheckpoint) => void): void;
}

export interface LogSideOptions {
  readonly settings: Settings;
  readonly journal: LmdbJournal;
  readonly heldKeys: HeldKeys;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => number;
  readonly acceptDamage: boolean;
  /** See `OpenLogOptions`. */
  readonly replayAfter: number;
  readonly onFailed: (error: Error) => void;
}

/** Files are by the settings, or beside the journal's folder, where they stay when a journal is put aside. */
function checkpointKeys({ data_dir, journal, crypto }: Settings, heldKeys: HeldKeys): CheckpointKeys {
  const file = journal.checkpoint_key_file ?? join(data_dir, CHECKPOINT_KEY_FILE);
  const { holder: kind, label } = crypto.keys.checkpoint;
  if (kind === 'file' || label === undefined) return checkpointKeysInFiles(file);
  return checkpointKeysElsewhere({ holder: heldKeys.holder(kind), label, profile: crypto.profile, file });
}

/** Rejects with JournalError where the journal does not hold to its log. */
export async function buildLog(options: LogSideOptions): Promise<LogSide> {
  const { settings, journal, metrics, log, now, acceptDamage, replayAfter, onFailed } = options;
  const folder = journalFolder(settings);
  const keys = journalKeysIfThere(folder);
  const fingerprint = (profile: CryptoProfile) => {
    const key = keys[profile];
    return key === null ? 'none' : keyFingerprint(key, profile);
  };
  let tell: (checkpoint: SignedCheckpoint) => void = () => {};
  const journalLog = await openJournalLog({
    journalFolder: folder,
    journal,
    profile: settings.crypto.profile,
    keys: checkpointKeys(settings, options.heldKeys),
    leavesBytes: settings.journal.log_bytes,
    checkpointMs: settings.journal.checkpoint_ms,
    identity: (profile) => ({
      gatewayId: settings.gateway_id,
      epoch: journal.epoch,
      keyFingerprint: fingerprint(profile),
    }),
    now,
    acceptDamage,
    replayAfter,
    onCheckpoint: (checkpoint) => tell(checkpoint),
    onFault: (error) => {
      metrics.faultSeen('journal_log');
      log.error({ error: error.message }, "the journal's log could not be written; it is tried again");
    },
    onUnsigned: (error) => {
      metrics.faultSeen('checkpoint_key');
      log.warn({ error: error.message }, WAITS);
    },
    onFailed,
  });
  return {
    log: journalLog,
    follow(listener) {
      tell = listener;
      if (journalLog.newest) listener(journalLog.newest);
    },
  };
}
