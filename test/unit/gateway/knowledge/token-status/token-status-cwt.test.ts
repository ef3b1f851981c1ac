/** Lists as CWT, of tokens and of identifiers, and signers that a status root vouches for. */
import { deflateSync } from 'node:zlib';
import { CompactSign } from 'jose';
import { describe, expect, test } from 'vitest';
import { algorithmFor } from '../../../../../crypto/uses.ts';
import { hasIdentifier } from '../../../../../gateway/knowledge/token-status/identifier-digests.ts';
import { authorityId, authorityOf } from '../../../../../gateway/knowledge/token-status/list-authority.ts';
import {
  openListToken,
  tokenBytesMax,
  usableUntilMs,
} from '../../../../../gateway/knowledge/token-status/list-token.ts';
import { entryAt } from '../../../../../gateway/knowledge/token-status/status-list-entries.ts';
import {
  TokenStatusError,
  type TokenStatusFault,
} from '../../../../../gateway/knowledge/token-status/token-status-error.ts';
import { extension, USAGE } from '../../../../../platform/authority/certificates.ts';
import { cbor, Encoded } from '../../../../../platform/cbor.ts';
import type { StatusListSource, StatusRoot } from '../../../../../workers/trust/document.ts';
import { TEST_PROFILE } from '../../../../crypto-profile.rig.ts';
import {
  caCertificate,
  leafCertificate,
  pem,
  testKey,
  withExtension,
} from '../../../../fixtures/certificates.ts';
import {
  CLAIMS,
  type CwtParts,
  claims,
  cwt,
  ec,
  list,
  STATUS_TYPE,
  URI,
  without,
} from './token-status-cwt.rig.ts';
import { ecSigner, edSigner, NOW, type Signer, sourceOf, TWO_BITS } from './token-status-fixture.rig.ts';

const MAX = 4_096;
const seconds = NOW / 1000;
const ed = edSigner();

const open = (bytes: Uint8Array, source: StatusListSource = sourceOf(URI, ec), roots: StatusRoot[] = []) =>
  openListToken(bytes, {
    uri: URI,
    authority: authorityOf(source, roots),
    digest: algorithmFor('token-status-index', TEST_PROFILE),
    maxBytes: MAX,
    nowMs: NOW,
  });

async function faultOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof TokenStatusError) return error.code;
  throw new Error(`no fault, but ${String(error)}`);
}

