/** SD-JWTs whose issuer's key is in a certificate (`x5c`): what leads to an anchor, and what does not. */
import { describe, expect, test } from 'vitest';
import type { Code } from '../../../../config/codes.ts';
import { type CertificateDraft, extension, USAGE } from '../../../../platform/authority/certificates.ts';
import { der, sequence } from '../../../../platform/der.ts';
import { p256Jwk } from '../../../../platform/p256.ts';
import { chooseEngine } from '../../../../workers/engine/choose.ts';
import { Prover } from '../../../../workers/prove.ts';
import { TrustError } from '../../../../workers/trust/error.ts';
import {
  caCertificate,
  type DraftEdit,
  type Issued,
  leafCertificate,
  pem,
  testKey,
  withExtension,
} from '../../../fixtures/certificates.ts';
import {
  anchor,
  GIVEN_NAME,
  HEADER,
  ISSUER,
  issued,
  issuerKey,
  jwkOf,
  NOW_MS,
  present,
  strangerKey,
} from '../../../fixtures/sd-jwts.ts';
import { prove } from './sd-jwt.rig.ts';

const ca = caCertificate('city', testKey('p256', 'city'), null);
const otherCa = caCertificate('city', testKey('p256', 'other'), null);
const middle = caCertificate('middle', testKey('p256', 'middle'), ca);
const caAnchor = { family: 'sd-jwt', region: 'cq', certificatePem: pem(ca.der) };

