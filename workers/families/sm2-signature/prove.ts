/** The proof of a bare signature: its key, its digest, itself. */

import { personalText } from '../../claims.ts';
import { toHex } from '../../codecs/hex.ts';
import type { ProofFacts } from '../../contract.ts';
import { DIGEST_BYTES, PUBLIC_KEY_BYTES, SIGNATURE_BYTES, type SignatureEngine } from '../../engine/job.ts';
import { sha256, sm2Digest, sm2DigestSha256, sm3 } from '../../engine/sm2-digest.ts';
import { CheckList } from '../check-list.ts';
import type { PendingProof } from '../family.ts';

export const MESSAGE_BYTES_MAX = 2_097_152;
const CURVE = 'sm2p256v1';
const COMPRESSED_KEY_BYTES = 33;

/** `raw`: the message is the digest itself. */
export type Hash = 'sm3' | 'sha256' | 'raw';

export interface BareSignature {
  /** r ‖ s. */
  readonly signature: Uint8Array;
  readonly curve: string;
  /** X ‖ Y, or a compressed point. */
  readonly publicKey: Uint8Array;
  readonly hash: Hash;
  /** Distinguishing ID; null: the message is hashed without Z_A. */
  readonly id: Uint8Array | null;
  readonly message: Uint8Array;
}

/** Never throws for any bytes. */
export function beginBareSignature(
  input: BareSignature,
  engine: SignatureEngine,
  atMs: number,
): PendingProof {
  const list = new CheckList();
  const { signature, message, hash, id } = input;
  const digestGiven = hash !== 'raw' || (id === null && message.length === DIGEST_BYTES);
  if (
    !list.require('curve', 'credential.algorithm_unsupported', input.curve === CURVE) ||
    !list.require('signature.length', 'credential.malformed', signature.length === SIGNATURE_BYTES) ||
    !list.require('message.digest', 'credential.malformed', digestGiven)
  ) {
    return list.denied();
  }
  const publicKey = readKey(input.publicKey, engine);
  if (!list.require('public_key', 'key.invalid', publicKey !== null) || !publicKey) return list.denied();
  const digest = digestOf(input, publicKey);
  list.verify('signature', 'signature.raw', { curve: 'sm2', publicKey, digest, signature });
  return list.pending(bareFacts(publicKey, digest, atMs), null);
}

function readKey(bytes: Uint8Array, engine: SignatureEngine): Uint8Array | null {
  if (bytes.length === COMPRESSED_KEY_BYTES) return engine.decompress('sm2', bytes);
  return bytes.length === PUBLIC_KEY_BYTES && engine.isOnCurve('sm2', bytes) ? bytes : null;
}

function digestOf({ hash, id, message }: BareSignature, publicKey: Uint8Array): Uint8Array {
  switch (hash) {
    case 'raw':
      return message;
    case 'sm3':
      return id === null ? sm3(message) : sm2Digest(publicKey, id, message);
    case 'sha256':
      return id === null ? sha256(message) : sm2DigestSha256(publicKey, id, message);
  }
}

function bareFacts(publicKey: Uint8Array, digest: Uint8Array, atMs: number): ProofFacts {
  return {
    credentialId: personalText(toHex(publicKey)),
    issuer: '',
    region: '',
    subject: personalText(''),
    mode: 'raw',
    nonce: toHex(digest),
    replayableUntilMs: null,
    validUntilMs: atMs,
    holderBound: false,
    claims: {},
  };
}
