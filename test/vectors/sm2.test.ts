/** SM2 signatures, SM3 digests and SM2 certificates of others, through `onecard verify`. */
import { beforeAll, describe, expect, test } from 'vitest';
import { sm2KeyOf, sm2SignDigest } from '../../platform/sm2.ts';
import { fromHex, toHex } from '../../workers/codecs/hex.ts';
import { onecardVerify, type VerifyAnswer } from '../fixtures/onecard-verify.ts';
import { readBlocks, readVectors, readVectorText, vectorsPresent } from '../fixtures/vectors.ts';

interface SignatureVector {
  readonly name: string;
  readonly curve: string;
  readonly X: string;
  readonly Y: string;
  readonly compressed: string;
  readonly idUtf8: string;
  readonly msgUtf8: string;
  readonly e: string;
  readonly r: string;
  readonly s: string;
}

interface DigestVector {
  readonly msgHex: string | null;
  readonly repeat: readonly [string, number] | null;
  readonly digest: string;
}

interface Vectors {
  readonly signatures: readonly SignatureVector[];
  readonly sm3: readonly DigestVector[];
  readonly certificates: { readonly verified: readonly (readonly [string, string])[] };
}

interface Bare {
  readonly id?: string;
  readonly curve?: string;
  readonly signatureHex: string;
  readonly publicKeyHex: string;
  readonly hash?: string;
  readonly idHex?: string;
  readonly messageHex: string;
}

const N = 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n;
const DEFAULT_ID_HEX = toHex(new TextEncoder().encode('1234567812345678'));
const hexOf = (text: string) => toHex(new TextEncoder().encode(text));
const hex32 = (value: bigint) => value.toString(16).padStart(64, '0');

/** No anchors: a bare signature needs none. */
const verify = (signatures: readonly Bare[]) =>
  onecardVerify(
    { anchors: [] },
    signatures.map(({ id = '', signatureHex, curve = 'sm2p256v1', hash = 'sm3', ...context }) => ({
      id,
      family: 'sm2-signature',
      at: '2025-01-01T00:00:00Z',
      credential: { hex: signatureHex },
      context: { curve, hash, ...context },
    })),
  );

const codes = (answers: readonly VerifyAnswer[]) => answers.map(({ code }) => code);

