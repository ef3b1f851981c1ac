/** Builds what gives receipts. Where it cannot be built, taps go on: receipts are refused, and the log says why. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SceneTable } from '../../config/scenes.ts';
import type { Settings } from '../../config/settings.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import { logFolder } from '../journal/log/hash-files.ts';
import type { JournalLog } from '../journal/log/journal-log.ts';
import type { ForgettingClock } from '../knowledge/clock/forgetting-clock.ts';
import type { GuardedClock } from '../knowledge/clock/guarded-clock.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { CheckpointWait } from '../receipts/checkpoint-wait.ts';
import { type HeldReceiptKey, heldReceiptKey } from '../receipts/held-receipt-key.ts';
import { publicKeysDocument } from '../receipts/public-keys.ts';
import type { ReceiptIssuer } from '../receipts/receipt.ts';
import { ReceiptDesk } from '../receipts/receipt-desk.ts';
import {
  keysFile,
  keysMade,
  readKeys,
  receiptsFolder,
  signs,
  WatchedKeys,
} from '../receipts/receipt-keys.ts';
import { ReceiptRetention } from '../receipts/receipt-retention.ts';
import { ReceiptStore } from '../receipts/receipt-store.ts';
import { ReceiptsError } from '../receipts/receipts-error.ts';
import { SigningThread } from '../receipts/signing-thread.ts';
import { subjectKey } from '../receipts/subject-key.ts';
import { DeviceRates } from '../scheduling/device-rates.ts';
import { lmdbDataFile } from '../storage/lmdb-file.ts';
import { journalFolder } from './journal-side.ts';
import type { HeldKeys } from './keys-side.ts';
import type { ClosingStack } from './run.ts';

export interface ReceiptsSideOptions {
  readonly settings: Settings;
  readonly scenes: SceneTable;
  readonly journal: LmdbJournal;
  readonly journalLog: JournalLog;
  readonly heldKeys: Pick<HeldKeys, 'holder'>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly clock: Pick<GuardedClock, 'now' | 'monotonicMs'>;
  readonly forgetting: Pick<ForgettingClock, 'now'>;
  /** Another entry module for the thread that signs. */
  readonly entry: URL | undefined;
}

/** Between two checkpoints that are made for receipts, and how long one waits for its own. */
const CHECKPOINT_EVERY_MS = 200;
const CHECKPOINT_TIMEOUT_MS = 5_000;

const NONE: ReceiptIssuer = {
  issue: async () => ({ code: 'receipt.unavailable', retryAfterMs: 0 }),
  find: () => ({ code: 'receipt.unavailable', retryAfterMs: 0 }),
  publicKeys: () => null,
};

export async function buildReceipts(
  options: ReceiptsSideOptions,
  closing: ClosingStack,
): Promise<ReceiptIssuer> {
  const { metrics, log, settings } = options;
  try {
    return desk(options, closing, await heldElsewhere(options));
  } catch (error) {
    metrics.faultSeen('receipts');
    log.error(
      { folder: receiptsFolder(settings.data_dir), error: (error as Error).message },
      'receipts cannot be given: taps go on without them',
    );
    return NONE;
  }
}

/** Throws ReceiptsError where there are keys and no store: every reference that was proved would be free again. */
function storeFolder(folder: string, hasKeys: boolean): string {
  const store = join(folder, 'store');
  if (!hasKeys || existsSync(lmdbDataFile(store))) return store;
  throw new ReceiptsError(
    'unusable',
    `${store} is gone, and with it what was proved: put it back, or remove ${folder} as well to begin anew under new keys`,
  );
}

/** Null: its key is in the file of keys. Rejects with CryptoError. */
async function heldElsewhere({ settings, heldKeys }: ReceiptsSideOptions): Promise<HeldReceiptKey | null> {
  const { crypto, data_dir } = settings;
  const { holder: kind, label } = crypto.keys.receipt;
  if (kind === 'file' || label === undefined) return null;
  return await heldReceiptKey(heldKeys.holder(kind), label, crypto.profile, keysFile(data_dir));
}

function desk(
  options: ReceiptsSideOptions,
  closing: ClosingStack,
  held: HeldReceiptKey | null,
): ReceiptIssuer {
  const { settings, scenes, journal, journalLog, metrics, log, clock, forgetting, entry } = options;
  const now = () => clock.now();
  const { gateway_id: gatewayId, limits, receipts, data_dir, crypto } = settings;
  const { profile } = crypto;
  const file = keysFile(data_dir);
  const folder = receiptsFolder(data_dir);
  const key = subjectKey(folder);
  const store = new ReceiptStore({
    folder: storeFolder(folder, readKeys(file) !== null),
    profile,
    referencesMax: receipts.references_max,
    maxBytes: receipts.max_bytes,
  });
  closing.add(() => store.close());
  // Behind the store: keys without one tell that it was taken away.
  const made = keysMade(file, profile, now(), held);
  if (profile === 'sm' && !made.some((key) => signs(key) && key.jwk.x5c)) {
    log.warn(
      {},
      'receipts are signed without a certificate: onecard receipt key request makes what a certification authority asks for',
    );
  }
  const keys = new WatchedKeys(file);
  const thread = new SigningThread(
    { keysFile: file, logFolder: logFolder(journalFolder(settings)) },
    held,
    entry,
  );
  closing.add(() => thread.stop());
  const onFault = (error: Error) => {
    metrics.faultSeen('receipts');
    log.error({ error: error.message }, 'a receipt could not be given');
  };
  const retention = new ReceiptRetention({
    store,
    keepDays: receipts.keep_days,
    referenceKeepDays: receipts.reference_keep_days,
    forgetMs: () => forgetting.now(),
    onFault,
  });
  closing.add(() => retention.stop());
  const rates = new DeviceRates(limits.receipts_per_s, () => clock.monotonicMs());
  const given = new ReceiptDesk({
    ...{ gatewayId, profile, limits, scenes, journal, thread, store, now, onFault },
    checkpoints: new CheckpointWait({
      log: journalLog,
      everyMs: CHECKPOINT_EVERY_MS,
      timeoutMs: CHECKPOINT_TIMEOUT_MS,
    }),
    subjectKey: key,
    publicKeys: () => JSON.stringify(publicKeysDocument(gatewayId, keys.read(), journalLog.publicKeys)),
    rate: (enrolment) => rates.take(enrolment),
    hasRoom: () => (journal.bound.disk?.state ?? 'ok') === 'ok',
    onGiven: ({ purpose, alg }) => metrics.receiptGiven(purpose, alg),
  });
  closing.add(() => given.settled());
  return given;
}
