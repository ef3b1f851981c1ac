/**
 * Keyed pseudonyms: the same person, card or presentation always gets the same 16 bytes, and without the key nobody
 * can tell whose they are. HMAC-SHA-256 (RFC 2104) cut to 16 bytes (NIST SP 800-107 clause 5.3.3), under a key of its
 * own for each kind, so that a subject's pseudonym never equals a credential's.
 */
import { createHmac } from 'node:crypto';
import { keyedDigest, lengthFirst } from '../crypto/keyed-digest.ts';

export interface Pseudonyms {
  /** Of a card number or an account. */
  subject(subject: string): Uint8Array;
  credential(credentialId: string): Uint8Array;
  /** Of the bytes of a whole presentation. */
  presentation(bytes: Uint8Array): Uint8Array;
  /** Of one showing of a credential. */
  replay(credentialId: string, nonce: string): Uint8Array;
}

/** Pseudonyms under a key of 32 bytes. Throws TypeError on another length. */
export function createPseudonyms(key: Uint8Array): Pseudonyms {
  if (key.length !== 32) throw new TypeError('the key of pseudonyms has 32 bytes');
  const of = (label: string) =>
    keyedDigest(createHmac('sha256', key).update(`onecard.journal.${label}.v1`).digest());
  const [subject, credential, presentation, replay] = ['subject', 'credential', 'presentation', 'replay'].map(
    of,
  );
  if (!subject || !credential || !presentation || !replay) throw new Error('one digest for each kind');
  return {
    subject: (name) => subject(Buffer.from(name, 'utf8')),
    credential: (name) => credential(Buffer.from(name, 'utf8')),
    presentation,
    replay: (credentialId, nonce) => replay(lengthFirst(credentialId, nonce)),
  };
}
