/** Questions that were encrypted with SM2, SM4 in counter mode and HMAC-SM3 (docs/platform.md, Live status). */
import { createDecipheriv, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { SmStatusKey } from '../authority/status-sm.ts';
import { sm2Decrypt } from '../sm2-decryption.ts';

const Header = Compile(
  Type.Object(
    {
      alg: Type.Literal('SGD_SM2_3'),
      enc: Type.Literal('SM4-CTR-HMAC-SM3'),
      kid: Type.String(),
    },
    { additionalProperties: false },
  ),
);
const CONTENT_KEY_BYTES = 32;

/** Plain bytes of a compact JWE. Throws unless it was encrypted to this key. */
export function openSm2(encrypted: string, { kid, key }: SmStatusKey<'enc'>): Buffer {
  const [header = '', ...rest] = encrypted.split('.');
  const said: unknown = JSON.parse(Buffer.from(header, 'base64url').toString('utf8'));
  const parts = rest.map((part) => Buffer.from(part, 'base64url'));
  const [wrapped, iv, ciphertext, tag] = parts;
  if (
    !wrapped ||
    !iv ||
    !ciphertext ||
    !tag ||
    parts.length !== 4 ||
    !Header.Check(said) ||
    said.kid !== kid
  ) {
    throw new RangeError('not encrypted to this platform');
  }
  const contentKey = sm2Decrypt(key, wrapped);
  if (contentKey.length !== CONTENT_KEY_BYTES) throw new RangeError('a content key has 32 bytes');
  const expected = createHmac('sm3', derived(contentKey, 'onecard seal mac', 32))
    .update(lengthOf(header))
    .update(header, 'latin1')
    .update(iv)
    .update(ciphertext)
    .digest();
  if (tag.length !== expected.length || !timingSafeEqual(tag, expected)) {
    throw new RangeError('not what was encrypted');
  }
  const cipherKey = derived(contentKey, 'onecard seal cipher', 16);
  return createDecipheriv('sm4-ctr', cipherKey, iv).update(ciphertext);
}

/** HKDF (RFC 5869) with SM3, no salt. */
function derived(key: Uint8Array, info: string, bytes: number): Buffer {
  return Buffer.from(hkdfSync('sm3', key, Buffer.alloc(0), info, bytes));
}

function lengthOf(text: string): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64BE(BigInt(text.length));
  return length;
}
