import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { authorityOf } from '../../../../../gateway/knowledge/token-status/list-authority.ts';
import {
  checkTimes,
  openListToken,
  tokenBytesMax,
  usableUntilMs,
} from '../../../../../gateway/knowledge/token-status/list-token.ts';
import {
  entryAt,
  inflateEntries,
} from '../../../../../gateway/knowledge/token-status/status-list-entries.ts';
import { keyText } from '../../../../../gateway/knowledge/token-status/status-list-key.ts';
import { TokenStatusError } from '../../../../../gateway/knowledge/token-status/token-status-error.ts';
import {
  ecSigner,
  edSigner,
  listOf,
  NOW,
  sourceOf,
  type TokenParts,
  TWO_BITS,
  tokenOf,
} from './token-status-fixture.rig.ts';

const URI = 'https://issuer.test/lists/1';
const MAX = 4_096;
const ec = ecSigner();
const ed = edSigner();
const open = async (text: string, signer = ec, maxBytes = MAX) => {
  const authority = authorityOf(sourceOf(URI, signer), []);
  const token = await openListToken(Buffer.from(text), {
    ...{ uri: URI, authority, digest: 'SHA-256' as const, maxBytes, nowMs: NOW },
  });
  if (token.kind !== 'status_list') throw new Error('a status list');
  return token;
};

async function faultOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof TokenStatusError) return error.code;
  throw new Error(`no fault, but ${String(error)}`);
}

describe('a token that is right', () => {
  test.each([ec, ed])('is read whole, signed with $alg', async (signer) => {
    const token = await open(await tokenOf(URI, signer, { header: { kid: 'a' } }), signer);
    expect(token).toMatchObject({
      uri: URI,
      bits: 2,
      issuedAtMs: NOW - 60_000,
      expiresAtMs: NOW + 3_600_000,
      ttlMs: 600_000,
    });
    const values = Array.from({ length: 8 }, (_, i) => entryAt(token.entries, token.bits, i));
    expect(values).toEqual([1, 2, 0, 3, 0, 0, 0, 1]);
  });

  test('may have claims that are not asked for, and no end', async () => {
    const claims = { iss: 'https://issuer.test', exp: undefined, ttl: undefined, more: { a: [1] } };
    const token = await open(await tokenOf(URI, ec, { claims }));
    expect(token).toMatchObject({ expiresAtMs: null, ttlMs: null });
    expect(usableUntilMs(token)).toBe(token.issuedAtMs + 86_400_000);
    expect(usableUntilMs({ ...token, ttlMs: 100_000_000 })).toBe(token.issuedAtMs + 100_000_000);
  });
});

describe('where entries are', () => {
  const entries = new SharedArrayBuffer(2);
  new Uint8Array(entries).set([0xb9, 0xa3]);

  // draft-ietf-oauth-status-list, clause 4.1: these bytes, as 16 entries of one bit.
  test('the first is in the lowest bits', () => {
    const values = Array.from({ length: 16 }, (_, i) => entryAt(entries, 1, i));
    expect(values).toEqual([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]);
    expect([0, 1, 2, 3].map((i) => entryAt(entries, 4, i))).toEqual([9, 11, 3, 10]);
    expect([0, 1].map((i) => entryAt(entries, 8, i))).toEqual([0xb9, 0xa3]);
  });

  test.each([16, -1, 0.5, Number.NaN, 2 ** 53])('there is none at %s', (index) => {
    expect(entryAt(entries, 1, index)).toBeNull();
  });
});

