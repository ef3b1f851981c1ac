/**
 * Before a gateway opens its journal: whether what is there can be used, belongs together and is this gateway's. Doubt
 * refuses the start, because an empty or a foreign journal lets every used credential pass again.
 */
import { existsSync, statSync } from 'node:fs';
import { CRYPTO_PROFILES } from '../../config/crypto-settings.ts';
import { lmdbDataFile } from '../storage/lmdb-file.ts';
import { type KeptIdentity, keptIdentity } from './identity-file.ts';
import { JOURNAL_WAYS_OUT, JournalError } from './journal-error.ts';
import {
  type FoundIdentity,
  IDENTITY_NOTE,
  identityFault,
  keyFingerprint,
  profileOfFingerprint,
  readIdentity,
} from './journal-identity.ts';
import { hasKey, JOURNAL_KEY_FILES, type JournalKeys, journalKeysIfThere } from './journal-key.ts';
import { type JournalReader, openJournalReader, readable } from './journal-reader.ts';

/**
 * - `first`: nothing was kept here yet.
 * - `own`: this gateway's, and whole as far as can be told without reading it.
 * - `adopted`: of an earlier version, which kept no identity.
 */
export type JournalState = 'first' | 'own' | 'adopted';

export interface JournalPlace {
  /** Of the journal and its key. */
  readonly folder: string;
  /** See `identity-file.ts`. */
  readonly identityFile: string;
  readonly gatewayId: string;
}

/** Throws JournalError `unusable`, with a sentence and the ways out. */
export async function journalState(place: JournalPlace): Promise<JournalState> {
  const { folder } = place;
  const kept = keptIdentity(place.identityFile)?.identity ?? null;
  const dataFile = lmdbDataFile(folder);
  const keys = journalKeysIfThere(folder);
  const dataBytes = existsSync(dataFile) ? statSync(dataFile).size : null;
  if (kept === 'making' && (dataBytes ?? 0) === 0) return 'first';
  if (dataBytes === null) {
    if (kept === null && !hasKey(keys)) return 'first';
    throw refused(folder, !hasKey(keys) ? 'the journal is gone' : `its data file ${dataFile} is missing`);
  }
  if (!hasKey(keys)) {
    const named = kept === null || kept === 'making' ? undefined : kept.keyFingerprint;
    throw refused(folder, `its key ${keyFileOf(named)} is missing`);
  }
  const reader = openJournalReader(folder);
  try {
    return stateOf(place, kept, keys, reader);
  } finally {
    await reader.close();
  }
}

function stateOf(
  { folder, gatewayId, identityFile: file }: JournalPlace,
  kept: KeptIdentity['identity'] | null,
  keys: JournalKeys,
  reader: JournalReader,
): JournalState {
  const note = reader.note(IDENTITY_NOTE);
  const noted = note && readIdentity(note);
  if (note && !noted) throw refused(folder, 'what its data file says of its identity is damaged');
  const epochs = reader.everyEpoch;
  const beside = kept === 'making' ? null : kept;
  if (!noted && beside) throw refused(folder, `its data file is not the one that ${file} was written for`);
  if (!noted && kept === 'making' && reader.lastPosition === 0) return 'first';
  if (noted && keys[profileOfFingerprint(noted.keyFingerprint)] === null) {
    throw refused(folder, `its key ${keyFileOf(noted.keyFingerprint)} is missing`);
  }
  const found: FoundIdentity[] = [
    { where: 'this gateway (gateway_id)', says: { gatewayId } },
    ...keysSay(keys),
    ...(noted ? [{ where: 'its data file', says: noted }] : [recordsSay(reader)]),
    ...(beside ? [{ where: file, says: beside }] : []),
  ];
  const fault = identityFault(found, epochs);
  if (fault) throw refused(folder, `it does not belong together: ${fault}`);
  return noted ? 'own' : 'adopted';
}

/** Of the key of a fingerprint; undefined: of a journal of an earlier version, which noted none. */
function keyFileOf(fingerprint: string | undefined): string {
  return JOURNAL_KEY_FILES[fingerprint === undefined ? 'international' : profileOfFingerprint(fingerprint)];
}

function keysSay(keys: JournalKeys): FoundIdentity[] {
  return CRYPTO_PROFILES.flatMap((profile) => {
    const key = keys[profile];
    const where = `its key ${JOURNAL_KEY_FILES[profile]}`;
    return key === null ? [] : [{ where, says: { keyFingerprint: keyFingerprint(key, profile) } }];
  });
}

/** The gateway that a journal of an earlier version is of: its newest decision names it. */
function recordsSay(reader: JournalReader): FoundIdentity {
  const newest = readable(
    () => reader.at(reader.lastPosition),
    () => undefined,
  );
  const [gatewayId] = newest?.record.answer.decisionId.split(':') ?? [];
  return { where: 'its newest record', says: gatewayId === undefined ? {} : { gatewayId } };
}

function refused(folder: string, why: string): JournalError {
  return new JournalError('unusable', `the journal in ${folder} cannot be used: ${why}. ${JOURNAL_WAYS_OUT}`);
}
