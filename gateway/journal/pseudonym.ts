/**
 * Keyed pseudonyms: the same person, card or presentation always gets the same 16 bytes, and without the key nobody
 * can tell whose they are. HMAC-SHA-256 (RFC 2104), or HMAC-SM3 (GB/T 15852.2 clause 7), cut to 16 bytes (NIST SP 800-107
 * clause 5.3.3), under a key of its own for each kind. Those of taps are made on the proving threads
 * (`workers/names/naming.ts`); both give the same.
 */
import { type CryptoProfile, otherProfile } from '../../config/crypto-settings.ts';
import { macOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { keyedDigest, lengthFirst, type NameAlgorithm } from '../../workers/names/keyed-digest.ts';
import { NAME_KINDS, type NameKind, type NamingKeys } from '../../workers/names/naming.ts';
import { journalKey, journalKeysIfThere } from './journal-key.ts';

export interface Pseudonyms {
  readonly keys: NamingKeys;
  /** Of a card number or an account. */
  subject(subject: string): Uint8Array;
  credential(credentialId: string): Uint8Array;
  /** Of a whole presentation: the family, the scene and the packed input. Neither name holds a zero byte. */
  presentation(family: string, scene: string, packedInput: Uint8Array): Uint8Array;
  /** Of one showing of a credential. */
  replay(credentialId: string, nonce: string): Uint8Array;
}

/** Pseudonyms under a key of 32 bytes. Throws TypeError on another length. */
export function createPseudonyms(key: Uint8Array, algorithm: NameAlgorithm = 'HMAC-SHA-256'): Pseudonyms {
  if (key.length !== 32) throw new TypeError('the key of pseudonyms has 32 bytes');
  // Copied out of Node's pool: they go to the proving threads.
  const keyOf = (kind: NameKind) =>
    new Uint8Array(macOf(algorithm, key, Buffer.from(`onecard.journal.${kind}.v1`, 'ascii')));
  const ofKinds = Object.fromEntries(NAME_KINDS.map((kind) => [kind, keyOf(kind)])) as Record<
    NameKind,
    Uint8Array
  >;
  const keys = { ...ofKinds, algorithm };
  const subject = keyedDigest(keys.subject, algorithm);
  const credential = keyedDigest(keys.credential, algorithm);
  const presentation = keyedDigest(keys.presentation, algorithm);
  const replay = keyedDigest(keys.replay, algorithm);
  return {
    keys,
    subject: (name) => subject(Buffer.from(name, 'utf8')),
    credential: (name) => credential(Buffer.from(name, 'utf8')),
    presentation: (family, scene, packedInput) =>
      presentation(Buffer.concat([Buffer.from(`${family}\0${scene}\0`), packedInput])),
    replay: (credentialId, nonce) => replay(lengthFirst(credentialId, nonce)),
  };
}

/** Those that names are made with, whose key is made where it has to be, and those of the other profile. Throws JournalError. */
export function journalNames(
  folder: string,
  profile: CryptoProfile = 'international',
): [own: Pseudonyms, former: Pseudonyms | null] {
  const own = createPseudonyms(journalKey(folder, profile), algorithmFor('journal-names', profile));
  return [own, pseudonymsIfThere(folder, otherProfile(profile))];
}

/** Of the names that the journal in a folder was kept with in a profile; null where it has no key of it. Throws JournalError. */
export function pseudonymsIfThere(folder: string, profile: CryptoProfile): Pseudonyms | null {
  const key = journalKeysIfThere(folder)[profile];
  return key && createPseudonyms(key, algorithmFor('journal-names', profile));
}
