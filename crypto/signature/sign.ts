/** Signatures made with a key of this process. */
import { type KeyObject, sign } from 'node:crypto';
import { SM2_DEFAULT_ID, sm2Digest } from '../../workers/engine/sm2-digest.ts';
import type { VerifyingKey } from './keys.ts';
import { sm2Signature } from './sm2-signature.ts';

/** 64 bytes. `scalar`: of a key on the curve of SM2, for which node:crypto makes no SM2 signature. */
export function signWith(
  key: KeyObject,
  scalar: Uint8Array | null,
  { algorithm, bytes }: VerifyingKey,
  message: Uint8Array,
): Buffer {
  if (scalar !== null) return sm2Signature(scalar, sm2Digest(bytes, SM2_DEFAULT_ID, message));
  return algorithm === 'Ed25519'
    ? sign(null, message, key)
    : sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
}
