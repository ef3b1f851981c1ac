/** Tokens of one profile at a gateway of the other, and SM2 signatures that are none. */
import { createPrivateKey, hash, randomUUID } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { signDeviceToken } from '../../../../client/device-token.ts';
import type { TakenProfiles } from '../../../../config/crypto-settings.ts';
import { jwkOf, verifyingKeyOfJwk } from '../../../../crypto/signature/jose.ts';
import { sm2Scalar } from '../../../../crypto/signature/key-files.ts';
import type { SigningKey } from '../../../../crypto/signature/keys.ts';
import { sm2Signature } from '../../../../crypto/signature/sm2-signature.ts';
import { tokenNames } from '../../../../gateway/devices/token-names.ts';
import { signatureValue } from '../../../../platform/der.ts';
import { chooseEngine } from '../../../../workers/engine/choose.ts';
import { sm2Digest } from '../../../../workers/engine/sm2-digest.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';
import {
  authOf,
  ed25519,
  GATEWAY_ID,
  type Gateway,
  INTERNATIONAL,
  NOW_MS,
  openGateway,
  p256,
  sm2,
} from './enrolled-gateway.rig.ts';

const SM: TakenProfiles = { profile: 'sm', changing_over: false };
const CHANGING = { changing_over: true } as const;
const REFUSED = { ok: false, code: 'auth.invalid' };
const OTHER_PROFILE = { ok: false, code: 'auth.other_profile' };
const N = Buffer.from('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123', 'hex');
const ZERO = Buffer.alloc(32);

async function enrolled(key: SigningKey, crypto: TakenProfiles): Promise<Gateway> {
  const gateway = openGateway(temporaryFolder(), {}, crypto);
  await gateway.enrol('gate-1', key);
  return gateway;
}

const token = (key: SigningKey) =>
  signDeviceToken(key, { deviceId: 'gate-1', gatewayId: GATEWAY_ID, nowMs: NOW_MS });

