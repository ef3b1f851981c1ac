/** Signatures that others published, on every engine: GM/T 0003.5, `sm2/`, Wycheproof. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../../workers/codecs/hex.ts';
import type { SignatureJob } from '../../../../workers/engine/job.ts';
import { SM2_DEFAULT_ID, sm2Digest, sm2DigestSha256 } from '../../../../workers/engine/sm2-digest.ts';
import { readBlocks, readVectors, readVectorText, vectorsPresent } from '../../../fixtures/vectors.ts';
import { byName, differences, plainAndPrepared, verdictsOf } from './back-ends.rig.ts';
import { baseMultiple, keyOf, SM2 } from './curves.rig.ts';
import { strictDer } from './strict-der.rig.ts';

const text = (value: string) => new TextEncoder().encode(value);

describe('GM/T 0003.5-2012 annex A', () => {
  const publicKey = fromHex(
    '09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020' +
      'ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13',
  );
  const digest = sm2Digest(publicKey, SM2_DEFAULT_ID, text('message digest'));
  const signature = fromHex(
    'f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3' +
      'b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa',
  );

  test.each(byName())('%s verifies the example, and no bit of it changed', (_, engine) => {
    expect(toHex(digest)).toBe('f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640');
    const good: SignatureJob = { curve: 'sm2', publicKey, digest, signature };
    const bad = (['publicKey', 'digest', 'signature'] as const).flatMap((part) =>
      Array.from(good[part], (_, i) => ({ ...good, [part]: flipped(good[part], i) })),
    );
    expect(bad).toHaveLength(160);
    expect(verdictsOf(engine, [good, ...bad, good])).toEqual([true, ...bad.map(() => false), true]);
  });
});

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.map((byte, i) => (i === at ? byte ^ (1 << (at % 8)) : byte));
}

interface SignatureVector {
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

describe.skipIf(!vectorsPresent)('sm2', () => {
  test.each(byName())(
    '%s: 2 of sm2_vectors.json verify, the one on the draft curve is unsupported',
    (_, engine) => {
      const { signatures } = readVectors<{ signatures: SignatureVector[] }>('sm2/sm2_vectors.json');
      const supported = signatures.filter(({ curve }) => curve === 'sm2p256v1');
      expect([supported.length, signatures.length - supported.length]).toEqual([2, 1]);
      const jobs = supported.map((v): SignatureJob => {
        const publicKey = fromHex(v.X + v.Y);
        const digest = sm2Digest(publicKey, text(v.idUtf8), text(v.msgUtf8));
        expect(toHex(digest)).toBe(v.e.toLowerCase());
        expect(engine.decompress('sm2', fromHex(v.compressed))).toEqual(publicKey);
        return { curve: 'sm2', publicKey, digest, signature: fromHex(v.r + v.s) };
      });
      for (const verdicts of plainAndPrepared(engine, jobs)) expect(verdicts).toEqual([true, true]);
      const exchanged = jobs.map((job, i) => ({ ...job, digest: jobs[1 - i]?.digest ?? job.digest }));
      for (const verdicts of plainAndPrepared(engine, exchanged)) expect(verdicts).toEqual([false, false]);
    },
  );

  test.each(byName())('%s: 2 of sm2_sig.vec verify, 5 are on other curves', (_, engine) => {
    const blocks = readBlocks(readVectorText('sm2/sm2_sig.vec'), 'Signature');
    const supported = blocks.filter(({ Oid }) => Oid === '1.2.156.10197.1.301');
    expect([supported.length, blocks.length - supported.length]).toEqual([2, 5]);
    const jobs = supported.map((block): SignatureJob => {
      const publicKey = keyOf(baseMultiple(SM2, BigInt(block['x'] ?? 0)));
      const [id, message] = [text(block['Ident'] ?? ''), fromHex(block['Msg'] ?? '')];
      const digests: Record<string, () => Uint8Array> = {
        SM3: () => sm2Digest(publicKey, id, message),
        'SHA-256': () => sm2DigestSha256(publicKey, id, message),
      };
      const digest = digests[block['Hash'] ?? '']?.() ?? message;
      return { curve: 'sm2', publicKey, digest, signature: fromHex(block['Signature'] ?? '') };
    });
    for (const verdicts of plainAndPrepared(engine, jobs)) expect(verdicts).toEqual([true, true]);
  });
});

interface Wycheproof {
  readonly numberOfTests: number;
  readonly testGroups: readonly {
    readonly type: string;
    readonly publicKey: { readonly curve: string; readonly uncompressed: string };
    readonly sha: string;
    readonly tests: readonly {
      readonly tcId: number;
      readonly msg: string;
      readonly sig: string;
      readonly result: 'valid' | 'invalid' | 'acceptable';
    }[];
  }[];
}

describe.skipIf(!vectorsPresent)('Wycheproof', () => {
  const FILES = [
    {
      file: 'ecdsa_secp256r1_sha256_test.json',
      hash: 'sha256',
      counts: { accepted: 174, 'rejected by the engine': 75, 'rejected by encoding': 235, unsupported: 0 },
    },
    {
      file: 'ecdsa_secp256r1_sha512_test.json',
      hash: 'sha512',
      counts: { accepted: 243, 'rejected by the engine': 77, 'rejected by encoding': 234, unsupported: 0 },
    },
  ] as const;

  const cases = byName().flatMap(([name, engine]) =>
    FILES.map((each) => [name, each.file, engine, each] as const),
  );
  test.each(cases)('%s: %s', (_, file, engine, { hash, counts }) => {
    const { numberOfTests, testGroups } = readVectors<Wycheproof>(`wycheproof/${file}`);
    const seen = { accepted: 0, 'rejected by the engine': 0, 'rejected by encoding': 0, unsupported: 0 };
    const [jobs, ids, expected]: [SignatureJob[], number[], boolean[]] = [[], [], []];
    for (const { type, publicKey, tests } of testGroups) {
      const supported = type === 'EcdsaVerify' && publicKey.curve === 'secp256r1';
      if (!supported) seen.unsupported += tests.length;
      for (const { tcId, msg, sig, result } of supported ? tests : []) {
        // Neither file leaves a verdict to taste; one that did would need a decision here.
        expect(result, `test ${tcId}`).not.toBe('acceptable');
        const signature = strictDer(fromHex(sig));
        if (signature === null) {
          expect(result, `test ${tcId} is no strict DER`).toBe('invalid');
          seen['rejected by encoding'] += 1;
          continue;
        }
        const key = fromHex(publicKey.uncompressed).subarray(1);
        // Of a longer digest the leftmost 256 bits count (FIPS 186-5 clause 6.4.2 step 2).
        const digest = createHash(hash).update(fromHex(msg)).digest().subarray(0, 32);
        jobs.push({ curve: 'p256', publicKey: key, digest, signature });
        ids.push(tcId);
        expected.push(result === 'valid');
      }
    }
    const [plain = [], ...prepared] = plainAndPrepared(engine, jobs);
    for (const verdicts of [plain, ...prepared]) {
      expect(differences(verdicts, expected, (i) => `test ${ids[i]}`)).toEqual([]);
    }
    seen.accepted = plain.filter((verdict) => verdict).length;
    seen['rejected by the engine'] = plain.length - seen.accepted;
    expect(seen).toEqual(counts);
    expect(Object.values(seen).reduce((sum, count) => sum + count)).toBe(numberOfTests);
  });
});