/** A SigningKey's public part for the certificate of the issuer's key of the other fixture. */
const publicKey = (key = issuerKey) => {
  const { x = '', y = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
};
const subjectKey = { algorithm: 'p256', key: { publicKey: publicKey(), d: new Uint8Array(32) } } as const;
const altNames = (...names: readonly (readonly [number, string])[]) => ({
  oid: '2.5.29.17',
  value: sequence(...names.map(([tag, text]) => der(tag, Buffer.from(text, 'latin1')))),
});
const URI = 0x86;
const DNS = 0x82;
const forIssuer = withExtension('2.5.29.17', altNames([DNS, 'issuer.city.example']));
const leaf = (by: Issued = ca, ...edits: DraftEdit[]) =>
  leafCertificate('issuer', subjectKey, by, (draft) =>
    [forIssuer, ...edits].reduce<CertificateDraft>((drafted, edit) => edit(drafted), draft),
  );

const b64 = ({ der: bytes }: { readonly der: Uint8Array }) => Buffer.from(bytes).toString('base64');
const shown = (x5c: unknown, more: Record<string, unknown> = {}, header: Record<string, unknown> = HEADER) =>
  present(issued(more, { ...header, x5c }), [GIVEN_NAME]);
const good = shown([b64(leaf())]);

describe('accepted', () => {
  test('a certificate of an anchor, for the host that iss is at', () => {
    const { facts, checks, code } = prove({ text: good, anchors: [caAnchor] });
    expect(code).toBe('proof.ok');
    expect(facts).toMatchObject({ issuer: ISSUER, region: 'cq', holderBound: true });
    expect(checks.filter(({ check }) => check === 'x5c.signature')).toHaveLength(1);
  });

  test('a CA between, and an anchor that is not the first', () => {
    const text = shown([b64(leaf(middle)), b64(middle)]);
    const anchors = [{ ...caAnchor, region: 'bj', certificatePem: pem(otherCa.der) }, caAnchor];
    expect(prove({ text, anchors }).facts).toMatchObject({ region: 'cq' });
  });

  test.each([
    [
      'the uri of the certificate, where there is no iss',
      [URI, 'https://a.example/b'],
      undefined,
      'https://a.example/b',
    ],
    ['its host, where there is no iss', [DNS, 'a.example'], undefined, 'a.example'],
    ['iss, where it is the uri of the certificate', [URI, 'urn:city'], 'urn:city', 'urn:city'],
    ['its subject, where it names no host', null, undefined, 'issuer, Test, CN'],
    ['its subject, whatever iss says, where it names no host', null, ISSUER, 'issuer, Test, CN'],
  ] as const)('the issuer is %s', (_name, alt, iss, issuer) => {
    const edit = withExtension('2.5.29.17', alt === null ? null : altNames(alt));
    const text = shown([b64(leaf(ca, edit))], { iss });
    expect(prove({ text, anchors: [caAnchor] }).facts).toMatchObject({ issuer });
  });

  test('a signer that is itself the anchor', () => {
    const own = leaf();
    const anchors = [{ family: 'sd-jwt', certificatePem: pem(own.der) }];
    expect(prove({ text: shown([b64(own)]), anchors }).ok).toBe(true);
  });

  test('the key of iss, where trust has it, whatever x5c holds', () => {
    expect(prove({ text: shown(['none']), anchors: [anchor(), caAnchor] }).ok).toBe(true);
    const stranger = shown([b64(leaf())]);
    const anchors = [anchor({ jwk: jwkOf(strangerKey) }), caAnchor];
    expect(prove({ text: stranger, anchors }).code).toBe('signature.credential');
  });
});

const DAY_MS = 86_400_000;
const times =
  (fromDays: number, toDays: number): DraftEdit =>
  (draft) => ({
    ...draft,
    notBeforeMs: NOW_MS + fromDays * DAY_MS,
    notAfterMs: NOW_MS + toDays * DAY_MS,
  });
const damaged = (text: string) => `${text.slice(0, -10)}${text.at(-10) === 'A' ? 'B' : 'A'}${text.slice(-9)}`;

const REFUSED: readonly (readonly [string, string, Code])[] = [
  ['no certificate', shown([]), 'credential.malformed'],
  ['certificates that are no list', shown('none'), 'credential.malformed'],
  ['a certificate that is a number', shown([1]), 'credential.malformed'],
  ['base64url in place of base64', shown([b64(leaf()).replaceAll(/[+/]/g, '-')]), 'credential.encoding'],
  [
    'five certificates',
    shown([leaf(), middle, middle, middle, middle].map(b64)),
    'credential.too_many_items',
  ],
  ['a certificate that is none', shown([Buffer.from('none').toString('base64')]), 'credential.truncated'],
  [
    'bytes behind a certificate',
    shown([Buffer.concat([leaf().der, Uint8Array.of(0)]).toString('base64')]),
    'credential.trailing',
  ],
  ['a CA that nobody trusts', shown([b64(leaf(otherCa))]), 'trust.ca_unknown'],
  [
    'its own certificate',
    shown([b64(caCertificate('issuer', { ...testKey('p256', 'own') }, null))]),
    'trust.ca_unknown',
  ],
  ['a CA between that is missing', shown([b64(leaf(middle))]), 'trust.ca_unknown'],
  [
    'a CA between that is none',
    shown([b64(leaf({ ...middle, subject: leaf().subject, key: middle.key })), b64(leaf())]),
    'trust.ca_unknown',
  ],
  ['a changed signature of the certificate', shown([damaged(b64(leaf()))]), 'signature.issuer_certificate'],
  ['a certificate that has expired', shown([b64(leaf(ca, times(-40, -1)))]), 'credential.expired'],
  ['a certificate that is not valid yet', shown([b64(leaf(ca, times(1, 40)))]), 'credential.not_yet_valid'],
  [
    'a certificate for encryption',
    shown([b64(leaf(ca, withExtension('2.5.29.15', extension.keyUsage(USAGE.keyEncipherment))))]),
    'trust.key_usage',
  ],
  [
    'the certificate of another issuer',
    shown([b64(leaf(ca, withExtension('2.5.29.17', altNames([DNS, 'other.example']))))]),
    'credential.identity_mismatch',
  ],
  [
    'iss at a host below the certificate',
    shown([b64(leaf())], { iss: 'https://a.issuer.city.example' }),
    'credential.identity_mismatch',
  ],
  [
    'iss without TLS',
    shown([b64(leaf())], { iss: 'http://issuer.city.example' }),
    'credential.identity_mismatch',
  ],
  ['iss that is a number', shown([b64(leaf())], { iss: 1 }), 'credential.identity_mismatch'],
  ['alg of another key', shown([b64(leaf())], {}, { ...HEADER, alg: 'EdDSA' }), 'key.algorithm_mismatch'],
  [
    'another typ',
    shown([b64(leaf())], {}, { ...HEADER, typ: 'example+sd-jwt' }),
    'credential.type_not_accepted',
  ],
  [
    'another key than signed',
    present(issued({}, { ...HEADER, x5c: [b64(leaf())] }, strangerKey), [GIVEN_NAME]),
    'signature.credential',
  ],
];

test.each(REFUSED)('refused: %s', (_name, text, code) => {
  expect(prove({ text, anchors: [caAnchor] })).toMatchObject({ code, ok: false, facts: null });
});

describe('what is remembered', () => {
  const { engine } = chooseEngine();
  const item = (text: string, atMs = NOW_MS) => ({
    family: 'sd-jwt',
    input: { text, aud: 'https://gate.city.example', nonce: 'nonce-0001' },
    atMs,
  });

  test('another credential of the same certificate costs two signatures, not three', () => {
    const prover = new Prover(engine, 1_048_576);
    const revision = prover.loadTrust({ anchors: [caAnchor] });
    const x5c = [b64(leaf())];
    const counts = [shown(x5c, { jti: 'a' }), shown(x5c, { jti: 'b' }), shown(x5c, { jti: 'b' })].map(
      (text) => {
        expect(prover.prove([item(text)], revision, false)[0]?.facts?.issuer).toBe(ISSUER);
        return prover.takeStats().signatures;
      },
    );
    expect(counts).toEqual([3, 2, 2]);
  });

  test('a certificate that was good is not when it has expired, nor for another iss', () => {
    const prover = new Prover(engine, 1_048_576);
    const revision = prover.loadTrust({ anchors: [caAnchor] });
    const short = leaf(ca, times(-1, 1));
    expect(prover.prove([item(shown([b64(short)]))], revision, false)[0]?.ok).toBe(true);
    const later = item(shown([b64(short)]), NOW_MS + 2 * DAY_MS);
    expect(prover.prove([later], revision, false)[0]?.code).toBe('credential.expired');
    const renamed = item(shown([b64(short)], { iss: 'https://other.example' }));
    expect(prover.prove([renamed], revision, false)[0]?.code).toBe('credential.identity_mismatch');
  });
});

test('a key of a CA is never one that speaks for the platform', () => {
  const load = (more: object) => () =>
    new Prover(chooseEngine().engine, 0).loadTrust({ anchors: [caAnchor], ...more });
  const jwk = (issuedBy: Issued) => {
    if (issuedBy.key.algorithm !== 'p256') throw new TypeError('a P-256 key');
    return p256Jwk(issuedBy.key.key);
  };
  expect(load({ statusKeys: [{ kid: 'a', keyJwk: jwk(ca) }] })).toThrow(TrustError);
  expect(load({ statusKeys: [{ kid: 'a', keyJwk: jwk(otherCa) }] })).not.toThrow();
});
