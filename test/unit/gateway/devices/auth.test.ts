import { createHmac, randomUUID, sign } from 'node:crypto';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { signDeviceToken } from '../../../../client/device-token.ts';
import { JWS_ALGORITHM, jwkOf } from '../../../../crypto/signature/jose.ts';
import { publicPem } from '../../../../crypto/signature/key-files.ts';
import type { SigningKey } from '../../../../crypto/signature/keys.ts';
import { algorithmFor } from '../../../../crypto/uses.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';
import {
  authOf,
  CRYPTO,
  ed25519,
  GATEWAY_ID,
  type Gateway,
  INTERNATIONAL,
  NOW_MS,
  openGateway,
  ownKey,
  p256,
  sm2,
} from './enrolled-gateway.rig.ts';

const NOW_S = NOW_MS / 1_000;
const gate = {
  ok: true,
  device: {
    deviceId: 'gate-1',
    class: 'gate',
    scenes: ['29/gate', '29/exit'],
    enrolment: expect.stringMatching(/^gate-1 /),
  },
};
const refused = (code: string) => ({ ok: false, code });

const base64url = (value: unknown) =>
  (typeof value === 'string' ? Buffer.from(value) : Buffer.from(JSON.stringify(value))).toString('base64url');

const OWN = JWS_ALGORITHM[algorithmFor('device-token', TEST_PROFILE)];
const HEADER = { alg: OWN, typ: 'onecard-device+jwt', kid: 'gate-1' };
const claims = () => ({
  iss: 'gate-1',
  sub: 'gate-1',
  aud: GATEWAY_ID,
  iat: NOW_S,
  exp: NOW_S + 60,
  jti: randomUUID(),
});

/** Signs whatever it is given, as a library would refuse to. */
function forge(header: unknown, payload: unknown, signature: (input: string) => Buffer): string {
  const input = `${base64url(header)}.${base64url(payload)}`;
  return `${input}.${signature(input).toString('base64url')}`;
}
const by = (key: SigningKey) => (input: string) => key.sign(Buffer.from(input));

async function enrolled(key: SigningKey, limits = {}, crypto = CRYPTO): Promise<Gateway> {
  const gateway = openGateway(temporaryFolder(), limits, crypto);
  await gateway.enrol('gate-1', key);
  return gateway;
}

describe('a good token', () => {
  test.each([
    ['international', 'ES256', p256()],
    ['international', 'EdDSA', ed25519()],
    ['sm', 'SGD_SM3_SM2', sm2()],
  ] as const)('in the profile %s with %s is accepted once', async (profile, _alg, key) => {
    const { auth } = await enrolled(key, {}, { profile, changing_over: false });
    const token = signDeviceToken(key, {
      deviceId: 'gate-1',
      gatewayId: GATEWAY_ID,
      nowMs: NOW_MS,
      tokenId: 'a',
    });
    expect(await auth.authenticateToken(token)).toEqual(gate);
    expect(await auth.authenticateToken(token)).toEqual(refused('auth.token_reused'));
    expect(await auth.authenticate(token)).toEqual(refused('auth.token_reused'));
  });

  test('made by hand is accepted: what the refusals below change is all there is', async () => {
    const keys = ownKey();
    const { auth } = await enrolled(keys);
    expect(await auth.authenticate(forge(HEADER, claims(), by(keys)))).toEqual(gate);
  });

  test('sent twice at once is accepted once', async () => {
    const keys = ownKey();
    const { auth } = await enrolled(keys);
    const token = forge(HEADER, claims(), by(keys));
    const results = await Promise.all(Array.from({ length: 8 }, () => auth.authenticateToken(token)));
    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.code === 'auth.token_reused')).toHaveLength(7);
  });

  test('is accepted to the edges of the clock tolerance, and not beyond', async () => {
    const keys = ownKey();
    const { auth } = await enrolled(keys);
    const at = (iat: number, exp: number) =>
      auth.authenticate(forge(HEADER, { ...claims(), iat, exp }, by(keys)));
    expect(await at(NOW_S + 10, NOW_S + 60)).toEqual(gate);
    expect(await at(NOW_S + 11, NOW_S + 60)).toEqual(refused('auth.expired'));
    expect(await at(NOW_S - 60, NOW_S - 9)).toEqual(gate);
    expect(await at(NOW_S - 60, NOW_S - 10)).toEqual(refused('auth.expired'));
    expect(await at(NOW_S, NOW_S + 120)).toEqual(gate);
    expect(await at(NOW_S, NOW_S + 121)).toEqual(refused('auth.invalid'));
  });
});

