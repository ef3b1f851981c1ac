/** What is proven of mobile documents, what they disclose, and what a stranger cannot buy. */
import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { Encoded, Tagged } from '../../../../platform/cbor.ts';
import { pem } from '../../../../platform/der.ts';
import { deviceResponse, type IssueOptions, type ShowOptions } from '../../../../platform/issue/mdoc.ts';
import type { ProofVerdict } from '../../../../workers/contract.ts';
import { chooseEngine } from '../../../../workers/engine/choose.ts';
import { binForm, hexForm } from '../../../../workers/families/byte-form.ts';
import { mdoc } from '../../../../workers/families/mdoc/family.ts';
import { Prover } from '../../../../workers/prove.ts';
import { TrustError } from '../../../../workers/trust/error.ts';
import {
  authority,
  CONTEXT,
  DAY_MS,
  DOC_TYPE,
  document,
  ELEMENTS,
  key,
  NOW_MS,
  presented,
  SPACE,
  shown,
  TRANSCRIPT,
  trust,
} from './mdoc-showing.rig.ts';
import type { Shown } from './negatives.rig.ts';

const slowly = vi.hoisted(() => ({ calls: 0 }));
vi.mock('../../../../workers/cose/slow-signature.ts', async (original) => {
  const real = await original<typeof import('../../../../workers/cose/slow-signature.ts')>();
  const verifySlowly: typeof real.verifySlowly = (...given) => {
    slowly.calls += 1;
    return real.verifySlowly(...given);
  };
  return { ...real, verifySlowly };
});

const { engine } = chooseEngine();
const proverOf = (anchors: readonly unknown[] = trust.anchors) => {
  const prover = new Prover(engine, 1_048_576);
  const revision = prover.loadTrust({ anchors });
  return (each: Shown, disclose: readonly string[] = []): ProofVerdict => {
    const input = mdoc.read(each.credential, each.context, hexForm);
    const [verdict] = prover.prove([{ family: 'mdoc', input, atMs: each.atMs, disclose }], revision, false);
    if (verdict === undefined) throw new Error('one verdict an item expected');
    return verdict;
  };
};
const prove = (each: Shown, disclose: readonly string[] = []) => proverOf()(each, disclose);

beforeEach(() => {
  slowly.calls = 0;
});

