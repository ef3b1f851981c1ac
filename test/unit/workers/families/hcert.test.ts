import { constants, sign } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { p256 } from '@noble/curves/nist.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Code } from '../../../../config/codes.ts';
import { extension } from '../../../../platform/authority/certificates.ts';
import { cbor, Encoded, Tagged } from '../../../../platform/cbor.ts';
import { p256Sign } from '../../../../platform/p256.ts';
import { disclosed } from '../../../../workers/claims.ts';
import { createPortableEngine } from '../../../../workers/engine/portable.ts';
import { Prover } from '../../../../workers/prove.ts';
import { TrustError } from '../../../../workers/trust/error.ts';
import {
  AT_MS,
  AT_S,
  anchor,
  type CertificateParts,
  claimsOf,
  cose,
  DCC,
  DSC,
  dsc,
  dscOf,
  EARLY_DSC,
  EARLY_KEY,
  EVENT,
  HCERT_TRUST,
  HEADER,
  hcertText,
  KEY,
  kidOf,
  NAMES,
  OTHER_DSC,
  OTHER_KEY,
  OVER_DSC,
  OVER_KEY,
  STRANGER,
  shown,
  spell,
  TEST_DSC,
  TEST_KEY,
} from './hcert-certificates.rig.ts';
import { describeNegatives, type Negative } from './negatives.rig.ts';

const GOOD = hcertText();
const COSE = cose();
const without = (object: object, name: string) =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
const withDcc = (dcc: unknown) => hcertText({ claims: claimsOf(dcc) });
const withClaims = (...change: (readonly [number, unknown])[]) =>
  hcertText({ claims: claimsOf(DCC, change) });
const withHeader = (...change: (readonly [number, unknown])[]) =>
  hcertText({ protectedHeader: new Map([...HEADER, ...change]) });
const withEvent = (change: object) => withDcc({ ...DCC, v: [{ ...EVENT, ...change }] });
const payloadOf = (bytes: Uint8Array) => hcertText({ payload: bytes });
const lastBitChanged = (message: Uint8Array) => {
  const signature = p256Sign(KEY, message);
  signature[63] = (signature[63] ?? 0) ^ 1;
  return signature;
};
const under = (certificate: Uint8Array, key: CertificateParts['key'], dcc: unknown = DCC) =>
  hcertText({
    claims: claimsOf(dcc),
    protectedHeader: new Map<number, unknown>([
      [1, -7],
      [4, kidOf(certificate)],
    ]),
    ...(key && { key }),
  });
const TEST = { ...without(DCC, 'v'), t: [{ tg: '840539006', co: 'XX', is: 'Laboratory', ci: 'URN:1' }] };
const nested = (depth: number): unknown => (depth === 0 ? 0 : [nested(depth - 1)]);
const KID_UNPROTECTED: CertificateParts = {
  protectedHeader: new Map([[1, -7]]),
  unprotectedHeader: new Map([[4, kidOf(DSC)]]),
};
/** A map whose pairs are given, so that a key may come twice. */
const rawMap = (...pairs: (readonly [unknown, unknown])[]) =>
  new Encoded(
    Buffer.concat([
      Buffer.of(0xa0 | pairs.length),
      ...pairs.flatMap(([key, value]) => [cbor(key), cbor(value)]),
    ]),
  );

