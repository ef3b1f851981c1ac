/** Status lists in the trust document, checked when it is loaded; and references on their way from the threads. */

import { describe, expect, test } from 'vitest';
import { checkTrust } from '../../../../../gateway/knowledge/trust/load-trust.ts';
import type { SigningKey } from '../../../../../platform/authority/certificates.ts';
import { sm2Jwk } from '../../../../../platform/authority/status-sm.ts';
import { p256Jwk } from '../../../../../platform/p256.ts';
import { sm2KeyOf } from '../../../../../platform/sm2.ts';
import { personalText } from '../../../../../workers/claims.ts';
import type { ProofVerdict } from '../../../../../workers/contract.ts';
import { packVerdicts, unpackReply } from '../../../../../workers/reply-packing.ts';
import { TrustError } from '../../../../../workers/trust/error.ts';
import { caCertificate, pem, testKey } from '../../../../fixtures/certificates.ts';
import { ecSigner, edSigner, sourceOf } from './token-status-fixture.rig.ts';

const ec = sourceOf('https://issuer.test/1', ecSigner());
const ed = sourceOf('http://127.0.0.1:1/2?x=y', edSigner());
const { kty, crv, x, y } = sm2Jwk(sm2KeyOf(5n), 'sig');
const sm2Key = { kty, crv, x, y };
const sm2 = { region: 'cq', uri: 'https://issuer.test/3', keyJwk: sm2Key };
const load = (statusLists: unknown) => checkTrust({ anchors: [], statusLists });

test('lists with keys of every kind are taken, and change the revision', () => {
  const trust = load([ec, ed, sm2]);
  expect(trust.document.statusLists).toEqual([ec, ed, sm2]);
  expect(trust.revision).not.toBe(load([ec]).revision);
});

describe('refused', () => {
  const privateJwk = { ...ed.keyJwk, d: 'A'.repeat(43) };
  const offCurve = { ...ec.keyJwk, y: 'A'.repeat(43) };
  test.each<[string, unknown]>([
    ['an unknown property', [{ ...ec, more: 1 }]],
    ['no key', [{ region: 'cq', uri: ec.uri }]],
    ['a private key', [{ ...ed, keyJwk: privateJwk }]],
    ['a key off its curve', [{ ...ec, keyJwk: offCurve }]],
    ['a key off the curve of SM2', [{ ...ec, keyJwk: { ...sm2Key, y: sm2Key.x } }]],
    ['a key of SM2 for another algorithm', [{ ...ec, keyJwk: { ...sm2Key, alg: 'ES256' } }]],
    ['a second key off the curve of SM2', [{ ...ec, sm2KeyJwk: { ...sm2Key, y: sm2Key.x } }]],
    ['a second key that is not of SM2', [{ ...ec, sm2KeyJwk: ec.keyJwk }]],
    ['two keys of SM2', [{ ...ec, keyJwk: sm2Key, sm2KeyJwk: sm2Key }]],
    ['a second key alone', [{ region: 'cq', uri: ec.uri, sm2KeyJwk: sm2Key }]],
    ['two keys and a query', [{ ...ec, uri: `${ec.uri}?a=1`, sm2KeyJwk: sm2Key }]],
    ['a key of another kind', [{ ...ec, keyJwk: { ...ec.keyJwk, crv: 'P-384' } }]],
    ['a key for another algorithm', [{ ...ec, keyJwk: { ...ec.keyJwk, alg: 'EdDSA' } }]],
    ['a coordinate with spare bits set', [{ ...ed, keyJwk: { ...ed.keyJwk, x: `${'A'.repeat(42)}B` } }]],
    ['another scheme', [{ ...ec, uri: 'file:///etc/passwd' }]],
    ['no address', [{ ...ec, uri: 'https://[/' }]],
    ['a password', [{ ...ec, uri: 'https://a:b@issuer.test/1' }]],
    ['a fragment', [{ ...ec, uri: 'https://issuer.test/1#a' }]],
    ['one uri twice', [ec, ed, { ...ed, uri: ec.uri }]],
    ['too many', Array.from({ length: 65 }, (_, i) => ({ ...ec, uri: `https://issuer.test/${i}` }))],
  ])('%s', (_, statusLists) => {
    expect(() => load(statusLists)).toThrow(TrustError);
    expect(() => load(statusLists)).toThrow(/statusLists/);
  });
});

describe('roots', () => {
  const root = caCertificate('status root', testKey('p256', 'status root'), null);
  const statusRoots = [{ region: 'cq', certificatePem: pem(root.der) }];
  const keyless = { region: 'cq', uri: ec.uri };
  const loadWith = (more: object) => () => checkTrust({ anchors: [], ...more });

  test('a list without a key is taken where a root of its region is', () => {
    expect(loadWith({ statusLists: [keyless, ed], statusRoots })).not.toThrow();
  });

  test.each<[string, object]>([
    [
      'a list without a key, and a root of another region',
      { statusLists: [{ ...keyless, region: 'bj' }], statusRoots },
    ],
    ['a root that is no certificate', { statusRoots: [{ region: 'cq', certificatePem: 'none' }] }],
    [
      'a root in PEM that is no DER',
      { statusRoots: [{ region: 'cq', certificatePem: pem(Uint8Array.of(1, 2)) }] },
    ],
    ['a root without a region', { statusRoots: [{ certificatePem: pem(root.der) }] }],
    ['seventeen roots', { statusRoots: Array.from({ length: 17 }, () => statusRoots[0]) }],
    [
      'a root whose key speaks for the platform',
      { statusRoots, statusKeys: [{ kid: 'a', keyJwk: keyOf(root) }] },
    ],
  ])('refused: %s', (_, more) => {
    expect(loadWith(more)).toThrow(TrustError);
  });
});

function keyOf({ key }: { readonly key: SigningKey }) {
  if (key.algorithm !== 'p256') throw new TypeError('a P-256 key');
  return p256Jwk(key.key);
}

test('a reference crosses from the threads with the facts, and none where there is none', () => {
  const facts = {
    credentialId: personalText('c'),
    issuer: 'i',
    region: 'cq',
    subject: personalText('s'),
    mode: 'm',
    nonce: 'n',
    replayableUntilMs: null,
    validUntilMs: 1,
    holderBound: true,
    claims: { a: 1 },
  };
  const statusReference = { kind: 'status_list' as const, uri: 'https://issuer.test/1', index: 70_000 };
  const verdict: ProofVerdict = { ok: true, code: 'proof.ok', failed: null, facts, checks: [] };
  const stats = {
    engine: 'e',
    busyMs: 1,
    signatures: 1,
    chainHits: 0,
    chainMisses: 0,
    authorisationHits: 0,
    authorisationMisses: 0,
  };
  const verdicts = [verdict, { ...verdict, facts: { ...facts, statusReference } }, verdict];
  const reply = unpackReply(packVerdicts(verdicts, new Uint8Array(3 * 4 * 16), stats));
  expect(reply.kind === 'verdicts' && reply.verdicts.map((each) => each.facts?.statusReference)).toEqual([
    undefined,
    statusReference,
    undefined,
  ]);
});
