/** Every place in every size of batch: one bad job fails alone, whatever is beside it. */
import { describe, expect, test } from 'vitest';
import type { SignatureJob } from '../../../../workers/engine/job.ts';
import {
  byName,
  differences,
  engines,
  native,
  nativeEngines,
  portableEngine,
  verdictsOf,
} from './back-ends.rig.ts';
import { CURVES_TESTED, type Curve, P256, SM2 } from './curves.rig.ts';
import { goodJobs, type MessageJob } from './random-jobs.rig.ts';
import { seeded } from './seeded.rig.ts';

const SIZE_MAX = 64;

const good = (curve: Curve, seed: string, keys = SIZE_MAX): MessageJob[] =>
  goodJobs({ curve, seed, count: SIZE_MAX, signatures: SIZE_MAX, keys }, seeded(seed));

function spoiled(job: SignatureJob, how: number): SignatureJob {
  const part = (['digest', 'signature', 'publicKey'] as const)[how % 3] ?? 'digest';
  const bytes = new Uint8Array(job[part]);
  bytes[how % bytes.length] = (bytes[how % bytes.length] ?? 0) ^ 0x40;
  return { ...job, [part]: bytes };
}

const withBad = (jobs: readonly SignatureJob[], bad: number) =>
  jobs.map((job, i) => (i === bad ? spoiled(job, bad) : job));

/** Every place in batches of up to three vectors and in the largest; the first, the last and some in the others. */
function placesIn(size: number): number[] {
  const every = Array.from({ length: size }, (_, i) => i);
  if (size <= 24 || size === SIZE_MAX) return every;
  return [...new Set([0, size >> 1, size - 2, size - 1])];
}

const rows = nativeEngines.flatMap((engine) =>
  CURVES_TESTED.map((curve) => [engine.name, curve.name, engine, curve] as const),
);

describe.each(rows)('%s, %s', (_, __, engine, curve) => {
  const jobs = good(curve, `lanes ${curve.name}`);

  test('sizes 1 to 64: all good, and one bad in each place', () => {
    for (let size = 1; size <= SIZE_MAX; size++) {
      const batch = jobs.slice(0, size);
      expect(
        differences(
          verdictsOf(engine, batch),
          batch.map(() => true),
        ),
      ).toEqual([]);
      for (const bad of placesIn(size)) {
        const expected = batch.map((_, i) => i !== bad);
        const found = differences(verdictsOf(engine, withBad(batch, bad)), expected);
        expect(found, `size ${size}, bad ${bad}`).toEqual([]);
      }
    }
  });

  test('sizes 1 to 64 with prepared keys: one bad in each place, one good in each place', () => {
    const prepared = good(curve, `prepared lanes ${curve.name}`, 4);
    for (const { publicKey } of prepared) engine.prepare(curve.name, publicKey);
    for (let size = 1; size <= SIZE_MAX; size++) {
      const batch = prepared.slice(0, size);
      for (const place of placesIn(size)) {
        const oneBad = batch.map((job, i) => (i === place ? spoiled(job, 3 * i) : job));
        const oneGood = batch.map((job, i) => (i === place ? job : spoiled(job, 3 * i)));
        const isPlace = batch.map((_, i) => i === place);
        expect(differences(verdictsOf(engine, oneGood), isPlace), `size ${size}, good ${place}`).toEqual([]);
        const found = differences(
          verdictsOf(engine, oneBad),
          isPlace.map((is) => !is),
        );
        expect(found, `size ${size}, bad ${place}`).toEqual([]);
      }
    }
  });
});

describe.each(CURVES_TESTED.map((curve) => [curve.name, curve] as const))('portable, %s', (_, curve) => {
  test('one bad in each place of a few sizes', () => {
    const jobs = good(curve, `lanes ${curve.name}`);
    for (const size of [1, 2, 7, 8, 9]) {
      for (let bad = 0; bad < size; bad++) {
        const batch = withBad(jobs.slice(0, size), bad);
        expect(verdictsOf(portableEngine, batch)).toEqual(batch.map((_, i) => i !== bad));
      }
    }
  });
});

describe('both curves, prepared and plain keys, good and bad in one batch', () => {
  const random = seeded('mixed');
  const prepared = CURVES_TESTED.flatMap((curve) => good(curve, `mixed ${curve.name}`, 3));
  const plain = CURVES_TESTED.flatMap((curve) => good(curve, `plain ${curve.name}`));
  const batches = Array.from({ length: 60 }, () =>
    Array.from({ length: 1 + random.below(SIZE_MAX) }, () => {
      const from = random.below(2) === 0 ? prepared : plain;
      const job = from[random.below(from.length)] as SignatureJob;
      const verifies = random.below(3) > 0;
      return { job: verifies ? job : spoiled(job, 3 * random.below(32) + random.below(2)), verifies };
    }),
  );

  test.each(byName())('%s', (_, engine) => {
    for (const { curve, publicKey } of prepared) engine.prepare(curve, publicKey);
    for (const batch of engine === portableEngine ? batches.slice(0, 12) : batches) {
      const verdicts = verdictsOf(
        engine,
        batch.map(({ job }) => job),
      );
      expect(
        differences(
          verdicts,
          batch.map(({ verifies }) => verifies),
        ),
      ).toEqual([]);
    }
  });

  test('no job, and more jobs than the arrays had room for', () => {
    for (const engine of engines) expect(engine.verify([])).toEqual(new Uint8Array());
    for (const { name } of nativeEngines) {
      const engine = native(name);
      const many = Array.from({ length: 1_000 }, (_, i) => plain[i % plain.length] as SignatureJob);
      const bad = [0, 255, 256, 257, 511, 512, 999];
      const jobs = many.map((job, i) => (bad.includes(i) ? spoiled(job, i) : job));
      expect(
        differences(
          verdictsOf(engine, jobs),
          jobs.map((_, i) => !bad.includes(i)),
        ),
      ).toEqual([]);
      expect(verdictsOf(engine, many.slice(0, 3))).toEqual([true, true, true]);
    }
  });

  test('a job of the one curve is none of the other', () => {
    const exchanged = [...good(SM2, 'lanes sm2').slice(0, 4), ...good(P256, 'lanes p256').slice(0, 4)].map(
      (job) => ({ ...job, curve: job.curve === 'sm2' ? ('p256' as const) : ('sm2' as const) }),
    );
    for (const engine of engines) expect(verdictsOf(engine, exchanged)).toEqual(exchanged.map(() => false));
  });
});