const WRONG: readonly (readonly [name: string, code: Code, text: string, control?: string, atMs?: number])[] =
  [
    ['no prefix', 'credential.malformed', GOOD.slice(4)],
    ['a prefix of another version', 'credential.malformed', GOOD.replace('HC1:', 'HC2:')],
    ['a prefix in lower case', 'credential.malformed', GOOD.replace('HC1:', 'hc1:')],
    ['a space before the prefix', 'credential.malformed', ` ${GOOD}`],
    ['nothing behind the prefix', 'credential.truncated', 'HC1:'],
    ['more than 4,096 characters', 'credential.oversized', `HC1:${'0'.repeat(4_093)}`],
    ['Base45 in lower case', 'credential.encoding', `HC1:${GOOD.slice(4).toLowerCase()}`],
    ['Base45 with a newline', 'credential.encoding', `${GOOD.slice(0, 20)}\n${GOOD.slice(20)}`],
    ['Base45 with a newline at its end', 'credential.encoding', `${GOOD}\n`],
    ['Base45 that overflows', 'credential.encoding', `HC1::::${GOOD.slice(7)}`],
    [
      'Base45 with a lone character',
      'credential.encoding',
      `${spell(deflateSync(COSE)).slice(0, 4)}${'0'.repeat(3)}A`,
    ],
    ['Base45 with a character of another script', 'credential.encoding', `HC1:\u0130${GOOD.slice(5)}`],
    ['COSE that is not compressed', 'credential.compression', spell(COSE)],
    ['DEFLATE without its envelope', 'credential.compression', spell(deflateRawSync(COSE))],
    ['gzip', 'credential.compression', spell(gzipSync(COSE))],
    [
      'a byte behind the compressed data',
      'credential.trailing',
      spell(Buffer.concat([deflateSync(COSE), Buffer.of(0)])),
    ],
    [
      'two compressed certificates',
      'credential.trailing',
      spell(Buffer.concat([deflateSync(COSE), deflateSync(COSE)])),
    ],
    ['compressed data without an end', 'credential.truncated', spell(deflateSync(COSE).subarray(0, -1))],
    [
      'a wrong checksum',
      'credential.compression',
      spell(
        Buffer.concat([deflateSync(COSE).subarray(0, -1), Buffer.of((deflateSync(COSE).at(-1) ?? 0) ^ 1)]),
      ),
    ],
    [
      'what inflates to a megabyte',
      'credential.oversized',
      spell(deflateSync(Buffer.concat([COSE, Buffer.alloc(1_000_000)]))),
    ],
    [
      'a byte behind the COSE',
      'credential.trailing',
      spell(deflateSync(Buffer.concat([COSE, Buffer.of(0)]))),
    ],
    ['another tag', 'credential.type_not_allowed', hcertText({ envelope: (each) => new Tagged(98, each) })],
    [
      'the tag of a CWT without that of COSE',
      'credential.malformed',
      hcertText({ envelope: (each) => new Tagged(61, each) }),
      hcertText({ envelope: (each) => new Tagged(61, new Tagged(18, each)) }),
    ],
    [
      'the tags in the other order',
      'credential.malformed',
      hcertText({ envelope: (each) => new Tagged(18, new Tagged(61, each)) }),
    ],
    [
      'an array of five',
      'credential.malformed',
      hcertText({ envelope: (each) => new Tagged(18, [...each, 0]) }),
    ],
    [
      'an array of three',
      'credential.malformed',
      hcertText({ envelope: (each) => new Tagged(18, each.slice(0, 3)) }),
    ],
    ['a payload that is elsewhere', 'credential.malformed', hcertText({ detached: true })],
    [
      'an array of no known length',
      'credential.indefinite_length',
      spell(deflateSync(Buffer.concat([Buffer.of(0xd2, 0x9f), COSE.subarray(2), Buffer.of(0xff)]))),
    ],
    ['no key identifier', 'trust.issuer_unknown', hcertText({ protectedHeader: new Map([[1, -7]]) })],
    ['a key identifier of nobody', 'trust.issuer_unknown', under(dsc(STRANGER), STRANGER)],
    ['a key identifier of seven bytes', 'trust.issuer_unknown', withHeader([4, kidOf(DSC).subarray(0, 7)])],
    [
      'a key identifier that goes on',
      'trust.issuer_unknown',
      withHeader([4, Buffer.concat([kidOf(DSC), Buffer.of(0)])]),
    ],
    ['a key identifier that is text', 'credential.malformed', withHeader([4, kidOf(DSC).toString('hex')])],
    [
      'a wrong protected identifier before a right unprotected one',
      'trust.issuer_unknown',
      hcertText({
        protectedHeader: new Map<number, unknown>([
          [1, -7],
          [4, Buffer.from('666f6f', 'hex')],
        ]),
        unprotectedHeader: new Map([[4, kidOf(DSC)]]),
      }),
    ],
    [
      'the protected identifier of another signer before the right unprotected one',
      'signature.credential',
      hcertText({
        protectedHeader: new Map<number, unknown>([
          [1, -7],
          [4, kidOf(OTHER_DSC)],
        ]),
        unprotectedHeader: new Map([[4, kidOf(DSC)]]),
      }),
    ],
    [
      'a good signature under the unprotected identifier of another signer',
      'signature.credential',
      hcertText({ ...KID_UNPROTECTED, unprotectedHeader: new Map([[4, kidOf(OTHER_DSC)]]) }),
      hcertText(KID_UNPROTECTED),
    ],
    [
      'a good signature under an unprotected identifier of nobody',
      'trust.issuer_unknown',
      hcertText({ ...KID_UNPROTECTED, unprotectedHeader: new Map([[4, kidOf(dsc(STRANGER))]]) }),
      hcertText(KID_UNPROTECTED),
    ],
    [
      'the certificate of a stranger in the header',
      'trust.issuer_unknown',
      hcertText({
        key: STRANGER,
        protectedHeader: new Map<number, unknown>([
          [1, -7],
          [33, dsc(STRANGER)],
        ]),
      }),
    ],
    ['a critical header', 'credential.header_critical', withHeader([2, [4]])],
    [
      'a header twice',
      'credential.duplicate_key',
      spell(
        deflateSync(
          cbor(
            new Tagged(18, [
              cbor(rawMap([1, -7], [4, kidOf(DSC)], [1, -37])),
              new Map(),
              new Uint8Array(1),
              new Uint8Array(64),
            ]),
          ),
        ),
      ),
    ],
    [
      'no algorithm',
      'credential.algorithm_unsupported',
      hcertText({ protectedHeader: new Map([[4, kidOf(DSC)]]) }),
    ],
    ['a MAC', 'credential.algorithm_unsupported', withHeader([1, 5])],
    ['EdDSA', 'credential.algorithm_unsupported', withHeader([1, -8])],
    ['ES384', 'credential.algorithm_unsupported', withHeader([1, -35])],
    ['an algorithm by its name', 'credential.algorithm_unsupported', withHeader([1, 'ES256'])],
    ['PS256 with a key on a curve', 'key.algorithm_mismatch', withHeader([1, -37])],
    ['a signature of a stranger', 'signature.credential', hcertText({ key: STRANGER })],
    ['a signature with its last bit changed', 'signature.credential', hcertText({ sign: lastBitChanged })],
    ['a signature of zeros', 'signature.credential', hcertText({ sign: () => new Uint8Array(64) })],
    [
      'a DER signature',
      'signature.encoding',
      hcertText({
        sign: (message) => p256.Signature.fromBytes(p256Sign(KEY, message), 'compact').toBytes('der'),
      }),
    ],
    [
      'a signature of 63 bytes',
      'signature.encoding',
      hcertText({ sign: (message) => p256Sign(KEY, message).subarray(1) }),
    ],
    ['no signature', 'signature.encoding', hcertText({ sign: () => new Uint8Array() })],
    ['a payload that is no map', 'credential.malformed', payloadOf(cbor([1]))],
    [
      'a payload with a byte behind it',
      'credential.trailing',
      payloadOf(Buffer.concat([cbor(claimsOf()), Buffer.of(0)])),
    ],
    ['a payload that is cut', 'credential.truncated', payloadOf(cbor(claimsOf()).subarray(0, -1))],
    ['a claim twice', 'credential.duplicate_key', payloadOf(cbor(rawMap(...claimsOf(), [1, 'YY'])))],
    [
      'a name twice in the certificate',
      'credential.duplicate_key',
      withDcc(rawMap(...Object.entries(DCC), ['dob', '2000-01-01'])),
    ],
    ['deep nesting', 'credential.too_deep', withDcc({ ...DCC, x: nested(17) })],
    [
      'many items',
      'credential.too_many_items',
      withDcc({ ...DCC, x: Array.from({ length: 4_200 }, () => 0) }),
    ],
    [
      'text that is no UTF-8',
      'credential.encoding',
      withDcc({ ...DCC, x: new Encoded(Buffer.of(0x62, 0xc3, 0x28)) }),
    ],
    ['a key that is neither text nor number', 'credential.key_type', withClaims([-1, new Map([[null, 1]])])],
    [
      'a number that is too large',
      'credential.integer_too_large',
      withClaims([4, new Encoded(Buffer.from('1b0020000000000000', 'hex'))]),
    ],
    [
      'a tag that it has no use for',
      'credential.type_not_allowed',
      withDcc({ ...DCC, x: new Tagged(24, new Uint8Array()) }),
    ],
    ['an issuer that is a number', 'credential.malformed', withClaims([1, 7])],
    [
      'no expiry',
      'credential.malformed',
      hcertText({ claims: new Map([...claimsOf()].filter(([key]) => key !== 4)) }),
    ],
    [
      'no issue',
      'credential.malformed',
      hcertText({ claims: new Map([...claimsOf()].filter(([key]) => key !== 6)) }),
    ],
    ['an expiry that is text', 'credential.malformed', withClaims([4, String(AT_S)])],
    [
      'an expiry that is no number',
      'credential.malformed',
      withClaims([4, new Encoded(Buffer.from('f97e00', 'hex'))]),
    ],
    ['over since a second', 'credential.expired', withClaims([4, AT_S - 1]), withClaims([4, AT_S])],
    ['issued in a second', 'credential.not_yet_valid', withClaims([6, AT_S + 1]), withClaims([6, AT_S])],
    ['good from a second on', 'credential.not_yet_valid', withClaims([5, AT_S + 1]), withClaims([5, AT_S])],
    ['no certificate', 'credential.malformed', withClaims([-260, new Map()])],
    ['a certificate of another form', 'credential.malformed', withClaims([-260, new Map([[2, DCC]])])],
    ['no version', 'credential.malformed', withDcc(without(DCC, 'ver'))],
    ['no names', 'credential.malformed', withDcc(without(DCC, 'nam'))],
    ['names that are empty', 'credential.malformed', withDcc({ ...DCC, nam: { fn: '', gnt: '' } })],
    ['no birth date', 'credential.malformed', withDcc(without(DCC, 'dob')), withDcc({ ...DCC, dob: '' })],
    ['a birth date of another form', 'credential.malformed', withDcc({ ...DCC, dob: '04.03.1971' })],
    ['no event', 'credential.malformed', withDcc(without(DCC, 'v'))],
    ['two vaccinations', 'credential.malformed', withDcc({ ...DCC, v: [EVENT, EVENT] })],
    ['a vaccination and a test', 'credential.malformed', withDcc({ ...DCC, t: TEST.t })],
    ['an event that is no list', 'credential.malformed', withDcc({ ...DCC, v: EVENT })],
    ['an event that is text', 'credential.malformed', withDcc({ ...DCC, v: ['x'] })],
    ['no identifier', 'credential.malformed', withDcc({ ...DCC, v: [without(EVENT, 'ci')] })],
    ['an identifier that is empty', 'credential.malformed', withEvent({ ci: '' })],
    ['a country in lower case', 'credential.malformed', withEvent({ co: 'xx' })],
    [
      'a vaccination of a signer for tests',
      'trust.key_usage',
      under(TEST_DSC, TEST_KEY),
      under(TEST_DSC, TEST_KEY, TEST),
    ],
    ['a signer that is over', 'trust.certificate_expired', under(OVER_DSC, OVER_KEY)],
    ['a signer that has not begun', 'trust.certificate_not_yet_valid', under(EARLY_DSC, EARLY_KEY)],
  ];