describe('tokens that lie about their algorithm', () => {
  const ES256_HEADER = { ...HEADER, alg: 'ES256' };
  const keys = p256();
  const other = ed25519();
  const spki = publicPem(keys.publicKey);
  const jwk = JSON.stringify(jwkOf(keys.publicKey));
  const hmac = (secret: string | Buffer) => (input: string) =>
    createHmac('sha256', secret).update(input).digest();
  const none = () => Buffer.alloc(0);
  test.each([
    ['none', forge({ ...ES256_HEADER, alg: 'none' }, claims(), none)],
    [
      'HS256 keyed with the public key as PEM',
      forge({ ...ES256_HEADER, alg: 'HS256' }, claims(), hmac(spki)),
    ],
    ['HS256 keyed with the public key as JWK', forge({ ...ES256_HEADER, alg: 'HS256' }, claims(), hmac(jwk))],
    ['RS256', forge({ ...ES256_HEADER, alg: 'RS256' }, claims(), by(keys))],
    ['ES384', forge({ ...ES256_HEADER, alg: 'ES384' }, claims(), by(keys))],
    ['ES256 in small letters', forge({ ...ES256_HEADER, alg: 'es256' }, claims(), by(keys))],
    ['EdDSA for a P-256 key', forge({ ...ES256_HEADER, alg: 'EdDSA' }, claims(), by(other))],
    ['ES256 under another key', forge(ES256_HEADER, claims(), by(p256()))],
    ['ES256 without a signature', forge(ES256_HEADER, claims(), none)],
    ['ES256 with a signature of zeros', forge(ES256_HEADER, claims(), () => Buffer.alloc(64))],
    [
      'ES256 with a DER signature',
      forge(ES256_HEADER, claims(), (i) => sign('sha256', Buffer.from(i), keys.toPem())),
    ],
    [
      'ES256 with its own key in the header',
      forge({ ...ES256_HEADER, jwk: JSON.parse(jwk) }, claims(), none),
    ],
  ])('%s', async (_, token) => {
    const { auth } = await enrolled(keys, {}, INTERNATIONAL);
    expect(await auth.authenticate(token)).toEqual(refused('auth.invalid'));
  });

  test('ES256 for an Ed25519 key', async () => {
    const { auth } = await enrolled(other, {}, INTERNATIONAL);
    expect(await auth.authenticate(forge(ES256_HEADER, claims(), by(keys)))).toEqual(refused('auth.invalid'));
  });
});

describe('tokens with a wrong header or claim', () => {
  const keys = ownKey();
  const with_ = (change: object) => forge(HEADER, { ...claims(), ...change }, by(keys));
  const header = (change: object) => forge({ ...HEADER, ...change }, claims(), by(keys));
  const without = (name: string) =>
    forge(HEADER, Object.fromEntries(Object.entries(claims()).filter(([k]) => k !== name)), by(keys));
  test.each([
    ['typ JWT', header({ typ: 'JWT' }), 'auth.invalid'],
    ['no typ', header({ typ: undefined }), 'auth.invalid'],
    ['no kid', header({ kid: undefined }), 'auth.invalid'],
    ['kid a number', header({ kid: 1 }), 'auth.invalid'],
    ['kid of nobody', header({ kid: 'gate-2' }), 'auth.invalid'],
    ['kid that can name nobody', header({ kid: '../gate-1' }), 'auth.invalid'],
    ['crit', header({ crit: ['x'], x: 1 }), 'auth.invalid'],
    ['another audience', with_({ aud: 'gw-2' }), 'auth.invalid'],
    ['an audience that only starts alike', with_({ aud: 'gw-10' }), 'auth.invalid'],
    ['a list of audiences', with_({ aud: [GATEWAY_ID, 'gw-2'] }), 'auth.invalid'],
    ['a list of this audience', with_({ aud: [GATEWAY_ID] }), 'auth.invalid'],
    ['another issuer', with_({ iss: 'gate-2' }), 'auth.invalid'],
    ['another subject', with_({ sub: 'gate-2' }), 'auth.invalid'],
    ['a life too long', with_({ exp: NOW_S + 10_000 }), 'auth.invalid'],
    ['an end before its start', with_({ iat: NOW_S, exp: NOW_S - 1 }), 'auth.invalid'],
    ['parts of seconds', with_({ iat: NOW_S + 0.5 }), 'auth.invalid'],
    ['iat as text', with_({ iat: String(NOW_S) }), 'auth.invalid'],
    ['iat in milliseconds', with_({ iat: NOW_MS }), 'auth.invalid'],
    ['from the future', with_({ iat: NOW_S + 3_600, exp: NOW_S + 3_660 }), 'auth.expired'],
    ['long past', with_({ iat: NOW_S - 3_660, exp: NOW_S - 3_600 }), 'auth.expired'],
    ['not yet valid', with_({ nbf: NOW_S + 60 }), 'auth.expired'],
    ['an empty jti', with_({ jti: '' }), 'auth.invalid'],
    ['a jti that is no text', with_({ jti: 7 }), 'auth.invalid'],
    ['a huge jti', with_({ jti: 'x'.repeat(129) }), 'auth.invalid'],
    ...['iss', 'sub', 'aud', 'iat', 'exp', 'jti'].map((name) => [
      `no ${name}`,
      without(name),
      'auth.invalid',
    ]),
  ])('%s', async (_, token = '', code = '') => {
    const { auth } = await enrolled(keys);
    expect(await auth.authenticate(token)).toEqual(refused(code));
  });
});

