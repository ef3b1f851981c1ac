/** Decompression and the check of points, on every engine, against OpenSSL. */
import { ECDH } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concat, toBytes32 } from '../../../fixtures/openssl-sm2.ts';
import { byName, engines } from './back-ends.rig.ts';
import { CURVES_TESTED, type Curve, keyOf, pointWithX } from './curves.rig.ts';
import { opensslKey } from './openssl-key.rig.ts';
import { seeded } from './seeded.rig.ts';

const POINTS = 2_000;

function opensslDecompress({ openssl }: Curve, compressed: Uint8Array): Uint8Array | null {
  try {
    const point = ECDH.convertKey(compressed, openssl, undefined, undefined, 'uncompressed') as Buffer;
    return new Uint8Array(point.subarray(1));
  } catch {
    return null;
  }
}

const rows = CURVES_TESTED.flatMap((curve) =>
  engines.map((engine) => [curve.name, engine.name, curve, engine] as const),
);

describe.each(rows)('%s on %s', (_, __, curve, engine) => {
  const compressed = (prefix: number, x: bigint) => concat(Uint8Array.of(prefix), toBytes32(x));

  test(`${POINTS} random X: those that OpenSSL has a point for, and the same point`, () => {
    const random = seeded(`points ${curve.name}`);
    let points = 0;
    for (let i = 0; i < POINTS; i++) {
      const bytes = concat(Uint8Array.of(2 + (i & 1)), random.bytes(32));
      const [point, expected] = [engine.decompress(curve.name, bytes), opensslDecompress(curve, bytes)];
      if (Buffer.compare(point ?? new Uint8Array(), expected ?? new Uint8Array()) !== 0) {
        expect(point, Buffer.from(bytes).toString('hex')).toEqual(expected);
      }
      if (point !== null && i % 8 === 0) {
        expect(engine.isOnCurve(curve.name, point)).toBe(true);
        point[random.below(64)] = random.below(256);
        expect(engine.isOnCurve(curve.name, point)).toBe(opensslKey(curve.name, point) !== null);
      }
      points += point === null ? 0 : 1;
    }
    expect(points).toBeGreaterThan(0.45 * POINTS);
    expect(points).toBeLessThan(0.55 * POINTS);
  });

  test('other prefixes are none', () => {
    const { x } = pointWithX(curve, 10n);
    const prefixes = Array.from({ length: 256 }, (_, prefix) => prefix);
    const taken = prefixes.filter((prefix) => engine.decompress(curve.name, compressed(prefix, x)) !== null);
    expect(taken).toEqual([2, 3]);
  });

  test('X at or above p is none, also when it is congruent to a point', () => {
    const { p } = curve;
    for (const { x } of [0n, 5n, 1_000n].map((from) => pointWithX(curve, from))) {
      expect(engine.decompress(curve.name, compressed(2, x))).not.toBeNull();
      expect(engine.decompress(curve.name, compressed(2, x + p))).toBeNull();
      expect(engine.decompress(curve.name, compressed(3, x + p))).toBeNull();
    }
    for (const x of [p, p + 1n, 2n ** 256n - 1n]) {
      expect(engine.decompress(curve.name, compressed(2, x))).toBeNull();
    }
  });

  test('the two points of an X differ by the sign of Y, and the largest X that has any is taken', () => {
    const largest = pointWithX(curve, curve.p - 40n);
    expect(largest.x).toBeLessThan(curve.p);
    for (const point of [largest, pointWithX(curve, 0n)]) {
      const other = { x: point.x, y: curve.p - point.y };
      const odd = point.y % 2n === 1n ? point : other;
      const even = odd === point ? other : point;
      expect(engine.decompress(curve.name, compressed(3, point.x))).toEqual(keyOf(odd));
      expect(engine.decompress(curve.name, compressed(2, point.x))).toEqual(keyOf(even));
      expect(engine.isOnCurve(curve.name, keyOf(odd))).toBe(true);
    }
  });
});

test.each(byName())('%s: encodings of infinity are no points', (_, engine) => {
  for (const { name } of CURVES_TESTED) {
    expect(engine.isOnCurve(name, new Uint8Array(64))).toBe(false);
    for (const prefix of [0, 2, 3]) {
      const zeros = concat(Uint8Array.of(prefix), new Uint8Array(32));
      const point = engine.decompress(name, zeros);
      // X = 0 is a point like any other where the curve has one.
      expect(point === null || engine.isOnCurve(name, point)).toBe(true);
      if (prefix === 0) expect(point).toBeNull();
    }
  }
});
