/** Public keys that messages are encrypted to: a point of one of two curves, each with its own way of encryption. */
import type { EncryptionAlgorithm } from '../algorithms.ts';
import { verifyingKeyOf } from '../signature/key-files.ts';

export interface EncryptionKey {
  readonly algorithm: EncryptionAlgorithm;
  readonly kid: string;
  /** X ‖ Y, 64 bytes. */
  readonly bytes: Buffer;
}

interface PointJwk {
  readonly crv: 'P-256' | 'SM2';
  readonly x: string;
  readonly y: string;
}

const ALGORITHM = { 'P-256': 'ECDH-ES-P-256', SM2: 'SM2-encryption' } as const;

/** Throws CryptoError `unusable` where the coordinates are no point of the curve. */
export function encryptionKeyOf(kid: string, { crv, x, y }: PointJwk): EncryptionKey {
  const bytes = Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  verifyingKeyOf(crv === 'SM2' ? 'SM2' : 'ES256', bytes);
  return { algorithm: ALGORITHM[crv], kid, bytes };
}