describe('bytes that are no token', () => {
  const oversized = `${base64url(HEADER)}.${base64url({ pad: 'x'.repeat(3_000) })}.${'A'.repeat(86)}`;
  test.each([
    ['a word', 'x'],
    ['two dots', '..'],
    ['one part too many', 'a.b.c.d'],
    ['a header that is no JSON', `${base64url('{')}.${base64url('{}')}.AA`],
    ['a header that is a list', `${base64url('[]')}.${base64url('{}')}.AA`],
    ['a payload that is no JSON', `${base64url(HEADER)}.${base64url('{')}.AA`],
    ['no base64url', `${base64url(HEADER)}.***.***`],
    ['zero bytes', '\0\0\0'],
    ['more than is read', oversized],
  ])('%s', async (_, token) => {
    const { auth } = await enrolled(ownKey());
    expect(await auth.authenticate(token)).toEqual(refused('auth.invalid'));
    expect(await auth.authenticateToken(token)).toEqual(refused('auth.invalid'));
  });

  test('none at all', async () => {
    const { auth } = await enrolled(ownKey());
    expect(await auth.authenticate(null)).toEqual(refused('auth.missing'));
    expect(await auth.authenticate('')).toEqual(refused('auth.missing'));
  });
});

describe('used tokens', () => {
  test('stay used after a restart', async () => {
    const folder = temporaryFolder();
    const keys = ownKey();
    const before = openGateway(folder);
    await before.enrol('gate-1', keys);
    const token = forge(HEADER, claims(), by(keys));
    expect(await before.auth.authenticate(token)).toEqual(gate);
    await before.close();
    const after = openGateway(folder);
    expect(await after.auth.authenticate(token)).toEqual(refused('auth.token_reused'));
  });

  test('are used by their identifier: the same one in a new token is refused', async () => {
    const keys = ownKey();
    const { auth } = await enrolled(keys);
    const first = { ...claims(), jti: 'same' };
    expect(await auth.authenticate(forge(HEADER, first, by(keys)))).toEqual(gate);
    const second = { ...first, exp: first.exp + 1 };
    expect(await auth.authenticate(forge(HEADER, second, by(keys)))).toEqual(refused('auth.token_reused'));
  });

  test('of two devices may have the same identifier', async () => {
    const keys = ownKey();
    const gateway = await enrolled(keys);
    await gateway.enrol('gate-2', keys);
    const named = (name: string) =>
      forge({ ...HEADER, kid: name }, { ...claims(), iss: name, sub: name, jti: 'same' }, by(keys));
    expect(await gateway.auth.authenticate(named('gate-1'))).toMatchObject({ ok: true });
    expect(await gateway.auth.authenticate(named('gate-2'))).toMatchObject({ ok: true });
  });

  test('are never forgotten for want of room: the next token waits until the old are past', async () => {
    const keys = ownKey();
    const { auth, clock, store } = await enrolled(keys, { used_tokens: 3 });
    const fresh = () => {
      const nowS = clock.nowMs / 1_000;
      return forge(HEADER, { ...claims(), iat: nowS, exp: nowS + 60 }, by(keys));
    };
    const first = fresh();
    expect(await auth.authenticate(first)).toEqual(gate);
    expect(await auth.authenticate(fresh())).toEqual(gate);
    expect(await auth.authenticate(fresh())).toEqual(gate);
    expect(await auth.authenticate(fresh())).toEqual(refused('auth.busy'));
    clock.nowMs += 70_000;
    expect(await auth.authenticate(first)).toEqual(refused('auth.expired'));
    expect(await auth.authenticate(fresh())).toEqual(refused('auth.busy'));
    clock.nowMs += 1;
    expect(await auth.authenticate(forge(HEADER, claims(), by(keys)))).toEqual(refused('auth.expired'));
    clock.nowMs += 999;
    expect(await auth.authenticate(fresh())).toEqual(gate);
    expect(store.usedTokens.size).toBe(1);
  });

  test('are bounded for one device, and others have theirs; one that is sent again spends nothing', async () => {
    const keys = ownKey();
    const { auth, clock, enrol } = await enrolled(keys, { used_tokens_per_device: 3 });
    await enrol('gate-2', keys);
    const of = (name: string) => {
      const iat = clock.nowMs / 1_000;
      const named = { ...claims(), iss: name, sub: name, iat, exp: iat + 60 };
      return forge({ ...HEADER, kid: name }, named, by(keys));
    };
    const [first, ...others] = [of('gate-1'), of('gate-1'), of('gate-1')];
    expect(await auth.authenticate(first ?? '')).toEqual(gate);
    for (let again = 0; again < 9; again += 1) {
      expect(await auth.authenticate(first ?? '')).toEqual(refused('auth.token_reused'));
    }
    for (const token of others) expect(await auth.authenticate(token)).toEqual(gate);
    expect(await auth.authenticate(of('gate-1'))).toEqual(refused('auth.busy'));
    expect(await auth.authenticate(of('gate-2'))).toMatchObject({ ok: true });
    clock.nowMs += 280_000;
    expect(await auth.authenticate(of('gate-1'))).toEqual(gate);
  });

  test('are not taken by tokens that are refused', async () => {
    const keys = ownKey();
    const { auth, store } = await enrolled(keys);
    await auth.authenticate(forge(HEADER, { ...claims(), aud: 'gw-2' }, by(keys)));
    await auth.authenticate(forge(HEADER, claims(), by(ownKey())));
    expect(store.usedTokens.size).toBe(0);
  });
});

