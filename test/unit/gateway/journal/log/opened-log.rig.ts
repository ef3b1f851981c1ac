/** A journal with its log, as a gateway has them, in a profile of algorithms. */
import { join } from 'node:path';
import type { CryptoProfile } from '../../../../../config/crypto-settings.ts';
import { keyFingerprint } from '../../../../../gateway/journal/journal-identity.ts';
import { journalKeysIfThere } from '../../../../../gateway/journal/journal-key.ts';
import { type LmdbJournal, openJournal } from '../../../../../gateway/journal/lmdb-journal.ts';
import {
  type CheckpointKeys,
  checkpointKeysInFiles,
} from '../../../../../gateway/journal/log/checkpoint-key.ts';
import type { JournalLog } from '../../../../../gateway/journal/log/journal-log.ts';
import { openJournalLog } from '../../../../../gateway/journal/log/open-log.ts';
import { TEST_PROFILE } from '../../../../crypto-profile.rig.ts';

export interface Opened {
  readonly journal: LmdbJournal;
  readonly log: JournalLog;
}

export interface OpenedOptions {
  readonly profile?: CryptoProfile;
  readonly journal?: LmdbJournal;
  readonly acceptDamage?: boolean;
  readonly keys?: CheckpointKeys;
  readonly checkpointMs?: number;
  readonly onUnsigned?: (error: Error) => void;
}

export const journalIn = (dir: string, profile = TEST_PROFILE) =>
  openJournal({ dir, durability: 'sync', maxBytes: 1 << 28, profile });

export async function opened(dir: string, options: OpenedOptions = {}): Promise<Opened> {
  const { profile = TEST_PROFILE, journal = journalIn(dir, profile), acceptDamage = false } = options;
  const throwOn = (error: Error) => {
    throw error;
  };
  const log = await openJournalLog({
    ...{ journal, acceptDamage, profile },
    journalFolder: dir,
    keys: options.keys ?? checkpointKeysInFiles(join(dir, 'checkpoint.key')),
    leavesBytes: 1 << 30,
    checkpointMs: options.checkpointMs ?? 600_000,
    identity: (of) => {
      const key = journalKeysIfThere(dir)[of];
      return {
        gatewayId: 'gw-1',
        epoch: journal.epoch,
        keyFingerprint: key === null ? 'none' : keyFingerprint(key, of),
      };
    },
    now: Date.now,
    onCheckpoint: () => {},
    onFault: throwOn,
    onUnsigned: options.onUnsigned ?? throwOn,
    onFailed: throwOn,
  });
  return { journal, log };
}

export async function closed({ journal, log }: Opened): Promise<void> {
  await log.stop();
  await journal.close();
}

export const storedIn = (journal: LmdbJournal, from = 1) =>
  [...journal.stored(from)].map(({ bytes }) => Buffer.from(bytes));
