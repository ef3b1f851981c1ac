/**
 * Keys of checkpoints as texts of one word, which stand in checkpoints and go to the platform: of Ed25519 the 32 bytes in
 * base64, of SM2 `SM2:` before the 64.
 */
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { verifyingKeyOf } from '../../../crypto/signature/key-files.ts';
import type { VerifyingKey } from '../../../crypto/signature/keys.ts';

const SM2_MARK = 'SM2:';
const ED25519 = /^[A-Za-z0-9+/]{43}=$/;
const SM2 = /^SM2:([A-Za-z0-9+/]{86}==)$/;

/** Throws CryptoError `unusable` on a key of ES256: no checkpoint is signed with one. */
export function textOfKey({ algorithm, bytes }: VerifyingKey): string {
  if (algorithm === 'ES256') throw new CryptoError('unusable', 'checkpoints are signed with Ed25519 or SM2');
  const text = bytes.toString('base64');
  return algorithm === 'SM2' ? `${SM2_MARK}${text}` : text;
}

/** Null when it is none, or no point of the curve. */
export function keyOfText(text: string): VerifyingKey | null {
  const [, sm2] = SM2.exec(text) ?? [];
  if (sm2 === undefined && !ED25519.test(text)) return null;
  const key = keyOfBytes(sm2 === undefined ? 'Ed25519' : 'SM2', Buffer.from(sm2 ?? text, 'base64'));
  return key && textOfKey(key) === text ? key : null;
}

/** Null when they are none of the algorithm. */
export function keyOfBytes(algorithm: 'Ed25519' | 'SM2', bytes: Uint8Array): VerifyingKey | null {
  try {
    return verifyingKeyOf(algorithm, bytes);
  } catch (error) {
    if (error instanceof CryptoError) return null;
    throw error;
  }
}