describe('refused', () => {
  const list = (change: Record<string, unknown>): TokenParts => ({
    claims: { status_list: { ...TWO_BITS, ...change } },
  });
  test.each<[string, TokenParts]>([
    ['type', { header: { typ: 'JWT' } }],
    ['type', { header: { typ: 'application/statuslist+jwt' } }],
    ['malformed', { header: { typ: undefined } }],
    ['malformed', { header: { jwk: ec.jwk } }],
    ['malformed', { header: { jku: 'https://other.test/keys' } }],
    ['subject', { claims: { sub: `${URI}/` } }],
    ['malformed', { claims: { sub: undefined } }],
    ['malformed', { claims: { iat: undefined } }],
    ['malformed', { claims: { iat: '1' } }],
    ['malformed', { claims: { exp: -1 } }],
    ['malformed', { claims: { exp: 1e300 } }],
    ['malformed', { claims: { ttl: 0 } }],
    ['malformed', { claims: { status_list: undefined } }],
    ['malformed', list({ bits: 3 })],
    ['malformed', list({ bits: '2' })],
    ['malformed', list({ lst: '' })],
    ['encoding', list({ lst: `${TWO_BITS.lst}=` })],
    ['encoding', list({ lst: 'AAAA' })],
    ['encoding', list({ lst: deflateSync(new Uint8Array(64)).subarray(0, -1).toString('base64url') })],
    [
      'encoding',
      list({ lst: Buffer.concat([deflateSync(new Uint8Array(64)), Buffer.of(0)]).toString('base64url') }),
    ],
    ['inflates', list({ lst: listOf(new Uint8Array(MAX + 1)) })],
  ])('%s: %j', async (fault, parts) => {
    expect(await faultOf(open(await tokenOf(URI, ec, parts)))).toBe(fault);
  });

  test('another key, another algorithm, and none at all', async () => {
    const token = await tokenOf(URI, ec);
    expect(await faultOf(open(token, ecSigner()))).toBe('signature');
    expect(await faultOf(open(token, ed))).toBe('algorithm');
    const [, payload] = token.split('.');
    const none = Buffer.from('{"alg":"none","typ":"statuslist+jwt"}').toString('base64url');
    expect(await faultOf(open(`${none}.${payload}.AAAA`))).toBe('algorithm');
    expect(await faultOf(open(`${none}.${payload}.`))).toBe('malformed');
  });

  test('any character changed, cut off anywhere, and anything behind it', async () => {
    const token = await tokenOf(URI, ed);
    const faults = new Set<string>();
    for (let at = 0; at < token.length; at += 7) {
      const other = token[at] === 'A' ? 'B' : 'A';
      faults.add(await faultOf(open(token.slice(0, at) + other + token.slice(at + 1), ed)));
      faults.add(await faultOf(open(token.slice(0, at), ed)));
    }
    faults.add(await faultOf(open(`${token}.`, ed)));
    faults.add(await faultOf(open(`${token}A`, ed)));
    for (const fault of faults) expect(['malformed', 'signature', 'algorithm', 'type']).toContain(fault);
  });

  test('a name twice in the claims, although it is signed', async () => {
    const { CompactSign } = await import('jose');
    const text = `{"sub":"${URI}","sub":"${URI}","iat":1,"status_list":${JSON.stringify(TWO_BITS)}}`;
    const token = await new CompactSign(Buffer.from(text))
      .setProtectedHeader({ alg: 'EdDSA', typ: 'statuslist+jwt' })
      .sign(ed.privateKey);
    expect(await faultOf(open(token, ed))).toBe('malformed');
  });

  test('a token too large for any list within the limit, before anything is read of it', async () => {
    expect(await faultOf(open('A'.repeat(tokenBytesMax(MAX) + 1)))).toBe('oversized');
  });
});

describe('bounds of memory', () => {
  test('a bomb is given up at the limit', async () => {
    const bomb = deflateSync(new Uint8Array(64 * 1_048_576), { level: 9 });
    expect(bomb.length).toBeLessThan(100_000);
    expect(await faultOf(inflateEntries(bomb, 1_048_576))).toBe('inflates');
  });

  test('a list of exactly the limit that cannot be compressed fits in the largest token', async () => {
    const bytes = Uint8Array.from({ length: MAX }, (_, i) => (i * 2_654_435_761) >>> 13);
    const token = await tokenOf(URI, ec, { claims: { status_list: { bits: 8, lst: listOf(bytes) } } });
    const { entries } = await open(token);
    expect(new Uint8Array(entries)).toEqual(bytes);
  });
});

describe('its time', () => {
  const timesOf = async (claims: Record<string, unknown>, nowMs = NOW) => {
    const token = await open(await tokenOf(URI, ec, { claims }));
    return await faultOf(Promise.resolve().then(() => checkTimes(token, nowMs, 10_000)));
  };
  const seconds = NOW / 1000;

  test('from when it was issued, within the tolerance, until its end', async () => {
    const token = await open(await tokenOf(URI, ec, { claims: { iat: seconds + 10, exp: seconds + 11 } }));
    expect(() => checkTimes(token, NOW, 10_000)).not.toThrow();
    expect(() => checkTimes(token, NOW + 10_999, 10_000)).not.toThrow();
    expect(await timesOf({ iat: seconds + 11 })).toBe('not_yet');
    expect(await timesOf({ exp: seconds })).toBe('expired');
    expect(await timesOf({ exp: seconds + 1 }, NOW + 1_000)).toBe('expired');
  });
});

test('a key is known by the members that make it, whatever else is said of it', () => {
  const { jwk } = ed;
  expect(keyText({ ...jwk, kid: 'x' })).toBe(keyText(jwk));
  expect(keyText(ec.jwk)).not.toBe(keyText(jwk));
});
