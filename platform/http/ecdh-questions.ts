/** Questions that were encrypted with ECDH-ES on P-256 and A256GCM. */
import { createDecipheriv, createHash, createPublicKey, diffieHellman, type JsonWebKey } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { StatusKeyPair } from '../authority/status.ts';

const Header = Compile(
  Type.Object(
    {
      alg: Type.Literal('ECDH-ES'),
      enc: Type.Literal('A256GCM'),
      kid: Type.String(),
      epk: Type.Object({
        kty: Type.Literal('EC'),
        crv: Type.Literal('P-256'),
        x: Type.String(),
        y: Type.String(),
      }),
    },
    { additionalProperties: false },
  ),
);

/** AlgorithmID, PartyUInfo, PartyVInfo and SuppPubInfo of RFC 7518, 4.6.2, for A256GCM between two without names. */
const KDF_INFO = Buffer.concat([
  Uint8Array.of(0, 0, 0, 7),
  Buffer.from('A256GCM'),
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0),
]);

/** Plain bytes of a compact JWE (RFC 7516, 5.2). Throws unless it was encrypted to this key. */
export function openEcdhEs(encrypted: string, { kid, privateKey }: StatusKeyPair<'enc'>): Buffer {
  const [header = '', key, iv = '', ciphertext = '', tag = '', ...more] = encrypted.split('.');
  const said: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  if (key !== '' || more.length > 0 || !Header.Check(said) || said.kid !== kid) {
    throw new RangeError('not encrypted to this platform');
  }
  const epk: JsonWebKey = said.epk;
  const publicKey = createPublicKey({ key: epk, format: 'jwk' });
  const shared = diffieHellman({ privateKey, publicKey });
  const round = Buffer.concat([Uint8Array.of(0, 0, 0, 1), shared, KDF_INFO]);
  const decipher = createDecipheriv(
    'aes-256-gcm',
    createHash('sha256').update(round).digest(),
    Buffer.from(iv, 'base64url'),
    { authTagLength: 16 },
  );
  decipher.setAAD(Buffer.from(header, 'latin1')).setAuthTag(Buffer.from(tag, 'base64url'));
  return Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]);
}
