/** Signatures of receipts, against an engine and an implementation that share nothing with what signs. */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { expect, test } from 'vitest';
import { makeSigningKey } from '../../../../crypto/signature/key-files.ts';
import {
  keysMade,
  rotateKeys,
  signingKey,
  signs,
  withdrawKey,
} from '../../../../gateway/receipts/receipt-keys.ts';
import { keyInFile, signatureOf } from '../../../../gateway/receipts/sign.ts';
import { sm2Key, sm2KeyOf } from '../../../../platform/sm2.ts';
import { sm2Job } from '../../../../workers/engine/job.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import { SM2_DEFAULT_ID } from '../../../../workers/engine/sm2-digest.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, 'base64url'));

test('SM2: many signatures verify, none uses a nonce twice, and a public key is that of its scalar', async () => {
  const engine = createPortableEngine();
  const keys = keysMade(join(temporaryFolder(), 'keys.json'), 'international', 1);
  const key = signingKey(keys, 'SM2SM3');
  const publicKey = new Uint8Array([...bytesOf(key.jwk.x), ...bytesOf(key.jwk.y)]);
  const scalar = BigInt(`0x${Buffer.from(key.d ?? '', 'base64url').toString('hex')}`);
  expect(sm2KeyOf(scalar).publicKey).toEqual(publicKey);
  const inputs = Array.from({ length: 40 }, (_, i) => `header.payload${i % 2}`);
  const held = keyInFile(key);
  const made = await Promise.all(inputs.map((input) => signatureOf(held, input)));
  const signatures = made.map((each) => new Uint8Array(each));
  const jobs = inputs.map((input, i) =>
    sm2Job(publicKey, SM2_DEFAULT_ID, new Uint8Array(Buffer.from(input)), signatures[i] ?? new Uint8Array()),
  );
  expect([...engine.verify(jobs)]).toEqual(inputs.map(() => 1));
  expect(new Set(signatures.map((each) => Buffer.from(each.subarray(0, 32)).toString('hex'))).size).toBe(40);
});

test('SM2: keys at the ends of their range sign', async () => {
  const engine = createPortableEngine();
  const order = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
  for (const scalar of [1n, 2n, order - 2n]) {
    const { publicKey } = scalar === 1n ? sm2Key(new Uint8Array(40)) : sm2KeyOf(scalar);
    const part = (from: number) => Buffer.from(publicKey.subarray(from, from + 32)).toString('base64url');
    const [x, y] = [part(0), part(32)];
    const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex').toString('base64url');
    const jwk = { kty: 'EC', crv: 'SM2', x, y, kid: '', alg: 'SM2SM3', use: 'sig' } as const;
    const held = keyInFile({ jwk, d, held: null, madeAtMs: 0, retiredAtMs: null });
    const signature = await signatureOf(held, 'a.b');
    const job = sm2Job(
      publicKey,
      SM2_DEFAULT_ID,
      new Uint8Array(Buffer.from('a.b')),
      new Uint8Array(signature),
    );
    expect([scalar, ...engine.verify([job])]).toEqual([scalar, 1]);
  }
});

test('ES256 verifies by OpenSSL; thumbprints are those of RFC 7638', async () => {
  const key = signingKey(keysMade(join(temporaryFolder(), 'keys.json'), 'international', 1), 'ES256');
  const { kty, crv, x, y, kid } = key.jwk;
  const publicKey = createPublicKey({ format: 'jwk', key: { kty, crv, x, y } });
  const signature = await signatureOf(keyInFile(key), 'a.b');
  expect(verify('sha256', Buffer.from('a.b'), { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature)).toBe(
    true,
  );
  expect(kid).toBe(await calculateJwkThumbprint({ kty, crv, x, y }));
});

test('a file of keys that is damaged, open to more, or of too many keys is not used', () => {
  const file = join(temporaryFolder(), 'keys.json');
  const first = keysMade(file, 'international', 1);
  expect(keysMade(file, 'international', 2)).toEqual(first);
  const rotated = rotateKeys(file, ['ES256'], 3);
  expect(rotated.map(({ d, retiredAtMs }) => [d !== null, retiredAtMs])).toEqual([
    [false, 3],
    [true, null],
    [true, null],
  ]);
  expect(() => withdrawKey(file, 'nobody', 4)).toThrow(/holds no key nobody/);
  expect(withdrawKey(file, signingKey(rotated, 'ES256').jwk.kid, 4)).toHaveLength(3);
  for (let more = 0; more < 253; more += 1) rotateKeys(file, ['ES256'], 5);
  expect(() => rotateKeys(file, ['ES256'], 5)).toThrow(/withdraw old ones first/);
});

test('a gateway that changes over signs with keys of its profile alone, and keeps the others to verify', () => {
  const file = join(temporaryFolder(), 'keys.json');
  keysMade(file, 'international', 1);
  const changed = keysMade(file, 'sm', 2);
  expect(changed.map(({ jwk, d, retiredAtMs }) => [jwk.alg, d !== null, retiredAtMs])).toEqual([
    ['ES256', false, 2],
    ['SM2SM3', false, 2],
    ['SGD_SM3_SM2', true, null],
  ]);
  expect(keysMade(file, 'sm', 3)).toEqual(changed);
  const { x, y, kid } = signingKey(changed, 'SGD_SM3_SM2').jwk;
  const members = JSON.stringify({ crv: 'SM2', kty: 'EC', x, y });
  expect(kid).toBe(createHash('sm3').update(members).digest('base64url'));
  const back = keysMade(file, 'international', 4);
  expect(back.filter(({ d }) => d !== null).map(({ jwk }) => jwk.alg)).toEqual(['ES256', 'SM2SM3']);
});

test('a key that is held elsewhere takes the place of the one in the file, and the other way round', () => {
  const file = join(temporaryFolder(), 'keys.json');
  const [, sm2] = keysMade(file, 'international', 1);
  const held = (place: string) => ({ alg: 'SGD_SM3_SM2' as const, place, key: makeSigningKey('SM2') });
  const first = held('sdf 4');
  const taken = keysMade(file, 'sm', 2, first);
  expect(taken.map(({ jwk, d, held: place }) => [jwk.alg, d, place])).toEqual([
    ['ES256', null, null],
    ['SM2SM3', null, null],
    ['SGD_SM3_SM2', null, 'sdf 4'],
  ]);
  expect(sm2?.jwk.alg).toBe('SM2SM3');
  expect(keysMade(file, 'sm', 3, first)).toEqual(taken);
  const moved = keysMade(file, 'sm', 4, { ...first, place: 'sdf 5' });
  expect(moved.filter(signs).map(({ held: place, madeAtMs }) => [place, madeAtMs])).toEqual([['sdf 5', 2]]);
  const back = keysMade(file, 'sm', 5);
  expect(back.filter(signs).map(({ d, held: place }) => [d !== null, place])).toEqual([[true, null]]);
  const again = keysMade(file, 'sm', 6, first);
  expect(again.filter(signs).map(({ jwk }) => jwk.kid)).toEqual(taken.slice(2).map(({ jwk }) => jwk.kid));
  expect(new Set(again.map(({ jwk }) => jwk.kid)).size).toBe(again.length);
});
