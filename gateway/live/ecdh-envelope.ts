/** Questions in profile `international`: ECDH-ES (RFC 7518, 4.6: direct agreement) on P-256 and A256GCM. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { ecdhEsAgree } from '../../crypto/sealing/ecdh-es.ts';
import type { EncryptionKey } from '../../crypto/sealing/encryption-key.ts';
import type { Envelope } from './question-cipher.ts';

const COORDINATE_BYTES = 32;
const IV_BYTES = 12;
const ENC = 'A256GCM';

/** A new agreement with that key. */
export function agreeOnAesKey({ kid, bytes }: EncryptionKey): Envelope {
  const { ephemeral: own, key } = ecdhEsAgree(bytes, { enc: ENC, keyBits: 256 });
  const coordinate = (from: number) => own.subarray(from, from + COORDINATE_BYTES).toString('base64url');
  const epk = { kty: 'EC', crv: 'P-256', x: coordinate(1), y: coordinate(1 + COORDINATE_BYTES) };
  const header = Buffer.from(JSON.stringify({ alg: 'ECDH-ES', enc: ENC, kid, epk })).toString('base64url');
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
