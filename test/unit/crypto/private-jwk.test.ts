/** Private keys as JWK. */
import { expect, test } from 'vitest';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { jwkOf } from '../../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../../crypto/signature/key-files.ts';
import { privateJwkOf, signingKeyOfJwk } from '../../../crypto/signature/private-jwk.ts';
import { isSigned } from '../../../crypto/signature/verify.ts';
import { sm2KeyOf } from '../../../platform/sm2.ts';

test.each(['Ed25519', 'ES256', 'SM2'] as const)(
  'a key of %s comes back from its JWK as it was',
  (algorithm) => {
    const key = makeSigningKey(algorithm);
    const back = signingKeyOfJwk(JSON.parse(JSON.stringify(privateJwkOf(key))));
    expect(back.publicKey).toEqual(key.publicKey);
    expect(back.toPem()).toBe(key.toPem());
    const message = Buffer.from('what is signed');
    expect(isSigned(key.publicKey, message, back.sign(message))).toBe(true);
  },
);

test('the point of a key of SM2 is that of its scalar as the platform reckons it', () => {
  const { d, ...publicJwk } = privateJwkOf(makeSigningKey('SM2'));
  const { publicKey } = sm2KeyOf(BigInt(`0x${Buffer.from(d, 'base64url').toString('hex')}`));
  expect(jwkOf({ algorithm: 'SM2', bytes: Buffer.from(publicKey) })).toEqual(publicJwk);
});

const good = privateJwkOf(makeSigningKey('SM2'));
test.each([
  ['nothing', null],
  ['a public key', { ...good, d: undefined }],
  ['a scalar of zero', { ...good, d: 'A'.repeat(43) }],
  ['a scalar above the order', { ...good, d: Buffer.alloc(32, 0xff).toString('base64url') }],
  ['a short scalar', { ...good, d: good.d.slice(1) }],
  ['the scalar of another key', { ...good, d: privateJwkOf(makeSigningKey('SM2')).d }],
  ['a key of no kind', { kty: 'RSA' }],
])('%s is refused, and nothing of it said', (_, jwk) => {
  const error = (() => {
    try {
      return signingKeyOfJwk(jwk);
    } catch (thrown) {
      return thrown;
    }
  })();
  expect(error).toBeInstanceOf(CryptoError);
  expect((error as Error).message).not.toContain(good.d);
});
