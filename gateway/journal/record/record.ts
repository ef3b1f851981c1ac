/**
 * One decision as the journal stores it: the facts that it was made of, and the answer. No personal data: subjects and
 * credentials are pseudonyms under the journal's key.
 */
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import type { NameAlgorithm } from '../../../workers/names/keyed-digest.ts';
import type { DecisionAnswer, Facts } from '../../verification.ts';

/** In `lists` of a record of version 2: the list that its policy names. No list has such a name. */
export const POLICY_LIST = '*';

export type RecordVersion = 1 | 2 | 3 | 4 | 5;
/** Those that are written. */
export type WrittenVersion = 4 | 5;

/** What the names of a record are made with. */
export function namesOf(v: RecordVersion): NameAlgorithm {
  return v === 5 ? 'HMAC-SM3' : 'HMAC-SHA-256';
}

/** The same of a record as it is stored: its first byte is the version. */
export function namesOfStored(bytes: Uint8Array): NameAlgorithm {
  return namesOf(bytes[0] as RecordVersion);
}

/** What the tree that a stored record is in is hashed with. */
export function treeOfStored(bytes: Uint8Array): DigestAlgorithm {
  return namesOfStored(bytes) === 'HMAC-SM3' ? 'SM3' : 'SHA-256';
}

/** The version of records whose names are made so. */
export function versionNamedWith(algorithm: NameAlgorithm): WrittenVersion {
  return algorithm === 'HMAC-SM3' ? 5 : 4;
}

export interface DecisionRecord extends Facts {
  /**
   * Version. 1: from before decisions depended on a mode. 2: from before they depended on groups and direction; the one
   * named list that its policy asked for stands under `POLICY_LIST`, since the record does not name it. 3: from before a
   * presentation was used up for a whole cluster. What a version lacks is read as neutral values. 5: as 4, made in the
   * profile `sm`: its names are HMAC-SM3, and the journal's tree has it hashed with SM3.
   */
  readonly v: RecordVersion;
  /** Position in the journal, from 1, without gaps. */
  readonly position: number;
  readonly answer: DecisionAnswer;
}