describe('a status list as CWT', () => {
  test.each([ec, ed])('is read whole, signed with $alg', async (signer) => {
    const token = await open(cwt({ signer }), sourceOf(URI, signer));
    expect(token).toMatchObject({
      kind: 'status_list',
      uri: URI,
      bits: 2,
      issuedAtMs: NOW - 60_000,
      expiresAtMs: NOW + 3_600_000,
      ttlMs: 600_000,
    });
    if (token.kind !== 'status_list') throw new Error('a status list');
    const values = Array.from({ length: 9 }, (_, i) => entryAt(token.entries, token.bits, i));
    expect(values).toEqual([1, 2, 0, 3, 0, 0, 0, 1, null]);
  });

  test('may set no end, and times in fractions', async () => {
    const token = await open(cwt({ claims: without(claims([6, seconds - 0.5]), 4, 65_534) }));
    expect(token).toMatchObject({ issuedAtMs: NOW - 500, expiresAtMs: null, ttlMs: null });
  });

  const nobody = new Map([[1, -7]]);
  test.each<readonly [TokenStatusFault, string, CwtParts | Uint8Array]>([
    ['malformed', 'no tag', { tags: [] }],
    ['malformed', 'the tag of a CWT before it', { tags: [61, 18] }],
    ['malformed', 'the tag of many signers', { tags: [98] }],
    ['algorithm', 'a MAC in its tag', { tags: [17] }],
    ['algorithm', 'a MAC in the tag of a signature', { protectedHeader: new Map([[1, 5]]) }],
    ['algorithm', 'no algorithm', { protectedHeader: new Map([[1, undefined]]) }],
    [
      'algorithm',
      'an algorithm that no signature covers',
      { protectedHeader: new Map([[1, undefined]]), unprotected: nobody },
    ],
    ['algorithm', 'the algorithm of another key', { protectedHeader: new Map([[1, -8]]) }],
    ['algorithm', 'the algorithm of a larger curve', { protectedHeader: new Map([[1, -35]]) }],
    ['type', 'no type', { protectedHeader: new Map([[16, undefined]]) }],
    [
      'type',
      'a type that no signature covers',
      { protectedHeader: new Map([[16, undefined]]), unprotected: new Map([[16, STATUS_TYPE]]) },
    ],
    ['type', 'the type of a JWT', { protectedHeader: new Map([[16, 'statuslist+jwt']]) }],
    ['type', 'a short type', { protectedHeader: new Map([[16, 'statuslist+cwt']]) }],
    ['malformed', 'a critical header', { protectedHeader: new Map<number, unknown>([[2, [16]]]) }],
    ['signature', 'another signer', { signer: ecSigner() }],
    ['signature', 'the context of many signers', { context: 'Signature' }],
    ['signature', 'no payload', { payload: null }],
    ['malformed', 'a payload that is no CBOR', { payload: Uint8Array.of(0xff) }],
    ['malformed', 'a payload that is no map', { payload: cbor([1]) }],
    ['malformed', 'bytes behind the claims', { payload: Buffer.concat([cbor(CLAIMS), Uint8Array.of(0)]) }],
    [
      'malformed',
      'a claim twice',
      { payload: Buffer.concat([Uint8Array.of(0xa2), cbor(2), cbor(URI), cbor(2), cbor(URI)]) },
    ],
    ['subject', 'another list', { claims: claims([2, `${URI}/`]) }],
    ['malformed', 'no list named', { claims: without(CLAIMS, 2) }],
    ['malformed', 'a list named in bytes', { claims: claims([2, Buffer.from(URI)]) }],
    ['malformed', 'no time of issue', { claims: without(CLAIMS, 6) }],
    ['malformed', 'a time in words', { claims: claims([6, 'now']) }],
    ['malformed', 'a time before all times', { claims: claims([4, -1]) }],
    ['malformed', 'a time beyond all dates', { claims: claims([4, 1e300]) }],
    ['malformed', 'no time to keep it', { claims: claims([65_534, 0]) }],
    ['malformed', 'no list', { claims: without(CLAIMS, 65_533) }],
    ['malformed', 'entries of 3 bits', { claims: list(['bits', 3]) }],
    ['malformed', 'a list in base64url', { claims: list(['lst', TWO_BITS.lst]) }],
    ['encoding', 'a list that is no zlib stream', { claims: list(['lst', Uint8Array.of(0, 0, 0)]) }],
    [
      'encoding',
      'bytes behind the stream',
      { claims: list(['lst', Buffer.concat([deflateSync(Buffer.alloc(8)), Uint8Array.of(0)])]) },
    ],
    [
      'inflates',
      'more than the limit, in 30 bytes',
      { claims: list(['lst', deflateSync(Buffer.alloc(MAX + 1))]) },
    ],
    ['malformed', 'bytes behind the token', Buffer.concat([cwt(), Uint8Array.of(0)])],
    ['malformed', 'half a token', cwt().subarray(0, 90)],
    ['malformed', 'nothing', new Uint8Array()],
    ['oversized', 'more than any list', new Uint8Array(tokenBytesMax(MAX) + 1)],
  ])('refused, %s: %s', async (fault, _what, parts) => {
    expect(await faultOf(open(parts instanceof Uint8Array ? parts : cwt(parts)))).toBe(fault);
  });

  test('refused with any byte changed', async () => {
    const token = cwt();
    for (let at = 0; at < token.length; at += 3) {
      const changed = Buffer.from(token);
      changed[at] = (changed[at] as number) ^ 1;
      await expect(open(changed)).rejects.toThrow(TokenStatusError);
    }
  });
});

