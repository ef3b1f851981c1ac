/** Scalars and points at the edges, made to fit by plain integers, on every engine, plain and prepared. */
import { describe, expect, test } from 'vitest';
import type { SignatureEngine, SignatureJob } from '../../../../workers/engine/job.ts';
import { concat, mod, toBytes32 } from '../../../fixtures/openssl-sm2.ts';
import { byName, differences, engines, plainAndPrepared } from './back-ends.rig.ts';
import {
  add,
  baseMultiple,
  CURVES_TESTED,
  type Curve,
  invert,
  jobOf,
  jobOfScalars,
  keyOf,
  multiple,
  negate,
  type Point,
  pointWithX,
  SM2,
} from './curves.rig.ts';
import { seeded } from './seeded.rig.ts';

const ONES = 2n ** 256n - 1n;

type Case = readonly [what: string, job: SignatureJob, verifies: boolean];

function check(engine: SignatureEngine, cases: readonly Case[]): void {
  const [jobs, expected] = [cases.map(([, job]) => job), cases.map(([, , verifies]) => verifies)];
  for (const verdicts of plainAndPrepared(engine, jobs)) {
    expect(differences(verdicts, expected, (i) => cases[i]?.[0] ?? '')).toEqual([]);
  }
}

/** The key for which u1·G + u2·key is R, also where nobody knows the logarithm of R. */
function keyReaching(curve: Curve, target: Point, u1: bigint, u2: bigint): Point {
  const rest = add(curve, target, negate(curve, baseMultiple(curve, u1)));
  return multiple(curve, rest, invert(mod(u2, curve.n), curve.n));
}

/** A job that verifies and has this s; and, where the curve leaves it free, this r. */
function jobWithScalars(
  curve: Curve,
  target: { x: bigint; y: bigint },
  freeR: bigint,
  s: bigint,
): SignatureJob {
  const { name, n } = curve;
  const r = name === 'sm2' ? freeR : mod(target.x, n);
  // SM2: e makes r fit. ECDSA: r is x of R, and e is whatever it is.
  const e = name === 'sm2' ? mod(r - target.x, n) : 0x1234_5678n;
  const u1 = name === 'sm2' ? s : e * invert(s, n);
  const u2 = name === 'sm2' ? r + s : r * invert(s, n);
  return jobOf(curve, keyReaching(curve, target, mod(u1, n), mod(u2, n)), e, r, s);
}

const rows = CURVES_TESTED.flatMap((curve) =>
  engines.map((engine) => [curve.name, engine.name, curve, engine] as const),
);

