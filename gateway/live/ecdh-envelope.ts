/** Questions in profile `international`: ECDH-ES (RFC 7518, 4.6: direct agreement) on P-256 and A256GCM. */
import { createCipheriv, createECDH, hash, randomBytes } from 'node:crypto';
import type { EncryptionKey } from '../../crypto/sealing/encryption-key.ts';
import type { Envelope } from './question-cipher.ts';

const COORDINATE_BYTES = 32;
const IV_BYTES = 12;
const KEY_BITS = 256;

/** A new agreement with that key. */
export function agreeOnAesKey({ kid, bytes }: EncryptionKey): Envelope {
  const ecdh = createECDH('prime256v1');
  const own = ecdh.generateKeys();
  const key = concatKdf(ecdh.computeSecret(Buffer.concat([Uint8Array.of(4), bytes])));
  const coordinate = (from: number) => own.subarray(from, from + COORDINATE_BYTES).toString('base64url');
  const epk = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(1 + COORDINATE_BYTES) };
  const header = Buffer.from(JSON.stringify({ alg: 'ECDH-ES', enc: 'A256GCM', kid, epk })).toString(
    'base64url',
  );
  return {
    seal(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      cipher.setAAD(Buffer.from(header, 'latin1'));
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      const parts = [iv, sealed, cipher.getAuthTag()].map((part) => part.toString('base64url'));
      // Direct agreement: there is no encrypted key.
      return `${header}..${parts.join('.')}`;
    },
  };
}

/** One round of the Concat KDF (NIST SP 800-56A, 5.8.1) with empty party information, as RFC 7518, 4.6.2 has it. */
function concatKdf(shared: Uint8Array): Uint8Array {
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const algorithm = Buffer.from('A256GCM', 'ascii');
  const otherInfo = [number(algorithm.length), algorithm, number(0), number(0), number(KEY_BITS)];
  return hash('sha256', Buffer.concat([number(1), shared, ...otherInfo]), 'buffer');
}
