/**
 * The journal of just this gateway: what is there is looked at before it is opened, and what does not belong together, is
 * damaged or another's refuses the start.
 */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { Settings } from '../../config/settings.ts';
import { requireRoomToBegin } from '../journal/disk-room.ts';
import { identityFile, keepIdentity, keptIdentity } from '../journal/identity-file.ts';
import { JOURNAL_WAYS_OUT, JournalError } from '../journal/journal-error.ts';
import {
  IDENTITY_NOTE,
  identityJson,
  type JournalIdentity,
  keyFingerprint,
} from '../journal/journal-identity.ts';
import { journalKey } from '../journal/journal-key.ts';
import { type JournalPlace, journalState } from '../journal/journal-start.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import { setJournalAside } from '../journal/set-aside.ts';
import type { Log } from '../observe/log.ts';
import { LmdbFileError, lmdbDataFile } from '../storage/lmdb-file.ts';
import { journalFolder } from './journal-side.ts';

export interface OwnJournal {
  readonly settings: Settings;
  readonly log: Log;
  /** Opens it, once it may be. */
  readonly open: () => LmdbJournal;
  /** Sets aside what is there, and begins a new journal. */
  readonly beginAnew: boolean;
  /** The longest time a presentation may come again. */
  readonly horizonMs: number;
  readonly nowMs: number;
}

/** Rejects with JournalError `unusable` where what is there is damaged, does not belong together, or is another's. */
export async function ownJournal(own: OwnJournal): Promise<LmdbJournal> {
  const { settings, log } = own;
  const place: JournalPlace = {
    folder: journalFolder(settings),
    identityFile: identityFile(settings.data_dir),
    gatewayId: settings.gateway_id,
  };
  if (own.beginAnew) await beginAnew(place, own);
  const state = await journalState(place);
  requireRoomToBegin(place.folder);
  const begunAnewAtMs = keptIdentity(place.identityFile)?.begunAnewAtMs ?? null;
  if (state === 'first') keepIdentity(place.identityFile, { identity: 'making', begunAnewAtMs });
  const journal = explainedLmdb(settings, own.open);
  try {
    await settleIdentity(place, journal, begunAnewAtMs, settings.crypto.profile);
  } catch (cause) {
    await journal.close();
    throw cause;
  }
  if (state === 'adopted')
    log.info(
      { epoch: journal.epoch },
      'the journal of an earlier version was taken over: its identity is noted',
    );
  return journal;
}

/** What LMDB itself finds wrong while the journal is read at the start, in a sentence. */
export function explainedLmdb<T>(settings: Settings, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const { code, message } = cause as { code?: unknown; message: string };
    const ofLmdb = typeof code === 'number' || cause instanceof LmdbFileError;
    if (cause instanceof JournalError || !ofLmdb) throw cause;
    const file = lmdbDataFile(journalFolder(settings));
    throw new JournalError('unusable', `${file} cannot be read: ${message}. ${JOURNAL_WAYS_OUT}`, { cause });
  }
}

/** The identity stands in the data file before it stands beside it, and is written only where it does not stand yet. */
async function settleIdentity(
  { folder, identityFile: file, gatewayId }: JournalPlace,
  journal: LmdbJournal,
  begunAnewAtMs: number | null,
  profile: CryptoProfile,
): Promise<void> {
  const identity: JournalIdentity = {
    gatewayId,
    epoch: journal.epoch,
    keyFingerprint: keyFingerprint(journalKey(folder, profile), profile),
  };
  const bytes = Buffer.from(identityJson(identity), 'utf8');
  if (!journal.note(IDENTITY_NOTE)?.equals(bytes)) await journal.saveNote(IDENTITY_NOTE, bytes);
  const kept = keptIdentity(file)?.identity ?? null;
  if (kept === null || kept === 'making' || identityJson(kept) !== identityJson(identity))
    keepIdentity(file, { identity, begunAnewAtMs });
}

async function beginAnew(place: JournalPlace, { log, horizonMs, nowMs }: OwnJournal): Promise<void> {
  const begunAtMs = await begunAnewBefore(place);
  if (begunAtMs !== null) {
    throw new JournalError(
      'unusable',
      `the journal in ${place.folder} was begun by --new-journal at ${new Date(begunAtMs).toISOString()} and can be ` +
        'used: start without --new-journal, which would lose it too',
    );
  }
  const aside = await setJournalAside(place.folder, place.identityFile, nowMs);
  keepIdentity(place.identityFile, { identity: 'making', begunAnewAtMs: nowMs });
  if (aside === null) return;
  log.error(
    {
      set_aside: aside.folder,
      unconfirmed_records: aside.unconfirmedRecords ?? 'unknown',
      may_pass_again_until: new Date(nowMs + horizonMs).toISOString(),
    },
    'a new journal was begun: credentials that were used before may pass again, taps sent again are decided again, and ' +
      'records that the platform had not confirmed are in the folder that was set aside only',
  );
}

/** When the journal that is there was begun by `--new-journal`; null where it was not, or cannot be used. */
async function begunAnewBefore(place: JournalPlace): Promise<number | null> {
  try {
    return (await journalState(place)) === 'own'
      ? (keptIdentity(place.identityFile)?.begunAnewAtMs ?? null)
      : null;
  } catch (error) {
    if (error instanceof JournalError) return null;
    throw error;
  }
}
