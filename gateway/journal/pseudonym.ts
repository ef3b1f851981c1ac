/**
 * Keyed pseudonyms: the same person, card or presentation always gets the same 16 bytes, and without the key nobody
 * can tell whose they are. HMAC-SHA-256 (RFC 2104) cut to 16 bytes (NIST SP 800-107 clause 5.3.3), under a key of its
 * own for each kind. Those of taps are made on the proving threads (`workers/names/naming.ts`); both give the same.
 */
import { createHmac } from 'node:crypto';
import { keyedDigest, lengthFirst } from '../../workers/names/keyed-digest.ts';
import { NAME_KINDS, type NameKind, type NamingKeys } from '../../workers/names/naming.ts';

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
export function createPseudonyms(key: Uint8Array): Pseudonyms {
  if (key.length !== 32) throw new TypeError('the key of pseudonyms has 32 bytes');
  // Copied out of Node's pool: they go to the proving threads.
  const keyOf = (kind: NameKind) =>
    new Uint8Array(createHmac('sha256', key).update(`onecard.journal.${kind}.v1`).digest());
  const keys = Object.fromEntries(NAME_KINDS.map((kind) => [kind, keyOf(kind)])) as Record<
    NameKind,
    Uint8Array
  >;
  const subject = keyedDigest(keys.subject);
  const credential = keyedDigest(keys.credential);
  const presentation = keyedDigest(keys.presentation);
  const replay = keyedDigest(keys.replay);
  return {
    keys,
    subject: (name) => subject(Buffer.from(name, 'utf8')),
    credential: (name) => credential(Buffer.from(name, 'utf8')),
    presentation: (family, scene, packedInput) =>
      presentation(Buffer.concat([Buffer.from(`${family}\0${scene}\0`), packedInput])),
    replay: (credentialId, nonce) => replay(lengthFirst(credentialId, nonce)),
  };
}