/** A device key that the engine does not know, and what signs with it. */
function slowDevice(namedCurve: string, curve: number, width: number, alg: number, digest: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve });
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const point = Uint8Array.from(der.subarray(der.length - 2 * width));
  const deviceCoseKey = new Map<number, unknown>([
    [1, 2],
    [-1, curve],
    [-2, point.subarray(0, width)],
    [-3, point.subarray(width)],
  ]);
  const how: Partial<ShowOptions> = {
    protectedHeader: new Map([[1, alg]]),
    signDevice: (message) => sign(digest, message, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
  return { issued: { deviceCoseKey } satisfies Partial<IssueOptions>, how };
}

describe('keys of devices that the engine does not know', () => {
  test.each([
    ['P-384', 'P-384', 2, 48, -35, 'sha384'],
    ['P-521', 'P-521', 3, 66, -36, 'sha512'],
    ['brainpoolP256r1', 'brainpoolP256r1', 256, 32, -7, 'sha256'],
    ['brainpoolP320r1', 'brainpoolP320r1', 257, 40, -35, 'sha384'],
    ['brainpoolP512r1', 'brainpoolP512r1', 259, 64, -36, 'sha512'],
  ])('%s', (_name, namedCurve, curve, width, alg, digest) => {
    const { issued, how } = slowDevice(namedCurve, curve, width, alg, digest);
    expect(prove(shown(issued, how)).code).toBe('proof.ok');
    expect(slowly.calls).toBe(1);
    expect(prove(shown(issued, { ...how, signDevice: () => new Uint8Array(width * 2) })).code).toBe(
      'signature.device',
    );
  });

  test('Ed25519', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const point = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
    const deviceCoseKey = new Map<number, unknown>([
      [1, 1],
      [-1, 6],
      [-2, Uint8Array.from(point)],
    ]);
    const how = {
      protectedHeader: new Map([[1, -8]]),
      signDevice: (message: Uint8Array) => sign(null, message, privateKey),
    };
    expect(prove(shown({ deviceCoseKey }, how)).code).toBe('proof.ok');
  });

  test('are not verified for a document that no trusted issuer signed', () => {
    const { issued, how } = slowDevice('P-521', 3, 66, -36, 'sha512');
    expect(prove(shown({ ...issued, authority: authority.stranger }, how)).code).toBe(
      'signature.issuer_certificate',
    );
    expect(prove(shown({ ...issued, sign: () => new Uint8Array(64).fill(1) }, how)).code).toBe(
      'signature.credential',
    );
    expect(slowly.calls).toBe(0);
  });

  test('cost a class of their own where a MAC is to be verified', () => {
    const input = mdoc.read({ base64: '' }, CONTEXT, hexForm);
    const jwk = { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', d: 'AA' };
    const withKey = mdoc.read({ base64: '' }, { ...CONTEXT, readerPrivateJwk: jwk }, hexForm);
    expect([mdoc.costKey(input), mdoc.costKey(withKey)]).toEqual(['mdoc', 'mdoc/mac']);
  });
});

describe('what is proven', () => {
  test('facts of a licence, of the session that the reader opened', () => {
    const { facts } = prove(shown());
    expect(facts).toMatchObject({
      issuer: 'CN:Test City cq',
      region: 'cq',
      mode: 'device-signature',
      subject: 'CN:Test City cq:M1',
      replayableUntilMs: null,
      validUntilMs: NOW_MS + 30 * DAY_MS,
      holderBound: true,
      claims: { document_type: DOC_TYPE, issuing_country: 'CN', age_over_18: true },
    });
    expect(facts).not.toHaveProperty('disclosed');
    expect(facts).not.toHaveProperty('statusReference');
  });

  test('the same session is the same presentation, whatever else the wallet does', () => {
    const [first, again] = [prove(shown()), prove(shown({}, { disclose: ['age_over_18'] }))];
    expect(again.facts?.nonce).toBe(first.facts?.nonce);
    expect(again.facts?.credentialId).toBe(first.facts?.credentialId);
    expect(prove(shown({ index: 1 })).facts?.credentialId).not.toBe(first.facts?.credentialId);
  });

  test('personal claims under the names of all families, only those that were asked for', () => {
    const elements = [
      ['birth_date', new Tagged(1004, '1990-02-03')],
      ['sex', 2],
      ['nationality', 'CN'],
      ['portrait', Uint8Array.of(0xff, 0xd8)],
      ['resident_address', '1 Test Road'],
      ['place_of_birth', { locality: 'Chongqing', country: 'CN' }],
      ['personal_administrative_number', '500'],
      ['expiry_date', new Tagged(0, '2030-01-02T00:00:00Z')],
      ['issuing_authority', 'Test City'],
    ].map(([identifier, value]) => ({ nameSpace: SPACE, identifier: String(identifier), value }));
    const each = shown({ elements: [...ELEMENTS, ...elements] });
    const all = ['birth_date', 'sex', 'nationality', 'portrait', 'address', 'place_of_birth', 'national_id'];
    expect(prove(each, [...all, 'family_name', 'full_name']).facts?.disclosed).toEqual({
      family_name: 'Wang',
      birth_date: '1990-02-03',
      sex: 'female',
      nationality: 'CN',
      portrait: '/9g=',
      address: '1 Test Road',
      place_of_birth: 'Chongqing, CN',
      national_id: '500',
    });
    expect(prove(each, ['given_name']).facts?.disclosed).toEqual({ given_name: 'Wei' });
    const { facts } = prove(each);
    expect(facts?.disclosed).toBeUndefined();
    expect(facts?.claims).toMatchObject({ expires: '2030-01-02', issuing_authority: 'Test City' });
    expect(JSON.stringify(facts?.claims)).not.toMatch(/Wang|Wei|1990|Test Road|500/);
  });

  test.each([
    [
      'status list',
      { status_list: { idx: 412, uri: 'https://a.test/lists/1' } },
      { kind: 'status_list', uri: 'https://a.test/lists/1', index: 412 },
    ],
    [
      'identifier list',
      { identifier_list: { id: Uint8Array.of(0xab, 1), uri: 'https://a.test/ids' } },
      { kind: 'identifier_list', uri: 'https://a.test/ids', id: 'ab01' },
    ],
  ])('where its status is kept: %s', (_name, status, reference) => {
    expect(prove(shown({ status })).facts?.statusReference).toEqual(reference);
  });

  test.each(['SHA-256', 'SHA-384', 'SHA-512'] as const)('digests by %s', (digest) => {
    expect(prove(shown({ digest })).code).toBe('proof.ok');
  });

  test('the one document that was asked for, of several that are all proven', () => {
    const response = deviceResponse([document(), document({ docType: 'org.city.library.1' })]);
    const { facts } = prove(presented({ response, context: { ...CONTEXT, docType: 'org.city.library.1' } }));
    expect(facts?.claims).toMatchObject({ document_type: 'org.city.library.1', documents: 2 });
    expect(prove(presented({ response })).facts?.claims).toMatchObject({ document_type: DOC_TYPE });
  });

  test('what the device states where its issuer lets it, and never as a claim', () => {
    const keyAuthorizations = { nameSpaces: [SPACE] };
    const { code, facts } = prove(
      shown({ keyAuthorizations }, { deviceNameSpaces: { [SPACE]: { age_over_21: true } } }),
    );
    expect(code).toBe('proof.ok');
    expect(facts?.claims).not.toHaveProperty('age_over_21');
  });

  test('longer heads than needed, as real wallets write them', () => {
    const empty = new Encoded(Buffer.from('d81843b90000', 'hex'));
    const odd = shown({}, { rawDeviceNameSpaces: empty });
    expect(prove(odd).code).toBe('proof.ok');
  });

  test('bytes as bin, and fields without the names of their encoding', () => {
    const { credential } = shown();
    const response = new Uint8Array(Buffer.from((credential as { base64: string }).base64, 'base64'));
    const input = mdoc.read({ response }, { sessionTranscript: TRANSCRIPT }, binForm);
    const prover = new Prover(engine, 65_536);
    const revision = prover.loadTrust(trust);
    const [verdict] = prover.prove([{ family: 'mdoc', input, atMs: NOW_MS }], revision, true);
    expect(verdict?.code).toBe('proof.ok');
  });
});

describe('what is remembered', () => {
  test('a second showing is judged by the clock, the digests and the device all the same', () => {
    const again = proverOf();
    expect(again(shown()).code).toBe('proof.ok');
    expect(again(shown()).code).toBe('proof.ok');
    expect(again({ ...shown(), atMs: NOW_MS + 31 * DAY_MS }).code).toBe('credential.expired');
    expect(again({ ...shown(), atMs: NOW_MS + 365 * DAY_MS }).code).toBe('trust.certificate_expired');
    expect(again(shown({}, { deviceKey: key('x') })).code).toBe('signature.device');
  });

  test('nothing of a presentation that failed', () => {
    const again = proverOf();
    const stranger = shown({ authority: authority.stranger });
    for (let i = 0; i < 3; i += 1) expect(again(stranger).code).toBe('signature.issuer_certificate');
    expect(again(shown({}, { deviceKey: key('x') })).code).toBe('signature.device');
    expect(again(shown()).code).toBe('proof.ok');
  });
});

describe('anchors', () => {
  const anchor = (der: Uint8Array, more = {}) => ({ family: 'mdoc', certificatePem: pem(der), ...more });

  test('a pinned document signer is trusted, and no other of its authority', () => {
    const pinned = proverOf([anchor(authority.signerCertificate, { pinned: 'document-signer' })]);
    expect(pinned(shown()).code).toBe('proof.ok');
    expect(pinned(shown({ authority: authority.stranger })).code).toBe('trust.ca_unknown');
    expect(pinned(shown({ authority: { ...authority, signerKey: key('x') } })).code).toBe(
      'signature.credential',
    );
  });

  test('types of document that an authority may not issue are refused', () => {
    const licences = proverOf([anchor(authority.authorityCertificate, { docTypes: ['org.city.library.1'] })]);
    expect(licences(shown()).code).toBe('trust.issuer_not_accepted');
    expect(licences(shown({ docType: 'org.city.library.1' })).code).toBe('proof.ok');
  });

  test('the issuer is called as the anchor says', () => {
    const named = proverOf([anchor(authority.authorityCertificate, { issuer: 'city', region: 'sh' })]);
    expect(named(shown()).facts).toMatchObject({ issuer: 'city', region: 'sh' });
  });

  test.each([
    ['a signer that is not pinned', anchor(authority.signerCertificate), /pinned/],
    [
      'an authority that is pinned',
      anchor(authority.authorityCertificate, { pinned: 'document-signer' }),
      /authority/,
    ],
    ['no certificate', { family: 'mdoc', certificatePem: 'a' }, /PEM/],
    ['a certificate of a stranger', anchor(Uint8Array.of(0x30, 0x00)), /credential\./],
  ])('refused: %s', (_name, wrong, message) => {
    expect(() => proverOf([wrong])).toThrow(TrustError);
    expect(() => proverOf([wrong])).toThrow(message);
  });

  test('refused: a certificate twice', () => {
    const twice = anchor(authority.authorityCertificate);
    expect(() => proverOf([twice, twice])).toThrow(/twice/);
  });
});

describe('any one byte changed', () => {
  const whole = Buffer.from((shown().credential as { base64: string }).base64, 'base64');
  const judge = proverOf();

  test('is refused, or hides elements at most', () => {
    const good = judge(shown()).facts;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, bits) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ bits;
        const verdict = judge(presented({ response: bytes }));
        if (!verdict.ok) return;
        // A name that nobody reads hides what is under it, and says nothing else.
        const said = Object.entries(verdict.facts?.claims ?? {});
        for (const [claim, value] of said) expect(good?.claims[claim]).toEqual(value);
        expect(verdict.facts?.credentialId).toEqual(good?.credentialId);
      }),
      { numRuns: 1_500 },
    );
  });
});