/** A token with this header and whatever `sign` gives for what is to be signed. */
function forged(alg: string, sign: (input: Buffer) => Buffer): string {
  const iat = NOW_MS / 1_000;
  const claims = { iss: 'gate-1', sub: 'gate-1', aud: GATEWAY_ID, iat, exp: iat + 60, jti: randomUUID() };
  const [header, payload] = [{ alg, typ: 'onecard-device+jwt', kid: 'gate-1' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  );
  const input = `${header}.${payload}`;
  return `${input}.${sign(Buffer.from(input)).toString('base64url')}`;
}

describe('a token of the other profile', () => {
  test.each([
    ['P-256', 'sm', p256()],
    ['Ed25519', 'sm', ed25519()],
    ['SM2', 'international', sm2()],
  ] as const)('by %s is refused in the profile %s with a reason of its own', async (_, profile, key) => {
    const { store, auth } = await enrolled(key, { profile, changing_over: false });
    expect(await auth.authenticate(token(key))).toEqual(OTHER_PROFILE);
    expect(store.usedTokens.size).toBe(0);
    const changing = authOf(store, undefined, { profile, changing_over: true });
    expect(await changing.authenticate(token(key))).toMatchObject({ ok: true });
  });

  test('is told so whether there is such a device or not', async () => {
    const { auth, enrol } = await enrolled(sm2(), SM);
    const stranger = p256();
    expect(await auth.authenticate(token(stranger))).toEqual(OTHER_PROFILE);
    await enrol('gate-1', stranger);
    expect(await auth.authenticate(token(stranger))).toEqual(OTHER_PROFILE);
  });
});

describe('a second key, of the other profile', () => {
  test('is taken beside the first while the gateway changes over; connections and sessions go on', async () => {
    const [first, second] = [p256(), sm2()];
    const { store, auth } = await enrolled(first, { ...INTERNATIONAL, ...CHANGING });
    const before = await auth.authenticate(token(first));
    if (!before.ok) throw new Error(before.code);
    expect(await auth.authenticate(token(second))).toEqual(REFUSED);
    await store.registry.addKey('gate-1', jwkOf(second.publicKey));
    expect(auth.standing(before.device)).toBeNull();
    for (const key of [first, second]) expect(await auth.authenticate(token(key))).toEqual(before);
    // Each with its own algorithm alone.
    expect(await auth.authenticate(forged('ES256', (i) => second.sign(i)))).toEqual(REFUSED);
    expect(await auth.authenticate(forged('SGD_SM3_SM2', (i) => first.sign(i)))).toEqual(REFUSED);
    const after = authOf(store, undefined, SM);
    expect(await after.authenticate(token(second))).toEqual(before);
    expect(await after.authenticate(token(first))).toEqual(OTHER_PROFILE);
  });

  test('is none of the same profile, nor of a device that is not there or was revoked', async () => {
    const { store } = await enrolled(p256(), INTERNATIONAL);
    const [own, other] = [jwkOf(ed25519().publicKey), jwkOf(sm2().publicKey)];
    await expect(store.registry.addKey('gate-1', own)).rejects.toThrow(/of the other profile/);
    await expect(store.registry.addKey('gate-9', other)).rejects.toThrow(/no device gate-9/);
    await store.registry.revoke('gate-1', NOW_MS);
    await expect(store.registry.addKey('gate-1', other)).rejects.toThrow(/was revoked/);
    expect(store.registry.find('gate-1')).not.toHaveProperty('otherKeyJwk');
  });

  test('is gone when the device is enrolled anew', async () => {
    const { store, enrol } = await enrolled(p256(), INTERNATIONAL);
    await store.registry.addKey('gate-1', jwkOf(sm2().publicKey));
    expect(store.registry.find('gate-1')).toMatchObject({ revision: 2, otherKeyJwk: { crv: 'SM2' } });
    await enrol('gate-1', sm2());
    expect(store.registry.find('gate-1')).toMatchObject({ revision: 3, publicKeyJwk: { crv: 'SM2' } });
    expect(store.registry.find('gate-1')).not.toHaveProperty('otherKeyJwk');
  });
});

describe('the key decides the algorithm, and the header must agree', () => {
  const sm2Key = sm2();
  const p256Key = p256();
  test.each([
    ['an SM2 key whose header says ES256', sm2Key, 'ES256', (input: Buffer) => sm2Key.sign(input)],
    ['a P-256 key whose header says SM2', p256Key, 'SGD_SM3_SM2', (input: Buffer) => p256Key.sign(input)],
    ['an SM2 key whose header says none', sm2Key, 'none', () => Buffer.alloc(0)],
    ['an SM2 key whose header says SM2 by another name', sm2Key, 'SM2', (i: Buffer) => sm2Key.sign(i)],
    ['an SM2 key signed with by a P-256 key', sm2Key, 'SGD_SM3_SM2', (i: Buffer) => p256Key.sign(i)],
    ['a P-256 key signed with by an SM2 key', p256Key, 'ES256', (i: Buffer) => sm2Key.sign(i)],
  ] as const)('%s', async (_, enrolledKey, alg, sign) => {
    const { auth } = await enrolled(enrolledKey, { ...SM, ...CHANGING });
    expect(await auth.authenticate(forged(alg, sign))).toEqual(REFUSED);
  });

  test('bytes of a key of one curve are no key of the other', () => {
    const { kty, x, y } = jwkOf(sm2Key.publicKey) as { kty: 'EC'; x: string; y: string };
    expect(() => verifyingKeyOfJwk({ kty, crv: 'P-256', x, y })).toThrow(/no public key of ES256/);
    const of256 = jwkOf(p256Key.publicKey);
    expect(() => verifyingKeyOfJwk({ ...of256, crv: 'SM2' })).toThrow(/no public key of SM2/);
  });
});

describe('an SM2 signature', () => {
  const key = sm2();
  const scalar = sm2Scalar(createPrivateKey(key.toPem()));
  const under = (id: string) => (input: Buffer) =>
    sm2Signature(scalar, sm2Digest(key.publicKey.bytes, Buffer.from(id), input));
  const half = (signature: Buffer, end: 'r' | 's') =>
    end === 'r' ? signature.subarray(0, 32) : signature.subarray(32);

  test('under the distinguishing ID of GM/T 0009 is accepted: what the refusals change is all there is', async () => {
    const { auth } = await enrolled(key, SM);
    expect(await auth.authenticate(forged('SGD_SM3_SM2', under('1234567812345678')))).toMatchObject({
      ok: true,
    });
  });

  test.each([
    ['under another distinguishing ID', under('gate-1')],
    ['under an empty one', under('')],
    ['with r zero', (i: Buffer) => Buffer.concat([ZERO, half(key.sign(i), 's')])],
    ['with s zero', (i: Buffer) => Buffer.concat([half(key.sign(i), 'r'), ZERO])],
    ['with r = n', (i: Buffer) => Buffer.concat([N, half(key.sign(i), 's')])],
    ['with s = n', (i: Buffer) => Buffer.concat([half(key.sign(i), 'r'), N])],
    ['with r above n', (i: Buffer) => Buffer.concat([Buffer.alloc(32, 0xff), half(key.sign(i), 's')])],
    ['as DER', (i: Buffer) => Buffer.from(signatureValue(key.sign(i)))],
    ['cut short', (i: Buffer) => key.sign(i).subarray(0, 63)],
    ['with a byte more', (i: Buffer) => Buffer.concat([key.sign(i), ZERO.subarray(31)])],
    ['of nothing', () => Buffer.alloc(0)],
    ['over another message', () => key.sign(Buffer.from('another'))],
  ])('%s is refused', async (_, sign) => {
    const { auth } = await enrolled(key, SM);
    expect(await auth.authenticate(forged('SGD_SM3_SM2', sign))).toEqual(REFUSED);
  });
});

test.each([
  ['nobody enrolled', 'gate-9'],
  ['enrolled', 'gate-1'],
  ['enrolled with a key of another kind', 'desk-1'],
])('one SM2 signature is verified for a device that is %s', async (_, deviceId) => {
  const { enrol, store } = await enrolled(sm2(), SM);
  await enrol('desk-1', p256());
  const verify = vi.spyOn(chooseEngine().engine, 'verify');
  onTestFinished(() => verify.mockRestore());
  const guess = signDeviceToken(sm2(), { deviceId, gatewayId: GATEWAY_ID, nowMs: NOW_MS });
  expect(await authOf(store, undefined, SM).authenticate(guess)).toEqual(REFUSED);
  expect(verify).toHaveBeenCalledTimes(1);
});

describe('a token that was used before the profile changed', () => {
  async function usedAndChanged(before: TakenProfiles, after: TakenProfiles) {
    const folder = temporaryFolder();
    const key = sm2();
    const first = openGateway(folder, {}, before);
    await first.enrol('gate-1', key);
    const used = token(key);
    expect(await first.auth.authenticate(used)).toMatchObject({ ok: true });
    await first.close();
    return { used, fresh: token(key), auth: openGateway(folder, {}, after).auth };
  }
  const INTERNATIONAL_CHANGING = { profile: 'international', ...CHANGING } as const;
  const SM_CHANGING = { profile: 'sm', ...CHANGING } as const;

  test.each([
    ['to sm, and the change is not over', INTERNATIONAL_CHANGING, SM_CHANGING],
    ['to sm, and the change is over', INTERNATIONAL_CHANGING, SM],
    ['and began to', SM, SM_CHANGING],
    ['back to international', SM, INTERNATIONAL_CHANGING],
  ])('%s is used after', async (_, before, after) => {
    const { auth, used, fresh } = await usedAndChanged(before, after);
    expect(await auth.authenticate(used)).toEqual({ ok: false, code: 'auth.token_reused' });
    expect(await auth.authenticate(fresh)).toMatchObject({ ok: true });
  });
});

test('names of used tokens say their algorithm: 16 bytes of SHA-256 as ever, and those of SM3 with a mark', () => {
  const [sha256] = tokenNames('gate-1', 'a', { profile: 'international', changing_over: false });
  const [sm3] = tokenNames('gate-1', 'a', SM);
  const digest = (name: string) => hash(name, 'gate-1\0a', 'hex').slice(0, 32);
  expect(sha256?.toString('hex')).toBe(digest('sha256'));
  expect(sm3?.toString('hex')).toBe(`73${digest('sm3')}`);
  expect(tokenNames('gate-1', 'a', { ...SM, ...CHANGING })).toEqual([sm3, sha256]);
});