describe.skipIf(!vectorsPresent)('sm2', () => {
  let vectors: Vectors;
  beforeAll(() => {
    vectors = readVectors('sm2/sm2_vectors.json');
  });

  const bare = (v: SignatureVector): Bare => ({
    id: v.name,
    curve: v.curve,
    signatureHex: v.r + v.s,
    publicKeyHex: v.X + v.Y,
    idHex: hexOf(v.idUtf8),
    messageHex: hexOf(v.msgUtf8),
  });
  const standard = () => vectors.signatures.filter(({ curve }) => curve === 'sm2p256v1');

  describe('sm2_vectors.json', () => {
    test('3 signatures: 2 verify, the one on the draft curve is reported as unsupported', async () => {
      const answers = await verify(vectors.signatures.map(bare));
      expect(codes(answers)).toEqual(['proof.ok', 'credential.algorithm_unsupported', 'proof.ok']);
      const digests = standard().map(({ e }) => e);
      expect(answers.flatMap(({ facts }) => facts?.['nonce'] ?? [])).toEqual(digests);
    });

    test('the same under the compressed key, and over the digest itself', async () => {
      const compressed = standard().map((v) => ({ ...bare(v), publicKeyHex: v.compressed }));
      const raw = standard().map((v) => {
        const { idHex: _, ...rest } = bare(v);
        return { ...rest, hash: 'raw', messageHex: v.e };
      });
      expect(codes(await verify([...compressed, ...raw]))).toEqual(Array(4).fill('proof.ok'));
    });

    test('every mutation of the 2 is refused', async () => {
      const [first, second] = standard();
      if (first === undefined || second === undefined)
        throw new Error('two signatures on the standard curve');
      const mutated = standard().flatMap((v) => mutations(v, v === first ? second : first));
      const answers = await verify(mutated.map(([, signature]) => signature));
      expect(answers.map(({ code }, i) => [mutated[i]?.[0], code])).toEqual(
        mutated.map(([name, , code]) => [name, code]),
      );
      expect(answers).toHaveLength(44);
    });
  });

  test('sm2_sig.vec: 7 signatures, 2 verify, 5 on other curves are reported as unsupported', async () => {
    const blocks = readBlocks(readVectorText('sm2/sm2_sig.vec'), 'Signature');
    const answers = await verify(
      blocks.map((block) => {
        const standardCurve = block['Oid'] === '1.2.156.10197.1.301';
        return {
          curve: standardCurve ? 'sm2p256v1' : (block['Oid'] ?? ''),
          signatureHex: block['Signature'] ?? '',
          // Keys of other curves are never looked at.
          publicKeyHex: standardCurve ? toHex(sm2KeyOf(BigInt(block['x'] ?? 0)).publicKey) : '00'.repeat(64),
          hash: { SM3: 'sm3', 'SHA-256': 'sha256', Raw: 'raw' }[block['Hash'] ?? ''] ?? '',
          idHex: hexOf(block['Ident'] ?? ''),
          messageHex: block['Msg'] ?? '',
        };
      }),
    );
    const unsupported = 'credential.algorithm_unsupported';
    expect(codes(answers)).toEqual([
      ...Array(3).fill(unsupported),
      'proof.ok',
      'proof.ok',
      ...Array(2).fill(unsupported),
    ]);
  });

  test('SM3: 139 and 5 digests, each under a signature made over the stated digest', async () => {
    const key = sm2KeyOf(0x5133n);
    const published = readBlocks(readVectorText('sm2/sm3.vec'), 'Out').map((block) => ({
      messageHex: block['In'] ?? '',
      digest: (block['Out'] ?? '').toLowerCase(),
    }));
    const listed = vectors.sm3.map(({ msgHex, repeat, digest }) => ({
      messageHex: msgHex ?? repeat?.[0].repeat(repeat[1]) ?? '',
      digest,
    }));
    expect([published.length, listed.length]).toEqual([139, 5]);
    const all = [...published, ...listed];
    const over = (digest: string) => toHex(sm2SignDigest(key, fromHex(digest)));
    const lines = all.map(({ messageHex, digest }) => ({
      signatureHex: over(digest),
      publicKeyHex: toHex(key.publicKey),
      messageHex,
    }));
    const answers = await verify(lines);
    expect(answers.map(({ facts }) => facts?.['nonce'])).toEqual(all.map(({ digest }) => digest));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(144);

    const shifted = lines.slice(0, 20).map((line, i) => ({ ...line, ...pickMessage(lines[i + 25]) }));
    const refused = await verify(shifted);
    expect(refused.filter(({ code }) => code === 'signature.raw')).toHaveLength(20);
  });

  describe('certificates', () => {
    /** Pairs of child and parent of which both files are there. */
    const PRESENT: readonly (readonly [string, string])[] = [
      ['sm_root', 'sm_root'],
      ['sm_sign', 'sm_root'],
      ['sm_ca1', 'sm_root1'],
    ];

    test('3 of the 4 verified pairs are here and verify under the default ID; every wrong parent fails', async () => {
      const pairs = vectors.certificates.verified.filter(([child]) => child !== 'sm_sign1');
      expect(pairs).toEqual(PRESENT);
      const names = ['sm_root', 'sm_sign', 'sm_ca1', 'sm_root1'];
      const certificates = new Map(
        names.map((name) => [name, readCertificate(fromHex(readVectorText(`sm2/${name}.der.hex`).trim()))]),
      );
      const all = names.flatMap((child) => names.map((parent) => [child, parent] as const));
      const answers = await verify(
        all.map(([child, parent]) => ({
          id: `${child} by ${parent}`,
          signatureHex: certificates.get(child)?.signatureHex ?? '',
          publicKeyHex: certificates.get(parent)?.publicKeyHex ?? '',
          idHex: DEFAULT_ID_HEX,
          messageHex: certificates.get(child)?.signedHex ?? '',
        })),
      );
      const verified = answers.filter(({ ok }) => ok).map(({ id }) => id);
      expect(verified).toEqual(PRESENT.map(([child, parent]) => `${child} by ${parent}`));
      expect(answers.filter(({ code }) => code === 'signature.raw')).toHaveLength(13);
    });
  });

  /** What was changed, the signature, the code it must answer. */
  function mutations(v: SignatureVector, other: SignatureVector): [string, Bare, string][] {
    const good = bare(v);
    const [r, s] = [BigInt(`0x${v.r}`), BigInt(`0x${v.s}`)];
    const refused = (name: string, change: Partial<Bare>, code = 'signature.raw'): [string, Bare, string] => [
      name,
      { ...good, ...change },
      code,
    ];
    const { idHex: _, ...withoutId } = good;
    return [
      refused('r flipped', { signatureHex: hex32(r ^ 1n) + v.s }),
      refused('s flipped', { signatureHex: v.r + hex32(s ^ 1n) }),
      refused('r and s swapped', { signatureHex: v.s + v.r }),
      refused('s negated', { signatureHex: v.r + hex32(N - s) }),
      refused('r zero', { signatureHex: hex32(0n) + v.s }),
      refused('s zero', { signatureHex: v.r + hex32(0n) }),
      refused('r = n', { signatureHex: hex32(N) + v.s }),
      refused('s = n', { signatureHex: v.r + hex32(N) }),
      refused('r + s = n', { signatureHex: v.r + hex32(N - r) }),
      refused('r all ones', { signatureHex: 'ff'.repeat(32) + v.s }),
      refused('message changed', { messageHex: `${good.messageHex}00` }),
      refused('no message', { messageHex: '' }),
      refused("the other's ID", { idHex: hexOf(other.idUtf8) }),
      refused('empty ID', { idHex: '' }),
      ['no ID', withoutId, 'signature.raw'],
      refused('another hash', { hash: 'sha256' }),
      refused("the other's key", { publicKeyHex: other.X + other.Y }),
      refused('key negated', { publicKeyHex: (v.compressed.startsWith('02') ? '03' : '02') + v.X }),
      refused('key off the curve', { publicKeyHex: v.X + v.X }, 'key.invalid'),
      refused('key too short', { publicKeyHex: v.X }, 'key.invalid'),
      refused('signature too short', { signatureHex: v.r }, 'credential.malformed'),
      refused('signature too long', { signatureHex: `${v.r}${v.s}00` }, 'credential.malformed'),
    ];
  }
});