describeNegatives(
  'hcert',
  HCERT_TRUST as never,
  WRONG.map(
    ([name, code, text, control = GOOD, atMs = AT_MS]): Negative => ({
      name,
      code,
      wrong: shown(text, atMs),
      control: shown(control, atMs),
    }),
  ),
);

type Prove = (
  text: string,
  disclose?: readonly string[],
  atMs?: number,
) => ReturnType<Prover['prove']>[number];

function prover(anchors: readonly object[] = HCERT_TRUST.anchors, bytes = 1 << 20): Prove {
  const made = new Prover(createPortableEngine(), bytes);
  const revision = made.loadTrust({ anchors });
  return (text, disclose = [], atMs = AT_MS) => {
    const [verdict] = made.prove([{ family: 'hcert', input: text, atMs, disclose }], revision, false);
    if (verdict === undefined) throw new Error('no verdict');
    return verdict;
  };
}

describe('a health certificate', () => {
  it('is proven, and says what it is without saying who it is about or how they are', () => {
    const { ok, facts } = prover()(GOOD);
    expect(ok).toBe(true);
    expect(facts).toMatchObject({
      issuer: 'XX',
      region: 'xx',
      holderBound: false,
      validUntilMs: AT_MS + 1_000_000,
      replayableUntilMs: AT_MS + 1_000_000,
      claims: {
        document_type: 'vaccination',
        issuing_country: 'XX',
        issuing_authority: 'Ministry of Health',
      },
    });
    expect(facts).not.toHaveProperty('disclosed');
    expect(JSON.stringify(facts?.claims)).not.toMatch(/M.ller|MUELLER|Anna|1971|ABCDEF|EU.1/);
  });

  it('discloses what was asked for, where it says so', () => {
    const asked = ['full_name', 'family_name', 'given_name', 'birth_date', 'document_number', 'sex'];
    const { facts } = prover()(GOOD, asked);
    const said = Object.entries(facts?.disclosed ?? {}).map(([name, value]) => [name, disclosed(value)]);
    expect(Object.fromEntries(said)).toEqual({
      full_name: 'Anna Lea Müller',
      family_name: 'Müller',
      given_name: 'Anna Lea',
      birth_date: '1971-03-04',
      document_number: EVENT.ci,
    });
  });

  it.each([
    ['without tags', hcertText({ envelope: (each) => each })],
    ['with both tags', hcertText({ envelope: (each) => new Tagged(61, new Tagged(18, each)) })],
    ['with the identifier in the header that is not signed', hcertText(KID_UNPROTECTED)],
    [
      'with the algorithm in the header that is not signed',
      hcertText({ protectedHeader: new Map([[4, kidOf(DSC)]]), unprotectedHeader: new Map([[1, -7]]) }),
    ],
    [
      'with another identifier in the header that is not signed',
      hcertText({ unprotectedHeader: new Map([[4, kidOf(OTHER_DSC)]]) }),
    ],
    [
      'with floats and a date in a tag',
      withDcc({ ...DCC, v: [{ ...EVENT, dn: 1.5, dt: new Tagged(0, '2026-06-01T00:00:00Z') }] }),
    ],
    ['with events that are null or empty beside the one', withDcc({ ...DCC, t: null, r: [] })],
    ['with a birth date of a year', withDcc({ ...DCC, dob: '1971' })],
    ['with a birth date and a time', withDcc({ ...DCC, dob: '1971-03-04T00:00:00' })],
    ['with names for machines only', withDcc({ ...DCC, nam: { fnt: 'MUELLER' } })],
    [
      'without the claim of its issuer',
      hcertText({ claims: new Map([...claimsOf()].filter(([key]) => key !== 1)) }),
    ],
  ])('is proven %s', (_name, text) => {
    expect(prover()(text)).toMatchObject({ ok: true, facts: { issuer: 'XX' } });
  });

  it('is remembered by all that was shown, and is judged by the clock and the key it names all the same', () => {
    const prove = prover();
    const first = prove(GOOD);
    expect(first.ok).toBe(true);
    expect(prove(GOOD, [], AT_MS + 1_000_000).facts).toEqual(first.facts);
    expect(prove(GOOD, [], AT_MS + 1_000_001).code).toBe('credential.expired');
    expect(prove(GOOD, ['family_name']).facts?.disclosed).toEqual({ family_name: 'Müller' });
    expect(prove(hcertText(KID_UNPROTECTED)).ok).toBe(true);
    const underOther = { ...KID_UNPROTECTED, unprotectedHeader: new Map([[4, kidOf(OTHER_DSC)]]) };
    expect(prove(hcertText(underOther)).code).toBe('signature.credential');
    expect(prove(hcertText({ sign: lastBitChanged })).code).toBe('signature.credential');
  });

  it('has no room to be remembered in, and is proven', () => {
    const prove = prover(undefined, 0);
    expect([prove(GOOD).ok, prove(GOOD).ok]).toEqual([true, true]);
  });

  it('is refused with any one character changed, and nothing throws for any text', () => {
    const prove = prover();
    fc.assert(
      fc.property(fc.nat(GOOD.length - 1), fc.constantFrom(...'0AZ $%*+-./:a'), (at, other) => {
        if (GOOD[at] === other) return;
        const { ok, code } = prove(GOOD.slice(0, at) + other + GOOD.slice(at + 1));
        expect([ok, code === 'proof.internal']).toEqual([false, false]);
      }),
      { numRuns: 200 },
    );
  });

  it('is refused with any one byte changed that is signed, or that makes it up', () => {
    const prove = prover();
    fc.assert(
      fc.property(fc.nat(COSE.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const changed = Buffer.from(COSE);
        changed[at] = (changed[at] ?? 0) ^ difference;
        const { ok, code } = prove(spell(deflateSync(changed)));
        expect([ok, code === 'proof.internal']).toEqual([false, false]);
      }),
      { numRuns: 200 },
    );
  });

  it('is refused or proven, and never faults, with any one value of another type', () => {
    const prove = prover();
    const value = fc.constantFrom<unknown>(
      null,
      true,
      -1,
      1.5,
      '',
      [],
      {},
      new Uint8Array(3),
      new Tagged(1, 5),
    );
    const names = [
      ...Object.keys(DCC),
      ...Object.keys(NAMES).map((name) => `nam/${name}`),
      ...Object.keys(EVENT).map((name) => `v/${name}`),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), value, (path, other) => {
        const [outer = '', inner] = path.split('/');
        const dcc = structuredClone(DCC) as Record<string, unknown>;
        if (inner === undefined) dcc[outer] = other;
        else if (outer === 'nam') dcc['nam'] = { ...NAMES, [inner]: other };
        else dcc['v'] = [{ ...EVENT, [inner]: other }];
        expect(prove(withDcc(dcc)).code).not.toBe('proof.internal');
      }),
      { numRuns: 80 },
    );
  });
});