describe.each(rows)('%s on %s', (_, __, curve, engine) => {
  const { n, p } = curve;
  const random = seeded(`edges ${curve.name}`);
  const base = (k: bigint) => {
    const point = baseMultiple(curve, k);
    if (point === null) throw new Error('infinity');
    return point;
  };
  const x = (k: bigint) => base(k).x;

  test('r and s that are no scalars', () => {
    const values = [0n, n, n + 1n, n + 7n, p - 1n, p, p + 1n, ONES - 1n, ONES];
    const key = base(0x1234_5678n);
    check(
      engine,
      values.flatMap((value): Case[] => [
        [`r = ${value}`, jobOf(curve, key, 5n, value, 7n), false],
        [`s = ${value}`, jobOf(curve, key, 5n, 7n, value), false],
        [`both ${value}`, jobOf(curve, key, 5n, value, value), false],
      ]),
    );
  });

  test('r and s at 1 and n - 1 are good; congruent ones at or above n are not', () => {
    // ECDSA cannot choose r: the smallest there is.
    const small = pointWithX(curve, 1n);
    const r = curve === SM2 ? 1n : small.x;
    const pairs = [
      [r, 1n],
      [r, 2n],
      [curve === SM2 ? n - 1n : r, n - 1n],
      [curve === SM2 ? n - 1n : r, n - 2n],
    ] as const;
    const cases = pairs
      .filter(([r, s]) => mod(r + s, n) !== 0n)
      .flatMap(([r, s]): Case[] => {
        const job = jobWithScalars(curve, small, r, s);
        const with_ = (r: bigint, s: bigint) => ({ ...job, signature: concat(toBytes32(r), toBytes32(s)) });
        return [
          [`${r}, ${s}`, job, true],
          ...(r + n <= ONES ? [[`${r} + n, ${s}`, with_(r + n, s), false] as const] : []),
          ...(s + n <= ONES ? [[`${r}, ${s} + n`, with_(r, s + n), false] as const] : []),
          [`${r}, s changed`, with_(r, s ^ 0x10n), false],
        ];
      });
    expect(cases.filter(([, , verifies]) => verifies).length).toBeGreaterThanOrEqual(3);
    check(engine, cases);
  });

  // ECDSA has no such sum, and nothing to refuse.
  if (curve === SM2) {
    test('t = r + s = 0 mod n', () => {
      const key = base(77n);
      // What is left is s·G: r = e + x would hold.
      const cases = [1n, 5n, n - 1n, random.scalar(n)].map((s): Case => {
        const r = n - s;
        return [`s = ${s}`, jobOf(curve, key, mod(r - x(s), n), r, s), false];
      });
      check(engine, cases);
    });
  }

  test('x of R at or above n counts modulo n', () => {
    const from = [n, n + 12_345n, p - 100_000n].map((start) => pointWithX(curve, start));
    const cases = from.flatMap((target): Case[] => {
      expect(target.x >= n && target.x < p).toBe(true);
      const [u1, u2] = [random.scalar(n), random.scalar(n)];
      const key = keyReaching(curve, target, u1, u2);
      return [
        [`x = n + ${target.x - n}`, jobOfScalars(curve, key, u1, u2, target.x), true],
        ['x + 1', jobOfScalars(curve, key, u1, u2, target.x + 1n), false],
      ];
    });
    check(engine, cases);
  });

  test('r below p - n, and x of R is r, not r + n', () => {
    const cases = [1n, 1_000_000n, p - n - 100_000n].flatMap((start): Case[] => {
      const target = pointWithX(curve, start);
      expect(target.x + n).toBeLessThan(p);
      const [u1, u2] = [random.scalar(n), random.scalar(n)];
      const key = keyReaching(curve, target, u1, u2);
      return [[`x = ${target.x}`, jobOfScalars(curve, key, u1, u2, target.x), true]];
    });
    check(engine, cases);
  });

  test('r at or above p - n: r + n is not taken modulo p', () => {
    const cases = [0n, 1_000n].map((start): Case => {
      const target = pointWithX(curve, start);
      const [u1, u2] = [random.scalar(n), random.scalar(n)];
      // x of R is (r + n) mod p, which proves nothing.
      const claimed = target.x + p - n;
      const key = keyReaching(curve, target, u1, u2);
      return [`x = ${target.x}`, jobOfScalars(curve, key, u1, u2, claimed), false];
    });
    check(engine, cases);
  });

  test('the sum at infinity', () => {
    const scalars = [1n, 2n, 15n, 16n, 17n, n - 1n, random.scalar(n), random.scalar(n)];
    const cases = scalars.flatMap((u1, i) => {
      const u2 = i % 2 === 0 ? 3n : random.scalar(n);
      const key = base(mod(-u1 * invert(u2, n), n));
      const claims = [...(curve === SM2 ? [0n] : []), 1n, x(1n), x(u1), x(2n * u1)];
      return claims.map(
        (claim): Case => [`u1 = ${u1}, x = ${claim}`, jobOfScalars(curve, key, u1, u2, claim), false],
      );
    });
    check(engine, cases);
  });

  test('the addition of equal points is a doubling', () => {
    const scalars = [1n, 2n, 8n, 16n, 255n, 2n ** 128n, 2n ** 255n, n - 1n, n - 2n, random.scalar(n)];
    const cases = scalars.flatMap((u1, i): Case[] => {
      const u2 = i % 2 === 0 ? 1n : random.scalar(n);
      const key = base(mod(u1 * invert(u2, n), n));
      // SM2: r = u2 - u1 must not be 0.
      if (curve === SM2 && mod(u2 - u1, n) === 0n) return [];
      return [
        [`u1 = ${u1}`, jobOfScalars(curve, key, u1, u2, x(2n * u1)), true],
        [`u1 = ${u1}, other x`, jobOfScalars(curve, key, u1, u2, x(u1)), false],
      ];
    });
    expect(cases.length).toBeGreaterThanOrEqual(18);
    check(engine, cases);
  });

  test('keys that are small multiples of the base point, and scalars that meet them', () => {
    const cases = [1n, 2n, 3n, n - 1n, n - 2n, n - 3n].flatMap((d) =>
      [
        [1n, 1n],
        [2n, 3n],
        [3n, 2n],
        [n - 1n, 2n],
        [4n, n - 2n],
        [1n, 2n ** 254n],
      ].flatMap(([u1 = 1n, u2 = 1n]): Case[] => {
        const sum = mod(u1 + u2 * d, n);
        if (sum === 0n || (curve === SM2 && u1 === u2)) return [];
        return [[`d = ${d}, ${u1}, ${u2}`, jobOfScalars(curve, base(d), u1, u2, x(sum)), true]];
      }),
    );
    check(engine, cases);
  });

  test('a digest at or above n counts modulo n; a digest of zero is one', () => {
    const job = jobOfScalars(curve, base(99n), 12n, 34n, x(12n + 34n * 99n));
    const target = base(0x5eedn);
    // For e = 0: SM2 r = x, ECDSA u1 = 0.
    const [r, s] = [mod(target.x, n), 4321n];
    const [u1, u2] = curve === SM2 ? [s, mod(r + s, n)] : [0n, r * invert(s, n)];
    const atZero = (e: bigint) => jobOf(curve, keyReaching(curve, target, u1, u2), e, r, s);
    check(engine, [
      ['as it was', job, true],
      ['e = 0', atZero(0n), true],
      ['e = n', atZero(n), true],
      ['e = 1', atZero(1n), false],
      ['e = all ones', atZero(ONES), false],
      ['e = n - 1', atZero(n - 1n), false],
    ]);
  });

  test('keys that are no points', () => {
    const point = pointWithX(curve, 3n);
    const [u1, u2] = [random.scalar(n), random.scalar(n)];
    const sum = add(curve, base(u1), multiple(curve, point, u2));
    const good = jobOfScalars(curve, point, u1, u2, sum?.x ?? 0n);
    const keys: [string, Uint8Array][] = [
      ['x + p', concat(toBytes32(point.x + p), toBytes32(point.y))],
      ['y off by one', concat(toBytes32(point.x), toBytes32(point.y ^ 1n))],
      ['x off by one', concat(toBytes32(point.x + 1n), toBytes32(point.y))],
      ['x and y exchanged', concat(toBytes32(point.y), toBytes32(point.x))],
      ['zeros', new Uint8Array(64)],
      ['ones', new Uint8Array(64).fill(0xff)],
      ['x = 0, y = 1', concat(toBytes32(0n), toBytes32(1n))],
      ['p, p', concat(toBytes32(p), toBytes32(p))],
      ['of the other curve', keyOf(baseMultiple(CURVES_TESTED.find((c) => c !== curve) ?? curve, 5n))],
    ];
    expect(engine.isOnCurve(curve.name, good.publicKey)).toBe(true);
    expect(keys.filter(([, key]) => engine.isOnCurve(curve.name, key)).map(([what]) => what)).toEqual([]);
    check(engine, [
      ['good', good, true],
      ...keys.map(([what, publicKey]): Case => [what, { ...good, publicKey }, false]),
      ['good again', good, true],
      ['negated', { ...good, publicKey: keyOf(negate(curve, point)) }, false],
    ]);
  });
});

test('there is at least one engine', () => {
  expect(byName().map(([name]) => name)).toContain('portable');
});
