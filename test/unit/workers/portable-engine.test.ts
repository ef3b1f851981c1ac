import { createECDH, createHash, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { SignatureJob } from '../../../workers/engine/job.ts';
import { createPortableEngine } from '../../../workers/engine/portable.ts';
import { assertEngineKnowsAnswer } from '../../../workers/engine/self-test.ts';
import {
  concat,
  mod,
  multiplyBase,
  N,
  P,
  powMod,
  signDigest,
  toBytes32,
  toInteger,
} from '../../fixtures/openssl-sm2.ts';

const engine = createPortableEngine();
const verify = (...jobs: SignatureJob[]) => [...engine.verify(jobs)];

/** Numbers below n from a fixed seed. */
function* scalars(seed: string): Generator<bigint, never> {
  for (let i = 0; ; i++) yield mod(toInteger(createHash('sha256').update(`${seed}/${i}`).digest()) - 1n) + 1n;
}

function sm2Job(publicKey: Uint8Array, e: bigint, r: bigint, s: bigint): SignatureJob {
  return { curve: 'sm2', publicKey, digest: toBytes32(e), signature: concat(toBytes32(r), toBytes32(s)) };
}

const inverse = (value: bigint) => powMod(mod(value), N - 2n, N);

describe('SM2 against OpenSSL', () => {
  test('200 signatures of random keys verify, and with any one part changed do not', () => {
    const next = scalars('differential');
    const good: SignatureJob[] = [];
    const bad: SignatureJob[] = [];
    for (let i = 0; i < 200; i++) {
      const [d, e, k] = [next.next().value, next.next().value, next.next().value];
      const [publicKey, signature] = [multiplyBase(d), signDigest(d, e, k)];
      const job: SignatureJob = { curve: 'sm2', publicKey, digest: toBytes32(e), signature };
      good.push(job);
      const bit = Number(k % 256n);
      const part = (['digest', 'signature'] as const)[i % 2] ?? 'digest';
      bad.push({ ...job, [part]: flipBit(job[part], bit) });
    }
    expect(verify(...good)).toEqual(good.map(() => 1));
    expect(verify(...bad)).toEqual(bad.map(() => 0));
  });

  test('a key used often, and so given a table, still tells good from bad', () => {
    const next = scalars('table');
    const d = next.next().value;
    const publicKey = multiplyBase(d);
    const jobs = Array.from({ length: 24 }, (_, i) => {
      const e = next.next().value;
      const signature = signDigest(d, e, next.next().value);
      return { curve: 'sm2', publicKey, digest: toBytes32(i % 3 === 0 ? e ^ 1n : e), signature } as const;
    });
    expect(jobs.map((job) => verify(job)[0])).toEqual(jobs.map((_, i) => (i % 3 === 0 ? 0 : 1)));
  });
});

describe('SM2 at the edges', () => {
  const d = 0x1234567n;
  const key = multiplyBase(d);

  test('r and s outside 1 to n - 1 do not verify', () => {
    const outside = [0n, N, N + 1n, 2n ** 256n - 1n];
    const jobs = outside.flatMap((value) => [sm2Job(key, 5n, value, 7n), sm2Job(key, 5n, 7n, value)]);
    expect(verify(...jobs)).toEqual(jobs.map(() => 0));
  });

  test('r congruent to a good r but not below n does not verify', () => {
    // A small r, so that r + n still fits in 32 bytes: e is chosen to make r = 1.
    const k = 99n;
    const e = mod(1n - toInteger(multiplyBase(k).subarray(0, 32)));
    const signature = signDigest(d, e, k);
    const s = toInteger(signature.subarray(32));
    expect(verify(sm2Job(key, e, 1n, s), sm2Job(key, e, 1n + N, s))).toEqual([1, 0]);
  });

  test('t = r + s = 0 mod n does not verify', () => {
    expect(verify(sm2Job(key, 5n, 3n, N - 3n), sm2Job(key, 5n, N - 1n, 1n))).toEqual([0, 0]);
  });

  test('r and s at n - 1 are in range', () => {
    // With P = t^-1 (R - sG) for a chosen R = kG, the pair verifies: d = t^-1 (k - s).
    for (const [r, s] of [
      [N - 1n, 5n],
      [5n, N - 1n],
      [1n, 1n],
      [N - 1n, N - 1n],
    ] as const) {
      expect(verify(crafted(r, s, 424242n))).toEqual([1]);
    }
  });

  test('a digest at or above n counts modulo n', () => {
    const ones = 2n ** 256n - 1n;
    const k = 31337n;
    const r = mod(ones + toInteger(multiplyBase(k).subarray(0, 32)));
    const s = 1234n;
    const publicKey = multiplyBase(inverse(r + s) * mod(k - s));
    expect(verify(sm2Job(publicKey, ones, r, s), sm2Job(publicKey, ones - N, r, s))).toEqual([1, 1]);
    expect(verify(sm2Job(publicKey, ones - 1n, r, s))).toEqual([0]);
  });

  test('the sum at infinity does not verify', () => {
    // tP = -sG for P = -(s/t) G; r = e is what a verifier that read infinity as x = 0 would compare.
    const [r, s] = [11n, 13n];
    const publicKey = multiplyBase(mod(-s * inverse(r + s)));
    expect(verify(sm2Job(publicKey, r, r, s))).toEqual([0]);
  });

  test('the addition of two equal points is a doubling', () => {
    // sG = tP for P = (s/t) G, so R = 2sG.
    const [r, s] = [17n, 19n];
    const publicKey = multiplyBase(mod(s * inverse(r + s)));
    const e = mod(r - toInteger(multiplyBase(2n * s).subarray(0, 32)));
    expect(verify(sm2Job(publicKey, e, r, s), sm2Job(publicKey, e + 1n, r, s))).toEqual([1, 0]);
  });

  test('x of R at or above n counts modulo n', () => {
    const { x, y } = pointWithX(N);
    expect(x).toBeGreaterThanOrEqual(N);
    // P = t^-1 (R - sG) without knowing the discrete logarithm of R.
    const [r, s] = [23n, 29n];
    const publicKey = combine(concat(toBytes32(x), toBytes32(y)), r, s);
    const e = mod(r - x);
    expect(verify(sm2Job(publicKey, e, r, s), sm2Job(publicKey, e + 1n, r, s))).toEqual([1, 0]);
  });

  /** A signature (r, s) that verifies because key and digest are made to fit, with R = kG. */
  function crafted(r: bigint, s: bigint, k: bigint): SignatureJob {
    const publicKey = multiplyBase(inverse(r + s) * mod(k - s));
    return sm2Job(publicKey, mod(r - toInteger(multiplyBase(k).subarray(0, 32))), r, s);
  }
});

describe('keys', () => {
  const good = multiplyBase(7n);

  test('a point is told from what is none', () => {
    expect(engine.isOnCurve('sm2', good)).toBe(true);
    expect(engine.isOnCurve('sm2', flipBit(good, 511))).toBe(false);
    expect(engine.isOnCurve('sm2', new Uint8Array(64))).toBe(false);
    expect(engine.isOnCurve('sm2', new Uint8Array(64).fill(0xff))).toBe(false);
    expect(engine.isOnCurve('p256', good)).toBe(false);
  });

  test('a coordinate at or above p is refused even when it is congruent to a point', () => {
    const { x, y } = pointWithX(0n);
    expect(engine.isOnCurve('sm2', concat(toBytes32(x), toBytes32(y)))).toBe(true);
    expect(engine.isOnCurve('sm2', concat(toBytes32(x + P), toBytes32(y)))).toBe(false);
    const prefix = Uint8Array.of(y % 2n === 0n ? 2 : 3);
    expect(engine.decompress('sm2', concat(prefix, toBytes32(x)))).toEqual(
      concat(toBytes32(x), toBytes32(y)),
    );
    expect(engine.decompress('sm2', concat(prefix, toBytes32(x + P)))).toBeNull();
  });

  test('a signature under a key off the curve does not verify, and fails alone', () => {
    const [d, e] = [7n, 9n];
    const job: SignatureJob = {
      curve: 'sm2',
      publicKey: good,
      digest: toBytes32(e),
      signature: signDigest(d, e, 1000n),
    };
    const offCurve = { ...job, publicKey: flipBit(good, 300) };
    expect(verify(offCurve, job, offCurve)).toEqual([0, 1, 0]);
  });

  test('decompression restores both signs of y, on both curves', () => {
    for (const [curve, openssl] of [
      ['sm2', 'SM2'],
      ['p256', 'prime256v1'],
    ] as const) {
      for (let i = 1; i <= 8; i++) {
        const ecdh = createECDH(openssl);
        ecdh.setPrivateKey(toBytes32(BigInt(i)));
        const full = new Uint8Array(ecdh.getPublicKey().subarray(1));
        const compressed = new Uint8Array(ecdh.getPublicKey(null, 'compressed'));
        expect(engine.decompress(curve, compressed)).toEqual(full);
        expect(engine.isOnCurve(curve, full)).toBe(true);
      }
    }
  });

  test('compressed points with another prefix, or no point at their X, are null', () => {
    const compressed = concat(Uint8Array.of(2), good.subarray(0, 32));
    for (const prefix of [0, 1, 4, 6, 7, 0xff]) {
      expect(engine.decompress('sm2', concat(Uint8Array.of(prefix), compressed.subarray(1)))).toBeNull();
    }
    const noPoint = [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].filter((x) => squareRoot(x) === null);
    expect(noPoint.length).toBeGreaterThan(0);
    for (const x of noPoint) {
      expect(engine.decompress('sm2', concat(Uint8Array.of(2), toBytes32(x)))).toBeNull();
    }
  });
});

describe('P-256', () => {
  test('signatures of node:crypto verify over the digest, high s as well as low', () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const key = concat(Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url'));
    const jobs = Array.from({ length: 8 }, (_, i): SignatureJob => {
      const signature = sign('sha256', Buffer.from(`message ${i}`), {
        key: privateKey,
        dsaEncoding: 'ieee-p1363',
      });
      const digest = createHash('sha256').update(`message ${i}`).digest();
      return { curve: 'p256', publicKey: key, digest, signature };
    });
    const other = jobs.map(({ signature, ...job }) => {
      const s = toInteger(signature.subarray(32));
      return { ...job, signature: concat(signature.subarray(0, 32), toBytes32(order - s)) };
    });
    expect(verify(...jobs, ...other)).toEqual(Array(16).fill(1));
    expect(verify(...jobs.map((job) => ({ ...job, digest: flipBit(job.digest, 0) })))).toEqual(
      Array(8).fill(0),
    );
    expect(verify(...jobs.map((job) => ({ ...job, curve: 'sm2' as const })))).toEqual(Array(8).fill(0));
  });

  test('zero, n and a key off the curve do not verify', () => {
    const digest = new Uint8Array(32).fill(1);
    const publicKey = new Uint8Array(64).fill(2);
    const zero = { curve: 'p256', publicKey, digest, signature: new Uint8Array(64) } as const;
    expect(verify(zero, { ...zero, signature: new Uint8Array(64).fill(0xff) })).toEqual([0, 0]);
  });
});

describe('misuse throws', () => {
  const job: SignatureJob = {
    curve: 'sm2',
    publicKey: new Uint8Array(64),
    digest: new Uint8Array(32),
    signature: new Uint8Array(64),
  };

  test.each(['publicKey', 'digest', 'signature'] as const)('%s of another width', (part) => {
    const width = job[part].length;
    for (const wrong of [0, width - 1, width + 1]) {
      expect(() => engine.verify([job, { ...job, [part]: new Uint8Array(wrong) }])).toThrow(RangeError);
    }
    expect(() => engine.verify([{ ...job, [part]: 'text' as unknown as Uint8Array }])).toThrow(TypeError);
  });

  test('another curve, or another width of key', () => {
    expect(() => engine.verify([{ ...job, curve: 'toString' as 'sm2' }])).toThrow(TypeError);
    expect(() => engine.decompress('sm2', new Uint8Array(64))).toThrow(RangeError);
    expect(() => engine.isOnCurve('sm2', new Uint8Array(33))).toThrow(RangeError);
  });

  test('nothing is no misuse', () => {
    expect(verify()).toEqual([]);
  });
});

test('the self-test takes this engine and refuses one that accepts anything', () => {
  expect(() => assertEngineKnowsAnswer(engine)).not.toThrow();
  const yes = { ...engine, verify: (jobs: readonly SignatureJob[]) => new Uint8Array(jobs.length).fill(1) };
  const no = { ...engine, verify: (jobs: readonly SignatureJob[]) => new Uint8Array(jobs.length) };
  expect(() => assertEngineKnowsAnswer(yes)).toThrow(/self-test/);
  expect(() => assertEngineKnowsAnswer(no)).toThrow(/self-test/);
});

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (0x80 >> (bit & 7));
  return copy;
}