function pickMessage(line: { readonly messageHex: string } | undefined) {
  return { messageHex: line?.messageHex ?? '' };
}

interface Tlv {
  readonly whole: Uint8Array;
  readonly value: Uint8Array;
  readonly next: number;
}

/** One DER element; lengths of up to two bytes are enough for these files. */
function readTlv(bytes: Uint8Array, offset: number): Tlv {
  const first = bytes[offset + 1] ?? 0;
  const extra = first < 0x80 ? 0 : first & 0x7f;
  let length = extra === 0 ? first : 0;
  for (let i = 0; i < extra; i++) length = length * 256 + (bytes[offset + 2 + i] ?? 0);
  const start = offset + 2 + extra;
  const next = start + length;
  return { whole: bytes.subarray(offset, next), value: bytes.subarray(start, next), next };
}

/** TBSCertificate as signed, r ‖ s, and X ‖ Y of an X.509 certificate on the SM2 curve. */
function readCertificate(der: Uint8Array) {
  const certificate = readTlv(der, 0).value;
  const tbs = readTlv(certificate, 0);
  const algorithm = readTlv(certificate, tbs.next);
  const bitString = readTlv(certificate, algorithm.next).value;
  const pair = readTlv(bitString, 1).value;
  const r = readTlv(pair, 0);
  const s = readTlv(pair, r.next);
  const integer = (value: Uint8Array) => toHex(value).padStart(64, '0').slice(-64);
  // namedCurve 1.2.156.10197.1.301, then the BIT STRING of an uncompressed point.
  const [, publicKeyHex = ''] = /06082a811ccf5501822d03420004([0-9a-f]{128})/.exec(toHex(tbs.whole)) ?? [];
  return { signedHex: toHex(tbs.whole), signatureHex: integer(r.value) + integer(s.value), publicKeyHex };
}
