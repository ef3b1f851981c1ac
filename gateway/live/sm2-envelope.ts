/**
 * Questions in profile `sm`: a content key of 32 bytes under SM2 (GB/T 32918.4; `SGD_SM2_3` of GM/T 0006), and SM4 in counter
 * mode with HMAC-SM3, encrypt-then-MAC, over the protected header and the rest (docs/platform.md, Live status).
 */
import { randomBytes } from 'node:crypto';
import type { EncryptionKey } from '../../crypto/sealing/encryption-key.ts';
import { SEAL_KEY_BYTES, SEAL_PARTS, sealer } from '../../crypto/sealing/seal.ts';
import { sm2Encrypt } from '../../crypto/sealing/sm2-encryption.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { Envelope } from './question-cipher.ts';

/** A new content key, encrypted to that key. */
export function encryptSm4Key({ kid, bytes }: EncryptionKey): Envelope {
  const algorithm = algorithmFor('status-question', 'sm');
  const key = randomBytes(SEAL_KEY_BYTES);
  const { seal } = sealer(algorithm, key);
  const { nonceBytes, tagBytes } = SEAL_PARTS[algorithm];
  const header = Buffer.from(JSON.stringify({ alg: 'SGD_SM2_3', enc: algorithm, kid })).toString('base64url');
  const front = `${header}.${sm2Encrypt(bytes, key).toString('base64url')}`;
  const associated = Buffer.from(header, 'latin1');
  return {
    seal(text) {
      const sealed = seal(Buffer.from(text, 'utf8'), associated);
      const end = sealed.length - tagBytes;
      const parts = [
        sealed.subarray(0, nonceBytes),
        sealed.subarray(nonceBytes, end),
        sealed.subarray(end),
      ].map((part) => part.toString('base64url'));
      return `${front}.${parts.join('.')}`;
    },
  };
}