describe('signers of other algorithms', () => {
  const header = (certificate: Uint8Array, algorithm: number) =>
    new Map<number, unknown>([
      [1, algorithm],
      [4, kidOf(certificate)],
    ]);

  it.each([
    ['rsa2048', -37],
    ['P-384', -7],
    ['brainpoolP256r1', -7],
  ] as const)('are proven slowly: %s', (kind, algorithm) => {
    const { privateKey, certificate } = dscOf(kind);
    const options =
      kind === 'rsa2048'
        ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
        : ({ dsaEncoding: 'ieee-p1363' } as const);
    const signed = (message: Uint8Array) => sign('sha256', message, { key: privateKey, ...options });
    const prove = prover([anchor(certificate)]);
    const text = (change: CertificateParts = {}) =>
      hcertText({ protectedHeader: header(certificate, algorithm), sign: signed, ...change });
    expect(prove(text()).code).toBe('proof.ok');
    expect(prove(text()).code).toBe('proof.ok');
    const wrong = (message: Uint8Array) => signed(Buffer.concat([message, Buffer.of(0)]));
    expect(prove(text({ sign: wrong })).code).toBe('signature.credential');
    expect(prove(text({ sign: (message) => signed(message).subarray(1) })).code).toBe('signature.encoding');
    const other = algorithm === -7 ? -37 : -7;
    expect(prove(text({ protectedHeader: header(certificate, other) })).code).toBe('key.algorithm_mismatch');
  });

  it('refuses PS256 with another salt, and RSA without it', () => {
    const { privateKey, certificate } = dscOf('rsa2048');
    const prove = prover([anchor(certificate)]);
    const padded = (padding: number, saltLength?: number) => (message: Uint8Array) =>
      sign('sha256', message, { key: privateKey, padding, ...(saltLength !== undefined && { saltLength }) });
    for (const each of [padded(constants.RSA_PKCS1_PSS_PADDING, 20), padded(constants.RSA_PKCS1_PADDING)]) {
      expect(prove(hcertText({ protectedHeader: header(certificate, -37), sign: each })).code).toBe(
        'signature.credential',
      );
    }
  });
});

