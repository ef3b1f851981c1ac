/** SD-JWTs that are accepted: what is said of them, what is remembered, and whose keys are taken. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Prover } from '../../../../workers/prove.ts';
import { TrustError } from '../../../../workers/trust/error.ts';
import {
  AGE,
  AUDIENCE,
  anchor,
  BIRTH_DATE,
  claim,
  digestOf,
  ed25519Holder,
  element,
  GIVEN_NAME,
  HEADER,
  ISSUER,
  issued,
  issuerKey,
  jwkOf,
  jwt,
  KB_HEADER,
  NONCE,
  NOW_MS,
  p384Holder,
  p521Holder,
  payload,
  present,
  strangerKey,
} from '../../../fixtures/sd-jwts.ts';
import { bind, engine, flipped, good, prove, unbound, withDigests } from './sd-jwt.rig.ts';

describe('accepted', () => {
  test('with key binding', () => {
    const { facts, ok, checks } = prove({ text: good, disclose: ['given_name', 'birth_date'] });
    expect(ok).toBe(true);
    expect(checks.map(({ check }) => check)).toContain('key_binding.signature');
    expect(facts).toMatchObject({
      issuer: ISSUER,
      region: '',
      mode: 'key_binding',
      nonce: NONCE,
      holderBound: true,
      replayableUntilMs: NOW_MS + 300_000,
      validUntilMs: NOW_MS + 86_400_000,
      claims: { document_type: 'urn:city:resident:1', expires: '2026-11-30' },
      disclosed: { given_name: '小美' },
    });
  });

  test('without key binding, where none was asked for', () => {
    const { facts } = prove({ text: bind(null), ...unbound });
    expect(facts).toMatchObject({ mode: 'unbound', holderBound: false, replayableUntilMs: null });
    expect(facts).not.toHaveProperty('disclosed');
  });

  test.each([
    ['ES384', p384Holder],
    ['ES512', p521Holder],
    ['EdDSA', ed25519Holder],
  ] as const)('a holder who signs with %s', (alg, key) => {
    const text = present(issued({ cnf: { jwk: jwkOf(key) } }), [GIVEN_NAME], {
      header: { ...KB_HEADER, alg },
      key,
    });
    expect(prove({ text }).facts).toMatchObject({ holderBound: true });
  });

  test.each([
    ['sha-384', 'sha384'],
    ['sha-512', 'sha512'],
  ])('digests by %s', (name, algorithm) => {
    const body = payload([digestOf(GIVEN_NAME, algorithm)], { _sd_alg: name });
    const text = present(jwt(HEADER, body, issuerKey), [GIVEN_NAME], null);
    expect(prove({ text, ...unbound, disclose: ['given_name'] }).facts?.disclosed).toEqual({
      given_name: '小美',
    });
  });

  test('claims within claims, elements and decoys', () => {
    const locality = claim('locality', '渝中');
    const place = claim('place_of_birth', { country: 'CN', _sd: [digestOf(locality), digestOf('d1')] });
    const [cn, fr] = [element('CN', 'a'), element('FR', 'b')];
    const text = withDigests([digestOf(place), digestOf('d2')], [place, locality, cn], {
      nationalities: [{ '...': digestOf(cn) }, { '...': digestOf(fr) }, { '...': digestOf('d3') }],
    });
    expect(prove({ text, disclose: ['place_of_birth', 'nationality'] }).facts?.disclosed).toEqual({
      place_of_birth: '渝中, CN',
      nationality: 'CN',
    });
  });

  test('a credential that names no end, under another typ where its anchor says so', () => {
    const text = present(issued({ exp: undefined, vct: undefined }, { alg: 'ES256' }), [AGE]);
    expect(prove({ text, anchors: [anchor({ types: [''] })] }).facts?.claims).toEqual({
      document_type: 'sd-jwt',
      age_over_18: true,
    });
  });

  test('the key that kid names among two of one issuer', () => {
    const anchors = [
      anchor({ jwk: { ...jwkOf(strangerKey), kid: 'old' } }),
      anchor({ jwk: { ...jwkOf(issuerKey), kid: 'new' }, region: 'cq' }),
    ];
    const text = (kid: string) => present(issued({}, { ...HEADER, kid }), []);
    expect(prove({ text: text('new'), anchors }).facts).toMatchObject({ region: 'cq' });
    expect(prove({ text: text('old'), anchors }).code).toBe('signature.credential');
    expect(prove({ text: present(issued(), []), anchors }).code).toBe('trust.issuer_unknown');
  });

  test('where its status is kept', () => {
    const uri = 'https://status.city.example/1';
    const text = present(issued({ status: { status_list: { idx: 7, uri } } }), []);
    expect(prove({ text }).facts?.statusReference).toEqual({ kind: 'status_list', uri, index: 7 });
  });
});

test('a credential that speaks of a thousand ages says 32 of them', () => {
  const ages = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [String(i), i < 40]));
  const text = present(issued({ age_equal_or_over: ages, age_over_999: false }), [], null);
  const { facts } = prove({ text, ...unbound });
  expect(Object.keys(facts?.claims ?? {})).toHaveLength(34);
  expect(facts?.claims).toMatchObject({ age_over_0: true, age_over_31: true });
});

describe('the name of a credential', () => {
  const idOf = (text: string) => prove({ text, ...unbound }).facts?.credentialId;

  test('is the same whatever is disclosed, and however it is signed anew', () => {
    const once = jwt(HEADER, payload([digestOf(claim('jti', 'x')), digestOf(GIVEN_NAME)]), issuerKey);
    const again = `${once.slice(0, once.lastIndexOf('.'))}.${jwt(
      HEADER,
      payload([digestOf(claim('jti', 'x')), digestOf(GIVEN_NAME)]),
      issuerKey,
    )
      .split('.')
      .at(-1)}`;
    const texts = [
      present(once, [], null),
      present(once, [claim('jti', 'x'), GIVEN_NAME], null),
      present(again, [], null),
    ];
    expect(once).not.toBe(again);
    expect(new Set(texts.map(idOf)).size).toBe(1);
  });

  test('is the issuer and jti where the issuer gives one', () => {
    expect(idOf(present(issued({ jti: 'card-1' }), [], null))).toBe(`${ISSUER}:card-1`);
  });
});

describe('what is remembered', () => {
  const prover = () => {
    const it = new Prover(engine, 1_048_576);
    return { it, revision: it.loadTrust({ anchors: [anchor()] }) };
  };
  const item = (text: string) => ({
    family: 'sd-jwt',
    input: { text, aud: AUDIENCE, nonce: NONCE },
    atMs: NOW_MS,
  });

  test('a credential that is shown again costs the signature of its holder only', () => {
    const { it, revision } = prover();
    const text = issued();
    it.prove([item(present(text, [GIVEN_NAME]))], revision, false);
    expect(it.takeStats()).toMatchObject({ signatures: 2, authorisationMisses: 1 });
    it.prove([item(present(text, [BIRTH_DATE]))], revision, false);
    expect(it.takeStats()).toMatchObject({ signatures: 1, authorisationHits: 1 });
  });

  test('the key of a holder that is remembered is held to its own signatures and algorithm', () => {
    const { it, revision } = prover();
    const text = issued();
    const codeOf = (binding: Parameters<typeof present>[2]) =>
      it.prove([item(present(text, [GIVEN_NAME], binding))], revision, true)[0]?.code;
    expect([codeOf({}), codeOf({})]).toEqual(['proof.ok', 'proof.ok']);
    expect(codeOf({ key: strangerKey })).toBe('signature.key_binding');
    expect(codeOf({ header: { ...KB_HEADER, alg: 'EdDSA' }, key: ed25519Holder })).toBe(
      'key.algorithm_mismatch',
    );
    // Shown first without its holder's signature, a credential still has its holder's key looked at.
    const other = issued({ jti: 'other', cnf: { jwk: jwkOf(p384Holder) } });
    const unsigned = {
      ...item(present(other, [], null)),
      input: { text: present(other, [], null), ...unbound },
    };
    expect(it.prove([unsigned], revision, true)[0]?.code).toBe('proof.ok');
    const es384 = { header: { ...KB_HEADER, alg: 'ES384' }, key: p384Holder };
    expect(it.prove([item(present(other, [], es384))], revision, true)[0]?.code).toBe('proof.ok');
    expect(it.prove([item(present(other, [], {}))], revision, true)[0]?.code).toBe('key.algorithm_mismatch');
  });

  test('nothing of a proof that failed is remembered, nor of another signature', () => {
    const { it, revision } = prover();
    const text = issued();
    it.prove([item(present(text, [], { key: strangerKey }))], revision, false);
    it.takeStats();
    it.prove([item(present(flipped(text, text.length - 5), []))], revision, false);
    it.prove([item(present(text, []))], revision, false);
    expect(it.takeStats()).toMatchObject({ authorisationMisses: 2, authorisationHits: 0 });
  });

  test('a slow algorithm of the holder is not run before the signature of the issuer held', () => {
    const { it, revision } = prover();
    const cnf = { jwk: jwkOf(p521Holder) };
    const text = present(issued({ cnf }, HEADER, strangerKey), [], {
      header: { ...KB_HEADER, alg: 'ES512' },
      key: p521Holder,
    });
    const [verdict] = it.prove([item(text)], revision, true);
    expect(verdict?.code).toBe('signature.credential');
    expect(verdict?.checks.map(({ check }) => check)).not.toContain('key_binding.signature');
  });
});

describe('one character changed', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~'.split('');

  test('is refused, wherever it is', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom(...alphabet), (at, character) => {
        fc.pre(good[at] !== character);
        return !prove({ text: good.slice(0, at) + character + good.slice(at + 1) }).ok;
      }),
      { numRuns: 300 },
    );
  });

  test('as one less and one more', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.constantFrom('', 'A.', 'A~', '~~', '..'), (at, other) => {
        return !prove({ text: good.slice(0, at) + other + good.slice(at + 1) }).ok;
      }),
      { numRuns: 200 },
    );
  });
});

describe('anchors that are refused', () => {
  const load =
    (...anchors: unknown[]) =>
    () =>
      new Prover(engine, 0).loadTrust({ anchors });
  test.each([
    ['a private key', [anchor({ jwk: { ...jwkOf(issuerKey), d: 'AAAA' } })]],
    ['a point off the curve', [anchor({ jwk: { ...jwkOf(issuerKey), y: jwkOf(issuerKey)['x'] } })]],
    ['a symmetric key', [anchor({ jwk: { kty: 'oct', k: 'AAAA' } })]],
    ['two keys of one issuer without kid', [anchor(), anchor({ jwk: jwkOf(strangerKey) })]],
    ['a certificate that is none', [{ family: 'sd-jwt', certificatePem: 'none' }]],
  ])('%s', (_name, anchors) => {
    expect(load(...anchors)).toThrow(TrustError);
  });
});