const A = P - 3n;
const B = 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n;

/** y for this x, or null; p = 3 mod 4, so the root is a power. */
function squareRoot(x: bigint): bigint | null {
  const square = mod(x * x * x + A * x + B, P);
  const y = powMod(square, (P + 1n) / 4n, P);
  return mod(y * y, P) === square ? y : null;
}

/** The point with the smallest x from `from` on. */
function pointWithX(from: bigint): { x: bigint; y: bigint } {
  for (let x = from; ; x++) {
    const y = squareRoot(x);
    if (y !== null) return { x, y };
  }
}

/** X ‖ Y of t^-1 (R - sG), t = r + s, in textbook affine arithmetic. */
function combine(point: Uint8Array, r: bigint, s: bigint): Uint8Array {
  const negated = multiplyBase(mod(-s));
  return multiplyPoint(addPoints(point, negated), inverse(r + s));
}

function addPoints(a: Uint8Array, b: Uint8Array): Uint8Array {
  const [x1, y1] = [toInteger(a.subarray(0, 32)), toInteger(a.subarray(32))];
  const [x2, y2] = [toInteger(b.subarray(0, 32)), toInteger(b.subarray(32))];
  const same = x1 === x2;
  const slope = same
    ? mod((3n * x1 * x1 + A) * powMod(2n * y1, P - 2n, P), P)
    : mod((y2 - y1) * powMod(x2 - x1, P - 2n, P), P);
  const x = mod(slope * slope - x1 - x2, P);
  return concat(toBytes32(x), toBytes32(mod(slope * (x1 - x) - y1, P)));
}

function multiplyPoint(point: Uint8Array, k: bigint): Uint8Array {
  let result: Uint8Array | null = null;
  for (const bit of k.toString(2)) {
    if (result !== null) result = addPoints(result, result);
    if (bit === '1') result = result === null ? point : addPoints(result, point);
  }
  return result ?? point;
}