describe('sessions', () => {
  async function opened(limits = {}) {
    const keys = ownKey();
    const gateway = await enrolled(keys, limits);
    const result = await gateway.auth.authenticateToken(forge(HEADER, claims(), by(keys)));
    if (!result.ok) throw new Error(result.code);
    const { device } = result;
    const open = () => gateway.auth.openSession(device);
    const session = open();
    if ('code' in session) throw new Error(session.code);
    return { ...gateway, keys, device, open, session };
  }

  test('authenticate again and again until they end', async () => {
    const { auth, session, clock } = await opened();
    expect(session.token).toMatch(/^oc_s_[A-Za-z0-9_-]{43}$/);
    expect(session.expiresAtMs).toBe(NOW_MS + 900_000);
    expect(await auth.authenticate(session.token)).toEqual(gate);
    clock.nowMs = session.expiresAtMs - 1;
    expect(await auth.authenticate(session.token)).toEqual(gate);
    clock.nowMs = session.expiresAtMs;
    expect(await auth.authenticate(session.token)).toEqual(refused('auth.expired'));
    expect(await auth.authenticate(session.token)).toEqual(refused('auth.invalid'));
  });

  test('are not device tokens, and any other text is none', async () => {
    const { auth, session } = await opened();
    expect(await auth.authenticateToken(session.token)).toEqual(refused('auth.invalid'));
    for (const wrong of [
      `${session.token}A`,
      session.token.slice(0, -1),
      'oc_s_',
      `oc_s_${'A'.repeat(43)}`,
    ]) {
      expect(await auth.authenticate(wrong)).toEqual(refused('auth.invalid'));
    }
  });

  test('are bounded, and make room when they end', async () => {
    const { open, clock } = await opened({ sessions_per_device: 9 });
    open();
    open();
    expect(open()).toEqual({ code: 'auth.busy', retryAfterMs: 1_000 });
    clock.nowMs += 900_000;
    expect(open()).toHaveProperty('token');
  });

  test('are bounded for one device, and others have theirs; those of an earlier enrolment count for nothing', async () => {
    const { auth, open, clock, enrol, device } = await opened({ sessions: 9, sessions_per_device: 2 });
    clock.nowMs += 400_000;
    expect(open()).toHaveProperty('token');
    expect(open()).toEqual({ code: 'auth.too_many_sessions', retryAfterMs: 500_000 });
    const keys = ownKey();
    await enrol('gate-1', keys, clock.nowMs);
    expect(auth.openSession(device)).toEqual({ code: 'auth.enrolment_ended', retryAfterMs: 0 });
    const iat = clock.nowMs / 1_000;
    const token = forge(HEADER, { ...claims(), iat, exp: iat + 60 }, by(keys));
    const anew = await auth.authenticateToken(token);
    expect(anew.ok && auth.openSession(anew.device)).toHaveProperty('token');
  });

  test('end when their device is revoked', async () => {
    const { auth, session, store, open } = await opened();
    await store.registry.revoke('gate-1', NOW_MS);
    expect(await auth.authenticate(session.token)).toEqual(refused('auth.device_revoked'));
    expect(await auth.authenticate(session.token)).toEqual(refused('auth.invalid'));
    expect(open()).toEqual({ code: 'auth.device_revoked', retryAfterMs: 0 });
  });

  test('end when their device is enrolled anew', async () => {
    const { auth, session, enrol } = await opened();
    await enrol('gate-1', ownKey(), NOW_MS + 1);
    expect(await auth.authenticate(session.token)).toEqual(refused('auth.enrolment_ended'));
  });

  test('are not opened for a device nobody knows', async () => {
    const { auth, device } = await opened();
    expect(auth.openSession({ ...device, deviceId: 'gate-9' })).toEqual({
      code: 'auth.unknown_device',
      retryAfterMs: 0,
    });
  });
});