describe('a list of identifiers', () => {
  const IDENTIFIERS_TYPE = new Map([[16, 'application/identifierlist+cwt']]);
  const identifiers = (map: ReadonlyMap<unknown, unknown>) =>
    new Map<number, unknown>([...without(CLAIMS, 65_533), [65_530, new Map([['identifiers', map]])]]);
  const ids = [Uint8Array.of(1), Uint8Array.of(1, 2), Buffer.alloc(32, 7), new Uint8Array()];
  const revoked = identifiers(new Map(ids.map((id) => [id, new Map()])));
  const open2 = (parts: CwtParts) => open(cwt({ protectedHeader: IDENTIFIERS_TYPE, ...parts }));

  test('has those that are on it, and no others', async () => {
    const token = await open2({ claims: revoked });
    if (token.kind !== 'identifier_list') throw new Error('a list of identifiers');
    expect(ids.map((id) => hasIdentifier(token.identifiers, Buffer.from(id).toString('hex')))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['02', '0102ff', '0101', '07'].map((id) => hasIdentifier(token.identifiers, id))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  test('may have nobody on it, and many', async () => {
    const none = await open2({ claims: identifiers(new Map()) });
    expect(none).toMatchObject({ kind: 'identifier_list' });
    const many = new Map(Array.from({ length: 1_500 }, (_, i) => [Buffer.from(`card ${i}`), new Map()]));
    const token = await open2({ claims: identifiers(many) });
    if (token.kind !== 'identifier_list') throw new Error('a list of identifiers');
    const has = (text: string) => hasIdentifier(token.identifiers, Buffer.from(text).toString('hex'));
    expect([has('card 0'), has('card 777'), has('card 1499'), has('card 1500')]).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test.each<readonly [string, ReadonlyMap<number, unknown>]>([
    ['an identifier in text', identifiers(new Map([['a', new Map()]]))],
    ['an identifier that is a number', identifiers(new Map([[1, new Map()]]))],
    ['an identifier without its map', identifiers(new Map([[Uint8Array.of(1), 1]]))],
    [
      'identifiers in a list',
      new Map<number, unknown>([...without(CLAIMS, 65_533), [65_530, new Map([['identifiers', []]])]]),
    ],
    ['no identifiers', without(CLAIMS, 65_533)],
    ['no end', without(revoked, 4)],
    [
      'the same identifier twice',
      new Map<number, unknown>([
        ...without(CLAIMS, 65_533),
        [65_530, new Map([['identifiers', new Encoded(Buffer.from('a24101a04101a0', 'hex'))]])],
      ]),
    ],
  ])('refused: %s', async (_name, said) => {
    expect(await faultOf(open2({ claims: said }))).toBe('malformed');
  });

  test('a status list under the type of identifiers is neither', async () => {
    expect(await faultOf(open2({ claims: CLAIMS }))).toBe('malformed');
    expect(await faultOf(open(cwt({ claims: revoked })))).toBe('malformed');
  });
});

describe('a signer that a status root vouches for', () => {
  const root = caCertificate('status root', testKey('p256', 'status root'), null);
  const other = caCertificate('status root', testKey('p256', 'other root'), null);
  const key = { algorithm: 'p256', key: { publicKey: publicPoint(ec), d: new Uint8Array(32) } } as const;
  const leaf = leafCertificate('lists', key, root);
  const roots: StatusRoot[] = [{ region: 'cq', certificatePem: pem(root.der) }];
  const source: StatusListSource = { region: 'cq', uri: URI };

  const withChain = (...chain: { readonly der: Uint8Array }[]) =>
    cwt({ unprotected: new Map([[33, chain.length === 1 ? chain[0]?.der : chain.map(({ der }) => der)]]) });
  const jwtWith = (x5c: unknown) =>
    new CompactSign(
      Buffer.from(
        JSON.stringify({ sub: URI, iat: seconds - 60, exp: seconds + 3_600, status_list: TWO_BITS }),
      ),
    )
      .setProtectedHeader({ alg: 'ES256', typ: 'statuslist+jwt', x5c: x5c as string[] })
      .sign(ec.privateKey);
  const base64 = ({ der }: { readonly der: Uint8Array }) => Buffer.from(der).toString('base64');

  test('is taken, in either form, and no longer than its certificates are good', async () => {
    const asCwt = await open(withChain(leaf), source, roots);
    const asJwt = await open(Buffer.from(await jwtWith([base64(leaf)])), source, roots);
    expect([asCwt.kind, asJwt.kind]).toEqual(['status_list', 'status_list']);
    expect(asCwt.signerUntilMs).toBeGreaterThan(NOW + 3_600_000);
    const short = leafCertificate('lists', key, root, (draft) => ({ ...draft, notAfterMs: NOW + 60_000 }));
    expect(usableUntilMs(await open(withChain(short), source, roots))).toBe(NOW + 60_000);
  });

  test.each([
    ['no certificates', []],
    ['another root', [leafCertificate('lists', key, other)]],
    ['its own certificate', [caCertificate('lists', testKey('p256', 'own'), null)]],
    [
      'a certificate for something else',
      [
        leafCertificate(
          'lists',
          key,
          root,
          withExtension('2.5.29.15', extension.keyUsage(USAGE.keyAgreement)),
        ),
      ],
    ],
    [
      'one that has expired',
      [leafCertificate('lists', key, root, (draft) => ({ ...draft, notAfterMs: NOW - 1_000 }))],
    ],
    [
      'one that is not valid yet',
      [leafCertificate('lists', key, root, (draft) => ({ ...draft, notBeforeMs: NOW + 1_000 }))],
    ],
    ['bytes that are no certificate', [{ der: Uint8Array.of(1, 2, 3) }]],
    ['five certificates', [leaf, root, root, root, root]],
  ])('refused: %s', async (_name, chain) => {
    const bytes = chain.length === 0 ? cwt() : withChain(...chain);
    expect(await faultOf(open(bytes, source, roots))).toBe('certificate');
    const asJwt = await jwtWith(chain.map(base64));
    expect(await faultOf(open(Buffer.from(asJwt), source, roots))).toBe('certificate');
  });

  test('refused: another key than that of the certificate', async () => {
    const stranger = leafCertificate('lists', testKey('p256', 'stranger'), root);
    expect(await faultOf(open(withChain(stranger), source, roots))).toBe('signature');
  });

  test('a root of another region, and certificates where a key is pinned, vouch for nobody', async () => {
    const elsewhere = [{ region: 'bj', certificatePem: pem(root.der) }];
    expect(await faultOf(open(withChain(leaf), source, elsewhere))).toBe('certificate');
    expect(await faultOf(open(withChain(leaf), sourceOf(URI, ecSigner()), roots))).toBe('signature');
  });

  test('other roots are another authority', () => {
    const both = [...roots, { region: 'cq', certificatePem: pem(other.der) }];
    const ids = [
      authorityId(source, roots),
      authorityId(source, both),
      authorityId(sourceOf(URI, ec), roots),
    ];
    expect(new Set(ids).size).toBe(3);
    expect(authorityId(source, [...roots, { region: 'bj', certificatePem: 'x' }])).toBe(ids[0]);
  });
});

function publicPoint({ privateKey }: Signer): Uint8Array {
  const { x = '', y = '' } = privateKey.export({ format: 'jwk' });
  return Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
}