describe('trust in signers of health certificates', () => {
  const load = (...certificates: Uint8Array[]) =>
    new Prover(createPortableEngine(), 0).loadTrust({ anchors: certificates.map(anchor) });

  it.each<[string, () => Uint8Array, RegExp]>([
    ['bytes that are no certificate', () => Buffer.from('certificate'), /is no certificate/],
    ['a byte behind the certificate', () => Buffer.concat([DSC, Buffer.of(0)]), /is no certificate/],
    ['a key off the curve', () => dsc({ ...KEY, publicKey: new Uint8Array(64).fill(7) }), /no point/],
    ['a short RSA key', () => dscOf('rsa1024').certificate, /1024 bits/],
    ['an Ed25519 key', () => dscOf('ed25519').certificate, /signs no health certificates/],
    [
      'a certificate for web servers',
      () => dsc(KEY, { extensions: [extension.extKeyUsage(['1.3.6.1.5.5.7.3.1'])] }),
      /no kind/,
    ],
  ])('refuses %s', (_name, certificate, message) => {
    expect(() => load(certificate())).toThrow(TrustError);
    expect(() => load(certificate())).toThrow(message);
  });

  it('refuses a certificate that comes twice', () => {
    expect(() => load(DSC, OTHER_DSC, DSC)).toThrow(/second certificate/);
    expect(() => load(DSC, OTHER_DSC)).not.toThrow();
  });

  it('takes both forms of the key usages, and a certificate without any, as all of them', () => {
    const early = dsc(TEST_KEY, { extensions: [extension.extKeyUsage(['1.3.6.1.4.1.0.1847.2021.1.1'])] });
    const none = dsc(OTHER_KEY, { extensions: [] });
    const prove = prover([early, none].map(anchor));
    expect(prove(under(early, TEST_KEY, TEST)).code).toBe('proof.ok');
    expect(prove(under(early, TEST_KEY)).code).toBe('trust.key_usage');
    expect(prove(under(none, OTHER_KEY)).code).toBe('proof.ok');
    expect(prove(under(none, OTHER_KEY, TEST)).code).toBe('proof.ok');
  });
});