test('a revoked device is told so only if it holds the key', async () => {
  const keys = ownKey();
  const { auth, store } = await enrolled(keys);
  await store.registry.revoke('gate-1', NOW_MS);
  expect(await auth.authenticate(forge(HEADER, claims(), by(keys)))).toEqual(refused('auth.device_revoked'));
  expect(await auth.authenticate(forge(HEADER, claims(), by(ownKey())))).toEqual(refused('auth.invalid'));
});

describe('who has no key learns nothing of which devices there are', () => {
  const own = p256();
  const stranger = p256();
  const named = (kid: string, alg: string, key: SigningKey, iat = NOW_S) =>
    forge({ ...HEADER, kid, alg }, { ...claims(), iss: kid, sub: kid, iat, exp: iat + 60 }, by(key));

  test.each([
    ['a device nobody enrolled', named('gate-9', 'ES256', stranger), 'no such device', 'gate-9'],
    ['what can name no device', named('../gate-1', 'ES256', stranger), 'no such device', null],
    ['a device under another key', named('gate-1', 'ES256', stranger), 'not signed with its key', 'gate-1'],
    [
      'a device with a key of another kind',
      named('gate-1', 'EdDSA', ed25519()),
      'not signed with its key',
      'gate-1',
    ],
    [
      'a device under another key, at another time',
      named('gate-1', 'ES256', stranger, NOW_S - 9_000),
      'not signed with its key',
      'gate-1',
    ],
  ] as const)('%s: the answer is auth.invalid, and the log is told why', async (_, token, why, deviceId) => {
    const { store, enrol } = await enrolled(own);
    await enrol('gate-1', own);
    const unsaid: unknown[] = [];
    const auth = authOf(store, (refusal) => unsaid.push(refusal), INTERNATIONAL);
    expect(await auth.authenticateToken(token)).toEqual(refused('auth.invalid'));
    expect(unsaid).toEqual([{ why, deviceId }]);
  });

  test.each([
    ['nobody enrolled', 'gate-9'],
    ['enrolled', 'gate-1'],
    ['enrolled with a key of another kind', 'desk-1'],
  ])('a key is read and a signature verified for a device that is %s', async (_, kid) => {
    const { store, enrol } = await enrolled(own);
    await enrol('desk-1', ed25519());
    const verify = vi.spyOn(globalThis.crypto.subtle, 'verify');
    onTestFinished(() => verify.mockRestore());
    const auth = authOf(store, undefined, INTERNATIONAL);
    expect(await auth.authenticateToken(named(kid, 'ES256', stranger))).toEqual(refused('auth.invalid'));
    expect(verify).toHaveBeenCalledTimes(1);
    expect(verify.mock.calls[0]?.[0]).toMatchObject({ name: 'ECDSA' });
  });
});
