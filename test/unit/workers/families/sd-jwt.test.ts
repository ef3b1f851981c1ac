/** SD-JWTs that must be refused, each with its code; all are signed with keys of the test's own. */
import { describe, expect, test } from 'vitest';
import type { Code } from '../../../../config/codes.ts';
import {
  AUDIENCE,
  anchor,
  BIRTH_DATE,
  claim,
  digestOf,
  disclosureOf,
  ed25519Holder,
  element,
  encoded,
  GIVEN_NAME,
  HEADER,
  holderKey,
  ISSUER,
  issued,
  issuerKey,
  jwkOf,
  jwt,
  KB_HEADER,
  NOW_S,
  p384Holder,
  p521Holder,
  payload,
  present,
  strangerKey,
} from '../../../fixtures/sd-jwts.ts';
import type { Shown } from './sd-jwt.rig.ts';
import {
  bind,
  der,
  disclosing,
  flipped,
  good,
  goodHeader,
  goodJwt,
  goodPayload,
  goodSignature,
  holderJwk,
  nested,
  parent,
  prove,
  reissued,
  repeated,
  unbound,
  withDigests,
} from './sd-jwt.rig.ts';

const REFUSED: readonly (readonly [string, Shown, Code])[] = [
  // Form.
  ['empty', { text: '' }, 'credential.truncated'],
  ['a JWT without a tilde', { text: goodJwt }, 'credential.truncated'],
  ['two parts', { text: `${goodHeader}.${goodPayload}~`, ...unbound }, 'credential.malformed'],
  ['four parts', { text: `${goodJwt}.AAAA~`, ...unbound }, 'credential.malformed'],
  ['no signature', { text: `${goodHeader}.${goodPayload}.~`, ...unbound }, 'credential.malformed'],
  ['an empty disclosure', { text: `${goodJwt}~~${GIVEN_NAME}~`, ...unbound }, 'credential.malformed'],
  ['a character of base64 proper', { text: `${goodJwt}~${GIVEN_NAME}+~`, ...unbound }, 'credential.encoding'],
  ['padding', { text: `${goodHeader}=.${goodPayload}.${goodSignature}~`, ...unbound }, 'credential.encoding'],
  ['a newline', { text: `${goodJwt}~\n`, ...unbound }, 'credential.encoding'],
  ['more than 32 kB', { text: `${goodJwt}~${'A'.repeat(32_768)}~`, ...unbound }, 'credential.oversized'],
  ['257 disclosures', { text: `${goodJwt}~${'QQ~'.repeat(257)}`, ...unbound }, 'credential.too_many_items'],
  ['loose bits in a disclosure', { text: `${goodJwt}~QR~`, ...unbound }, 'credential.encoding'],
  ['a disclosure of one character', { text: `${goodJwt}~Q~`, ...unbound }, 'credential.encoding'],
  // The issuer's header.
  [
    'a header that is no JSON',
    { text: reissued(encoded('alg'), goodPayload, goodSignature) },
    'credential.malformed',
  ],
  [
    'a header that is a list',
    { text: reissued(encoded([]), goodPayload, goodSignature) },
    'credential.malformed',
  ],
  [
    'alg twice',
    { text: present(jwt('{"alg":"ES256","alg":"ES256","typ":"dc+sd-jwt"}', payload([]), issuerKey), []) },
    'credential.duplicate_key',
  ],
  [
    'alg none',
    { text: reissued(encoded({ ...HEADER, alg: 'none' }), goodPayload, 'AA') },
    'credential.algorithm_unsupported',
  ],
  [
    'a MAC',
    { text: reissued(encoded({ ...HEADER, alg: 'HS256' }), goodPayload, goodSignature) },
    'credential.algorithm_unsupported',
  ],
  [
    'no alg',
    { text: reissued(encoded({ typ: 'dc+sd-jwt' }), goodPayload, goodSignature) },
    'credential.algorithm_unsupported',
  ],
  [
    'alg of another key',
    { text: reissued(encoded({ ...HEADER, alg: 'EdDSA' }), goodPayload, goodSignature) },
    'key.algorithm_mismatch',
  ],
  [
    'a critical header',
    { text: present(issued({}, { ...HEADER, crit: ['exp'], exp: 1 }), []) },
    'credential.header_critical',
  ],
  ['b64', { text: present(issued({}, { ...HEADER, b64: false }), []) }, 'credential.header_critical'],
  [
    'typ of a draft',
    { text: present(issued({}, { ...HEADER, typ: 'vc+sd-jwt' }), []) },
    'credential.type_not_accepted',
  ],
  [
    'typ of an example',
    { text: present(issued({}, { ...HEADER, typ: 'example+sd-jwt' }), []) },
    'credential.type_not_accepted',
  ],
  ['no typ', { text: present(issued({}, { alg: 'ES256' }), []) }, 'credential.type_not_accepted'],
  [
    'the kid of no key',
    {
      text: present(issued({}, { ...HEADER, kid: 'b' }), []),
      anchors: [anchor({ jwk: { ...jwkOf(issuerKey), kid: 'a' } })],
    },
    'trust.issuer_unknown',
  ],
  [
    'a key in the header',
    { text: present(issued({}, { ...HEADER, jwk: jwkOf(strangerKey) }, strangerKey), []) },
    'signature.credential',
  ],
  // The issuer's signature.
  ['another signer', { text: present(issued({}, HEADER, strangerKey), []) }, 'signature.credential'],
  [
    'another payload',
    {
      text: reissued(
        goodHeader,
        encoded(payload([digestOf(GIVEN_NAME)], { vct: 'urn:city:mayor:1' })),
        goodSignature,
      ),
    },
    'signature.credential',
  ],
  [
    'a signature of 63 bytes',
    { text: reissued(goodHeader, goodPayload, goodSignature.slice(0, 84)) },
    'signature.encoding',
  ],
  [
    'a signature in DER',
    { text: reissued(goodHeader, goodPayload, Buffer.from('3044022000', 'hex').toString('base64url')) },
    'signature.encoding',
  ],
  [
    'a signature of zeros',
    { text: reissued(goodHeader, goodPayload, Buffer.alloc(64).toString('base64url')) },
    'signature.credential',
  ],
  [
    'an unknown issuer',
    { text: present(issued({ iss: 'https://other.example' }), []) },
    'trust.issuer_unknown',
  ],
  ['no issuer', { text: present(issued({ iss: undefined }), []) }, 'trust.issuer_unknown'],
  ['an issuer that is a list', { text: present(issued({ iss: [ISSUER] }), []) }, 'trust.issuer_unknown'],
  [
    'an issuer by the name of W3C',
    { text: present(issued({ iss: undefined, issuer: ISSUER }), []) },
    'trust.issuer_unknown',
  ],
  // The payload.
  [
    'a payload that is no object',
    { text: present(jwt(HEADER, '[]', issuerKey), []) },
    'credential.malformed',
  ],
  [
    'a payload that is no JSON',
    { text: present(jwt(HEADER, '{"iss":', issuerKey), []) },
    'credential.malformed',
  ],
  [
    'a payload that is no UTF-8',
    { text: reissued(goodHeader, Buffer.from([0x22, 0xff, 0x22]).toString('base64url'), goodSignature) },
    'credential.encoding',
  ],
  [
    'vct twice',
    { text: present(jwt(HEADER, JSON.stringify(payload([])).replace('{', '{"vct":"a",'), issuerKey), []) },
    'credential.duplicate_key',
  ],
  [
    'a name twice, one of them in escapes',
    {
      text: present(
        jwt(HEADER, JSON.stringify(payload([])).replace('{', '{"v\\u0063t":"a",'), issuerKey),
        [],
      ),
    },
    'credential.duplicate_key',
  ],
  [
    'a name twice, deep inside',
    {
      text: present(
        jwt(HEADER, JSON.stringify(payload([], { a: 0 })).replace('"a":0', '"a":[{"b":1,"b":2}]'), issuerKey),
        [],
      ),
    },
    'credential.duplicate_key',
  ],
  [
    'nesting of 17',
    {
      text: present(
        jwt(HEADER, JSON.stringify(payload([], { a: 0 })).replace('"a":0', `"a":${nested(16)}`), issuerKey),
        [],
      ),
    },
    'credential.too_deep',
  ],
  ['expired', { text: present(issued({ exp: NOW_S }), []) }, 'credential.expired'],
  ['not valid yet', { text: present(issued({ nbf: NOW_S + 1 }), []) }, 'credential.not_yet_valid'],
  ['exp in words', { text: present(issued({ exp: 'tomorrow' }), []) }, 'credential.malformed'],
  [
    'exp beyond all dates',
    {
      text: present(
        jwt(HEADER, JSON.stringify(payload([])).replace(/"exp":\d+/, '"exp":1e999'), issuerKey),
        [],
      ),
    },
    'credential.malformed',
  ],
  ['no vct', { text: present(issued({ vct: undefined }), []) }, 'credential.malformed'],
  [
    'an unknown hash',
    { text: present(issued({ _sd_alg: 'sha-1' }), []) },
    'credential.algorithm_unsupported',
  ],
  [
    'a hash by the name of another registry',
    { text: present(issued({ _sd_alg: 'sha256' }), []) },
    'credential.algorithm_unsupported',
  ],
  ['status in words', { text: present(issued({ status: 'good' }), []) }, 'credential.malformed'],
  [
    'status kept in an unknown way',
    { text: present(issued({ status: { bitstring: 1 } }), []) },
    'credential.status_unsupported',
  ],
  [
    'a status index below zero',
    { text: present(issued({ status: { status_list: { idx: -1, uri: 'https://a.example' } } }), []) },
    'credential.malformed',
  ],
  [
    'a status list at no address',
    { text: present(issued({ status: { status_list: { idx: 1, uri: 'file:///etc' } } }), []) },
    'credential.malformed',
  ],
  // Disclosures.
  [
    'a disclosure of another credential',
    { text: present(issued(), [claim('given_name', '小强')]) },
    'credential.disclosure_unreferenced',
  ],
  [
    'a disclosure with another salt',
    { text: present(issued(), [claim('given_name', '小美', 'other')]) },
    'credential.disclosure_unreferenced',
  ],
  [
    'the same disclosure twice',
    { text: present(issued(), [GIVEN_NAME, GIVEN_NAME]) },
    'credential.disclosure_repeated',
  ],
  [
    'a disclosure whose parent is not shown',
    { text: withDigests([digestOf(parent)], [claim('locality', '渝中')]) },
    'credential.disclosure_unreferenced',
  ],
  [
    'a digest twice in one list',
    { text: withDigests([digestOf(GIVEN_NAME), digestOf(GIVEN_NAME)], [GIVEN_NAME]) },
    'credential.digest_repeated',
  ],
  ['a decoy twice', { text: withDigests([repeated, repeated], []) }, 'credential.digest_repeated'],
  [
    'a digest in two places',
    { text: withDigests([repeated], [], { a: { _sd: [repeated] } }) },
    'credential.digest_repeated',
  ],
  [
    'a digest in a payload and in a disclosure',
    {
      text: withDigests(
        [digestOf(claim('a', { _sd: [repeated] })), repeated],
        [claim('a', { _sd: [repeated] })],
      ),
    },
    'credential.digest_repeated',
  ],
  [
    'a digest as claim and as element',
    { text: withDigests([digestOf(GIVEN_NAME)], [], { a: [{ '...': digestOf(GIVEN_NAME) }] }) },
    'credential.digest_repeated',
  ],
  [
    'a name that is there already',
    { text: withDigests([digestOf(claim('sub', 'b'))], [claim('sub', 'b')], { sub: 'a' }) },
    'credential.claim_repeated',
  ],
  [
    'two disclosures of one name',
    {
      text: withDigests(
        [claim('a', 1), claim('a', 1, 's')].map((each) => digestOf(each)),
        [claim('a', 1), claim('a', 1, 's')],
      ),
    },
    'credential.claim_repeated',
  ],
  ['the name _sd', { text: disclosing(claim('_sd', ['a'])) }, 'credential.malformed'],
  ['the name ...', { text: disclosing(claim('...', 'a')) }, 'credential.malformed'],
  ['the name __proto__', { text: disclosing(claim('__proto__', { exp: 1 })) }, 'credential.malformed'],
  [
    '__proto__ in the payload',
    {
      text: present(
        jwt(HEADER, JSON.stringify(payload([], { a: 0 })).replace('"a":0', '"__proto__":{"a":1}'), issuerKey),
        [],
      ),
    },
    'credential.malformed',
  ],
  ['a name that is a number', { text: disclosing(disclosureOf(['salt', 1, 'a'])) }, 'credential.malformed'],
  ['a salt that is a number', { text: disclosing(disclosureOf([1, 'a', 'a'])) }, 'credential.malformed'],
  [
    'a disclosure of four items',
    { text: disclosing(disclosureOf(['salt', 'a', 1, 2])) },
    'credential.malformed',
  ],
  ['an element in the place of a claim', { text: disclosing(element('a')) }, 'credential.malformed'],
  [
    'a claim in the place of an element',
    { text: withDigests([], [claim('a', 1)], { a: [{ '...': digestOf(claim('a', 1)) }] }) },
    'credential.malformed',
  ],
  [
    'a disclosure that is an object',
    { text: disclosing(encoded({ 0: 'salt', 1: 'a', 2: 1, length: 3 })) },
    'credential.malformed',
  ],
  ['a disclosure that is no JSON', { text: disclosing(disclosureOf('["salt","a"')) }, 'credential.malformed'],
  [
    'a name twice in a disclosed value',
    { text: disclosing(disclosureOf('["salt","a",{"b":1,"b":2}]')) },
    'credential.duplicate_key',
  ],
  [
    'deep nesting in a disclosure',
    { text: disclosing(disclosureOf(`["salt","a",${nested(16)}]`)) },
    'credential.too_deep',
  ],
  ['_sd that is no list', { text: withDigests([], [], { a: { _sd: 'abc' } }) }, 'credential.malformed'],
  ['_sd of numbers', { text: withDigests([], [], { a: { _sd: [1] } }) }, 'credential.malformed'],
  [
    'an element digest that is a number',
    { text: withDigests([], [], { a: [{ '...': 1 }] }) },
    'credential.malformed',
  ],
  [
    'an element digest with something beside it',
    { text: withDigests([], [], { a: [{ '...': 'abc', b: 1 }] }) },
    'credential.malformed',
  ],
  [
    '... as the name of a claim',
    { text: withDigests([], [], { a: { '...': 'abc' } }) },
    'credential.malformed',
  ],
  [
    'a disclosed claim within a disclosed claim that is ...',
    { text: disclosing(claim('a', { '...': 'abc' })) },
    'credential.malformed',
  ],
  ...['iss', 'nbf', 'exp', 'cnf', 'vct', 'vct#integrity', 'aka_vcts', 'status', '_sd_alg'].map(
    (name) =>
      [
        `${name} selectively disclosed`,
        {
          text: withDigests([digestOf(claim(name, 1))], [claim(name, 1)], { [name]: undefined, iss: ISSUER }),
        },
        'credential.claim_not_disclosable',
      ] as const,
  ),
  // Key binding.
  ['no key binding where one was asked for', { text: bind(null) }, 'credential.key_binding_missing'],
  [
    'no key binding where a nonce was given',
    { text: bind(null), aud: null },
    'credential.key_binding_missing',
  ],
  ['a key binding for nobody knows whom', { text: good, aud: null }, 'credential.data_missing'],
  ['a key binding of nobody knows when', { text: good, nonce: null }, 'credential.data_missing'],
  [
    'another audience',
    { text: bind({ claims: { aud: 'https://other.example' } }) },
    'credential.audience_mismatch',
  ],
  ['an audience in a list', { text: bind({ claims: { aud: [AUDIENCE] } }) }, 'credential.malformed'],
  ['another nonce', { text: bind({ claims: { nonce: 'nonce-0002' } }) }, 'credential.nonce_mismatch'],
  ['no nonce', { text: bind({ claims: { nonce: undefined } }) }, 'credential.malformed'],
  ['signed 301 s ago', { text: bind({ claims: { iat: NOW_S - 301 } }) }, 'credential.key_binding_stale'],
  ['signed in 61 s', { text: bind({ claims: { iat: NOW_S + 61 } }) }, 'credential.key_binding_from_future'],
  ['iat in words', { text: bind({ claims: { iat: 'now' } }) }, 'credential.malformed'],
  ['no iat', { text: bind({ claims: { iat: undefined } }) }, 'credential.malformed'],
  [
    'a key binding that has expired',
    { text: bind({ claims: { exp: NOW_S } }) },
    'credential.key_binding_stale',
  ],
  [
    'a key binding that is not valid yet',
    { text: bind({ claims: { nbf: NOW_S + 61 } }) },
    'credential.key_binding_from_future',
  ],
  [
    'the hash of other disclosures',
    { text: bind({ sdHash: digestOf(`${goodJwt}~`) }) },
    'credential.sd_hash_mismatch',
  ],
  [
    'the hash without the last tilde',
    { text: bind({ sdHash: digestOf(`${goodJwt}~${GIVEN_NAME}`) }) },
    'credential.sd_hash_mismatch',
  ],
  [
    'a disclosure less than was signed',
    { text: present(issued(), [GIVEN_NAME, BIRTH_DATE]).replace(`~${BIRTH_DATE}`, '') },
    'credential.sd_hash_mismatch',
  ],
  ['no sd_hash', { text: bind({ claims: { sd_hash: undefined } }) }, 'credential.malformed'],
  [
    'typ twice',
    { text: bind({ header: '{"alg":"ES256","typ":"JWT","typ":"kb+jwt"}' }) },
    'credential.duplicate_key',
  ],
  ['another typ', { text: bind({ header: { ...KB_HEADER, typ: 'JWT' } }) }, 'credential.type_not_accepted'],
  [
    'a critical header of the holder',
    { text: bind({ header: { ...KB_HEADER, crit: ['a'], a: 1 } }) },
    'credential.header_critical',
  ],
  [
    'the holder signs with nothing',
    { text: bind({ header: { ...KB_HEADER, alg: 'none' } }) },
    'credential.algorithm_unsupported',
  ],
  ['the holder signs with another key', { text: bind({ key: strangerKey }) }, 'signature.key_binding'],
  [
    'the holder names its key in the header',
    { text: bind({ header: { ...KB_HEADER, jwk: jwkOf(strangerKey) }, key: strangerKey }) },
    'signature.key_binding',
  ],
  [
    'alg of another key of the holder',
    { text: bind({ header: { ...KB_HEADER, alg: 'EdDSA' }, key: ed25519Holder }) },
    'key.algorithm_mismatch',
  ],
  ['a changed signature of the holder', { text: flipped(good, good.length - 10) }, 'signature.key_binding'],
  ['no cnf', { text: present(issued({ cnf: undefined }), []) }, 'credential.holder_key_missing'],
  ['cnf by name', { text: present(issued({ cnf: { kid: 'a' } }), []) }, 'credential.holder_key_missing'],
  [
    'a private key in cnf',
    { text: present(issued({ cnf: { jwk: { ...holderJwk, d: der(holderKey) } } }), []) },
    'key.invalid',
  ],
  [
    'a holder key that is no point',
    { text: present(issued({ cnf: { jwk: { ...holderJwk, y: holderJwk['x'] } } }), []) },
    'key.invalid',
  ],
  [
    'a holder key for encryption',
    { text: present(issued({ cnf: { jwk: { ...holderJwk, use: 'enc' } } }), []) },
    'key.invalid',
  ],
  [
    'two key binding JWTs',
    { text: `${good}~${good.split('~').at(-1)}` },
    'credential.disclosure_unreferenced',
  ],
  [
    'P-384 of the holder, wrong',
    {
      text: present(issued({ cnf: { jwk: jwkOf(p521Holder) } }), [], {
        header: { ...KB_HEADER, alg: 'ES384' },
        key: p384Holder,
      }),
    },
    'key.algorithm_mismatch',
  ],
];

describe('refused', () => {
  test.each(REFUSED)('%s', (_name, shown, code) => {
    const verdict = prove(shown);
    expect([verdict.code, verdict.ok, verdict.facts]).toEqual([code, false, null]);
  });

  test('there are at least forty, and no two are alike', () => {
    expect(REFUSED.length).toBeGreaterThan(100);
    expect(new Set(REFUSED.map(([name]) => name)).size).toBe(REFUSED.length);
  });
});
