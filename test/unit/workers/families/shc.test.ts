import { createHmac } from 'node:crypto';
import { deflateRawSync, deflateSync } from 'node:zlib';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../../../config/codes.ts';
import { p256Jwk } from '../../../../platform/p256.ts';
import { disclosed } from '../../../../workers/claims.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import { shc } from '../../../../workers/families/shc/family.ts';
import { Prover } from '../../../../workers/prove.ts';
import { TrustError } from '../../../../workers/trust/error.ts';
import { describeNegatives, type Negative } from './negatives.rig.ts';
import {
  AT_MS,
  b64,
  CLAIMS,
  card,
  HEADER,
  ISSUER,
  jws,
  KEY,
  kidOf,
  numeric,
  OTHER_ISSUER,
  OTHER_KEY,
  PATIENT,
  SHC_TRUST,
  STRANGER,
  shown,
  signRaw,
  VC,
} from './shc-cards.rig.ts';

const AT_S = AT_MS / 1000;
const GOOD = card();
const RAW = jws();
const withVc = (change: object) => card({ claims: { ...CLAIMS, vc: { ...VC, ...change } } });
const withClaims = (change: object) => card({ claims: { ...CLAIMS, ...change } });
const withHeader = (change: object) => card({ header: { ...HEADER, ...change } });
const without = (object: object, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
const [ENCODED_HEADER = '', ENCODED_PAYLOAD = '', ENCODED_SIGNATURE = ''] = RAW.split('.');
const nested = (depth: number) => `{"iss":"${ISSUER}","nbf":1,"vc":${'['.repeat(depth)}${']'.repeat(depth)}}`;
const lastByteChanged = (input: string) => {
  const signature = signRaw(input, KEY);
  signature[63] = (signature[63] ?? 0) ^ 1;
  return signature;
};
/** s and n - s are both good for one message; r and the key stay. */
const mirrored = (input: string) => {
  const { r, s } = p256.Signature.fromBytes(signRaw(input, KEY), 'compact');
  return new p256.Signature(r, p256.Point.Fn.ORDER - s).toBytes('compact');
};

/** Another way to be wrong than the card that is good, each beside that card or one that is like it. */
const WRONG: readonly (readonly [name: string, code: Code, text: string, control?: string, atMs?: number])[] =
  [
    ['no prefix', 'credential.malformed', GOOD.slice(5)],
    ['another prefix', 'credential.malformed', GOOD.replace('shc:/', 'shl:/')],
    ['an upper case prefix', 'credential.malformed', GOOD.replace('shc:/', 'SHC:/')],
    ['a space before it', 'credential.malformed', ` ${GOOD}`],
    ['nothing behind the prefix', 'credential.truncated', 'shc:/'],
    ['an odd number of digits', 'credential.truncated', GOOD.slice(0, -1)],
    ['a newline behind it', 'credential.truncated', `${GOOD}\n`],
    ['two characters behind it', 'credential.encoding', `${GOOD}\r\n`],
    ['a letter among the digits', 'credential.encoding', `${GOOD.slice(0, 40)}a${GOOD.slice(41)}`],
    ['a pair above z', 'credential.encoding', `shc:/78${GOOD.slice(7)}`],
    ['digits of another script', 'credential.encoding', `shc:/\u0665\u0666${GOOD.slice(7)}`],
    [
      'characters that are digits in their low byte',
      'credential.encoding',
      `shc:/\u0135\u0136${GOOD.slice(7)}`,
    ],
    ['the character before 0', 'credential.encoding', `shc://:${GOOD.slice(7)}`],
    ['a pair that is no base64url', 'credential.encoding', `shc:/05${GOOD.slice(7)}`],
    ['the first of three chunks', 'credential.chunked', GOOD.replace('shc:/', 'shc:/1/3/')],
    ['a chunk that is its only one', 'credential.chunked', GOOD.replace('shc:/', 'shc:/1/1/')],
    ['more than 8,192 characters', 'credential.oversized', `shc:/${'56'.repeat(4_100)}`],
    ['the signature cut off', 'credential.truncated', numeric(`${ENCODED_HEADER}.${ENCODED_PAYLOAD}`)],
    ['an empty signature', 'credential.encoding', numeric(`${ENCODED_HEADER}.${ENCODED_PAYLOAD}.`)],
    ['a fourth part', 'credential.malformed', numeric(`${RAW}.AAAA`)],
    ['bits behind the signature', 'credential.encoding', numeric(`${RAW.slice(0, -1)}B`)],
    ['a header without alg', 'credential.malformed', card({ header: without(HEADER, 'alg') })],
    [
      'alg none',
      'credential.algorithm_unsupported',
      card({ header: { ...HEADER, alg: 'none' }, sign: () => Uint8Array.of(0) }),
    ],
    [
      'a MAC with the public key',
      'credential.algorithm_unsupported',
      card({
        header: { ...HEADER, alg: 'HS256' },
        sign: (input) => createHmac('sha256', KEY.publicKey).update(input).digest(),
      }),
    ],
    ['ES384 in the header', 'credential.algorithm_unsupported', withHeader({ alg: 'ES384' })],
    [
      'alg twice',
      'credential.duplicate_key',
      card({ header: `{"alg":"none",${JSON.stringify(HEADER).slice(1)}` }),
    ],
    ['a critical header', 'credential.header_critical', withHeader({ crit: ['x'], x: 1 })],
    ['an unencoded payload', 'credential.header_critical', withHeader({ b64: false })],
    ['no zip', 'credential.malformed', card({ header: without(HEADER, 'zip') })],
    ['another zip', 'credential.malformed', withHeader({ zip: 'GZ' })],
    ['no kid', 'credential.malformed', card({ header: without(HEADER, 'kid') })],
    ['a kid that is no thumbprint', 'credential.malformed', withHeader({ kid: 'key-1' })],
    [
      'a kid of nobody',
      'trust.issuer_unknown',
      card({ header: { ...HEADER, kid: kidOf(STRANGER) }, key: STRANGER }),
    ],
    [
      'a key in the header',
      'trust.issuer_unknown',
      card({ header: { ...HEADER, kid: kidOf(STRANGER), jwk: p256Jwk(STRANGER) }, key: STRANGER }),
    ],
    [
      'the kid of another issuer, under whose key it is signed',
      'trust.issuer_not_accepted',
      card({ header: { ...HEADER, kid: kidOf(OTHER_KEY) }, key: OTHER_KEY }),
    ],
    [
      'the kid of another key than signed it',
      'signature.credential',
      card({ header: { ...HEADER, kid: kidOf(OTHER_KEY) }, claims: { ...CLAIMS, iss: OTHER_ISSUER } }),
    ],
    ['a stranger under the kid of the issuer', 'signature.credential', card({ key: STRANGER })],
    ['a signature with its last bit changed', 'signature.credential', card({ sign: lastByteChanged })],
    ['a signature of zeros', 'signature.credential', card({ sign: () => new Uint8Array(64) })],
    [
      'a DER signature',
      'signature.encoding',
      card({ sign: (input) => p256.Signature.fromBytes(signRaw(input, KEY), 'compact').toBytes('der') }),
    ],
    [
      'a signature of 63 bytes',
      'signature.encoding',
      card({ sign: (input) => signRaw(input, KEY).subarray(1) }),
    ],
    [
      'the signature of another payload',
      'signature.credential',
      numeric(
        `${jws({ claims: { ...CLAIMS, nbf: 1 } })
          .split('.')
          .slice(0, 2)
          .join('.')}.${ENCODED_SIGNATURE}`,
      ),
    ],
    [
      'a payload that is not deflated',
      'credential.compression',
      card({ payload: Buffer.from(JSON.stringify(CLAIMS)) }),
    ],
    [
      'a payload in a zlib envelope',
      'credential.compression',
      card({ payload: deflateSync(JSON.stringify(CLAIMS)) }),
    ],
    [
      'a payload without an end',
      'credential.truncated',
      card({ payload: deflateRawSync(JSON.stringify(CLAIMS)).subarray(0, -9) }),
    ],
    [
      'bytes behind the payload',
      'credential.trailing',
      card({ payload: Buffer.concat([deflateRawSync(JSON.stringify(CLAIMS)), Buffer.of(0, 0)]) }),
    ],
    [
      'a payload that inflates to a megabyte',
      'credential.oversized',
      card({ claims: JSON.stringify(CLAIMS) + ' '.repeat(1_000_000) }),
    ],
    [
      'a payload that inflates to twenty times its size',
      'credential.oversized',
      card({ claims: JSON.stringify(CLAIMS) + ' '.repeat(9_000) }),
      card({ claims: JSON.stringify(CLAIMS) + ' '.repeat(3_000) }),
    ],
    ['a payload that is no JSON', 'credential.malformed', card({ claims: 'card' })],
    ['a payload that is an array', 'credential.malformed', card({ claims: [CLAIMS] })],
    ['a payload of two values', 'credential.trailing', card({ claims: `${JSON.stringify(CLAIMS)}{}` })],
    [
      'a payload with a byte order mark',
      'credential.malformed',
      card({ claims: `\ufeff${JSON.stringify(CLAIMS)}` }),
    ],
    [
      'a payload that is no UTF-8',
      'credential.encoding',
      card({ payload: deflateRawSync(Buffer.from('{"iss":"\xff"}', 'latin1')) }),
    ],
    [
      'a claim twice',
      'credential.duplicate_key',
      card({ claims: `{"iss":"https://x.example",${JSON.stringify(CLAIMS).slice(1)}` }),
    ],
    ['deep nesting', 'credential.too_deep', card({ claims: nested(40) })],
    ['many entries', 'credential.too_many_items', withVc({ extra: Array.from({ length: 600 }, () => 0) })],
    ['no iss', 'credential.malformed', card({ claims: without(CLAIMS, 'iss') })],
    ['an issuer URL with a slash more', 'trust.issuer_not_accepted', withClaims({ iss: `${ISSUER}/` })],
    [
      'an issuer URL in other letters',
      'trust.issuer_not_accepted',
      withClaims({ iss: ISSUER.toUpperCase() }),
    ],
    ['no nbf', 'credential.malformed', card({ claims: without(CLAIMS, 'nbf') })],
    ['an nbf that is text', 'credential.malformed', withClaims({ nbf: String(AT_S) })],
    ['an nbf that is no moment', 'credential.malformed', withClaims({ nbf: 1e300 })],
    [
      'good only in a second',
      'credential.not_yet_valid',
      withClaims({ nbf: AT_S + 1 }),
      withClaims({ nbf: AT_S }),
    ],
    ['an nbf in milliseconds', 'credential.not_yet_valid', withClaims({ nbf: AT_MS })],
    ['over since now', 'credential.expired', withClaims({ exp: AT_S }), withClaims({ exp: AT_S + 0.001 })],
    ['an exp that is null', 'credential.malformed', withClaims({ exp: null })],
    ['no vc', 'credential.malformed', card({ claims: without(CLAIMS, 'vc') })],
    [
      'no type of a health card',
      'credential.malformed',
      withVc({ type: ['https://smarthealth.cards#covid19'] }),
    ],
    [
      'a type that is text',
      'credential.malformed',
      withVc({ type: 'https://smarthealth.cards#health-card' }),
    ],
    [
      'no version of FHIR',
      'credential.malformed',
      withVc({ credentialSubject: without(VC.credentialSubject, 'fhirVersion') }),
    ],
    ['no bundle', 'credential.malformed', withVc({ credentialSubject: { fhirVersion: '4.0.1' } })],
    [
      'an empty bundle',
      'credential.malformed',
      withVc({
        credentialSubject: { fhirVersion: '4.0.1', fhirBundle: { resourceType: 'Bundle', entry: [] } },
      }),
    ],
    ['revoked', 'credential.revoked', withVc({ rid: 'gone' }), withVc({ rid: 'here' })],
    [
      'revoked as issued before a moment',
      'credential.revoked',
      withVc({ rid: 'before' }),
      card({ claims: { ...CLAIMS, nbf: AT_S - 1_000, vc: { ...VC, rid: 'before' } } }),
    ],
    ['revoked by the later of two moments', 'credential.revoked', withVc({ rid: 'twice' })],
    ['a revocation identifier that is too long', 'credential.malformed', withVc({ rid: 'x'.repeat(25) })],
    ['a revocation identifier that is no base64url', 'credential.malformed', withVc({ rid: 'go ne' })],
  ];

describeNegatives(
  'shc',
  SHC_TRUST as never,
  WRONG.map(
    ([name, code, text, control = GOOD, atMs = AT_MS]): Negative => ({
      name,
      code,
      wrong: shown(text, atMs),
      control: shown(control, atMs),
    }),
  ),
);

describe('a SMART Health Card', () => {
  it('is told apart from outside where it costs more', () => {
    expect([shc.costKey(GOOD), shc.costKey(`shc:/${'5'.repeat(2_391)}`)]).toEqual(['shc', 'shc/long']);
  });

  const prover = (bytes = 1 << 20) => {
    const made = new Prover(createPortableEngine(), bytes);
    const revision = made.loadTrust(SHC_TRUST);
    return (text: string, disclose: readonly string[] = [], atMs = AT_MS) => {
      const [verdict] = made.prove([{ family: 'shc', input: text, atMs, disclose }], revision, false);
      if (verdict === undefined) throw new Error('no verdict');
      return verdict;
    };
  };

  it('is proven, and says what it is without saying who it is about', () => {
    const { ok, facts } = prover()(GOOD);
    expect(ok).toBe(true);
    expect(facts).toMatchObject({
      issuer: ISSUER,
      region: 'cq',
      holderBound: false,
      replayableUntilMs: null,
      claims: { document_type: 'health-card', health_card_types: 'immunization', issuing_authority: ISSUER },
    });
    expect(facts).not.toHaveProperty('disclosed');
    expect(JSON.stringify(facts?.claims)).not.toMatch(/Anyperson|John|1951/);
  });

  it('discloses what was asked for, where it says so', () => {
    const { facts } = prover()(GOOD, ['full_name', 'birth_date', 'sex', 'portrait']);
    const said = Object.entries(facts?.disclosed ?? {}).map(([name, value]) => [name, disclosed(value)]);
    expect(Object.fromEntries(said)).toEqual({
      full_name: 'John B. Anyperson',
      birth_date: '1951-01-20',
      sex: 'male',
    });
  });

  it('is remembered by all that was shown, and is judged by the clock and the trust all the same', () => {
    const prove = prover();
    const end = withClaims({ exp: AT_S + 10 });
    const first = prove(end);
    expect(first.ok).toBe(true);
    const again = prove(end, [], AT_MS + 9_000);
    expect(again.facts).toEqual(first.facts);
    expect(prove(end, [], AT_MS + 10_000).code).toBe('credential.expired');
    expect(prove(end, ['family_name']).facts?.disclosed).toEqual({ family_name: 'Anyperson' });
    expect(prove(card({ claims: { ...CLAIMS, exp: AT_S + 10 }, sign: lastByteChanged })).code).toBe(
      'signature.credential',
    );
  });

  it('is one card under both signatures that one signature makes two of', () => {
    const prove = prover();
    const [one, other] = [prove(GOOD), prove(card({ sign: mirrored }))];
    expect(other.ok).toBe(true);
    expect(other.facts?.credentialId).toBe(one.facts?.credentialId);
  });

  it('has no room to be remembered in, and is proven', () => {
    const prove = prover(0);
    expect([prove(GOOD).ok, prove(GOOD).ok]).toEqual([true, true]);
  });

  it('is refused with any one character changed, and nothing throws for any text', () => {
    const prove = prover();
    fc.assert(
      fc.property(fc.nat(GOOD.length - 1), fc.constantFrom(...'0123456789/a'), (at, other) => {
        if (GOOD[at] === other) return;
        const { ok, code } = prove(GOOD.slice(0, at) + other + GOOD.slice(at + 1));
        expect(ok).toBe(false);
        expect(code).not.toBe('proof.internal');
      }),
      { numRuns: 200 },
    );
    const units = fc.string({ unit: fc.constantFrom('0', '5', '7', '9', 'a', '\u00e9', '/') });
    fc.assert(
      fc.property(units, (text) => {
        expect(prove(`shc:/${text}`).code).not.toBe('proof.internal');
        expect(prove(text).code).not.toBe('proof.internal');
      }),
    );
  });

  it('is refused with any one claim of another type', () => {
    const prove = prover();
    const paths = ['iss', 'nbf', 'vc', 'vc/type', 'vc/credentialSubject', 'vc/credentialSubject/fhirBundle'];
    const other = fc.constantFrom<unknown>(null, true, -1, '', [], {}, [[]]);
    fc.assert(
      fc.property(fc.constantFrom(...paths), other, (path, value) => {
        const claims = structuredClone(CLAIMS) as Record<string, unknown>;
        const names = path.split('/');
        const last = names.pop() ?? '';
        let at: Record<string, unknown> = claims;
        for (const name of names) at = at[name] as Record<string, unknown>;
        at[last] = value;
        const { ok, code } = prove(card({ claims }));
        expect([ok, code === 'proof.internal']).toEqual([false, false]);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['names in no known form', { ...PATIENT, name: 'Anyperson' }],
    ['no name', without(PATIENT, 'name')],
    [
      'names of other types',
      { ...PATIENT, name: [{ family: 7, given: [null, 'John'] }], birthDate: 1951, gender: {} },
    ],
  ])('is proven with %s', (_name, resource) => {
    const fhirBundle = { resourceType: 'Bundle', entry: [{}, null, { resource }] };
    const text = withVc({ credentialSubject: { fhirVersion: '4.0.1', fhirBundle } });
    expect(prover()(text, ['full_name', 'birth_date']).ok).toBe(true);
  });
});

describe('trust in SMART Health Cards', () => {
  const load = (anchor: object) => new Prover(createPortableEngine(), 0).loadTrust({ anchors: [anchor] });
  const [anchor] = SHC_TRUST.anchors;

  it.each<[string, object, RegExp]>([
    ['a point off the curve', { ...anchor, jwk: { ...anchor.jwk, y: anchor.jwk.x } }, /no public key/],
    ['a private key', { ...anchor, jwk: { ...anchor.jwk, d: b64(KEY.d) } }, /private key/],
    ['a kid that is not the thumbprint', { ...anchor, jwk: { ...anchor.jwk, kid: 'mine' } }, /thumbprint/],
    [
      'revocations of another key',
      { ...anchor, revocation: { ...anchor.revocation, kid: kidOf(OTHER_KEY) } },
      /another key/,
    ],
    ['an issuer with a slash at its end', { ...anchor, issuer: `${ISSUER}/` }, /./],
    ['an issuer without TLS', { ...anchor, issuer: 'http://health.example' }, /./],
    [
      'a revoked identifier that is none',
      { ...anchor, revocation: { ...anchor.revocation, rids: ['a b'] } },
      /./,
    ],
  ])('refuses %s', (_name, wrong, message) => {
    expect(() => load(wrong)).toThrow(TrustError);
    expect(() => load(wrong)).toThrow(message);
  });

  it('takes a key as its issuer publishes it, with members that mean nothing here', () => {
    const jwk = { ...anchor.jwk, crlVersion: 1, x5c: ['MIIB'], key_ops: ['verify'], ext: true };
    expect(() => load({ ...anchor, jwk })).not.toThrow();
  });

  it('refuses a key that comes twice for one issuer, and takes one key of two issuers', () => {
    const made = new Prover(createPortableEngine(), 0);
    expect(() => made.loadTrust({ anchors: [anchor, anchor] })).toThrow(/twice/);
    const revision = made.loadTrust({ anchors: [anchor, { ...anchor, issuer: OTHER_ISSUER }] });
    const proven = [ISSUER, OTHER_ISSUER].map(
      (iss) =>
        made.prove([{ family: 'shc', input: withClaims({ iss }), atMs: AT_MS }], revision, false)[0]?.facts
          ?.issuer,
    );
    expect(proven).toEqual([ISSUER, OTHER_ISSUER]);
  });
});
