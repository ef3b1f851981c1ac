import { describe, expect, test } from 'vitest';
import { target as cardPki, dearInputs } from '../../fuzz/card-pki.target.ts';
import { target as der } from '../../fuzz/der.target.ts';
import { fuzz } from '../../fuzz/driver.ts';

/** `npm run fuzz -- der` goes on for as long as one likes, led by coverage. */
const TIMES = process.env['ONECARD_FULL'] === '1' ? 20 : 1;

describe('mutated DER, and cards with certificates', () => {
  test.each([
    [der, 15_000 * TIMES],
    [cardPki, 4_000 * TIMES],
  ] as const)('are refused or read, without a throw, in little time and memory', (target, runsMax) => {
    const { runs, findings } = fuzz(target, { seed: 15, runsMax });
    expect(findings.map(({ what }) => what)).toEqual([]);
    expect(runs).toBe(runsMax);
  });
});

test('a forged chain of as many names and constraints as fit is refused in time', () => {
  const dear = dearInputs();
  const { findings } = fuzz({ ...cardPki, seeds: () => dear }, { seed: 15, runsMax: dear.length });
  expect(findings.map(({ what }) => what)).toEqual([]);
});

describe('the driver', () => {
  const broken = (run: () => void) => ({
    name: 'broken',
    seeds: () => [Uint8Array.of(1)],
    mutate: (input: Uint8Array) => input,
    run,
  });

  test('finds a throw, time and memory', () => {
    const once = { seed: 1, runsMax: 2 };
    const thrown = fuzz(
      broken(() => {
        throw new RangeError('a fault');
      }),
      once,
    );
    expect(thrown.findings[0]?.what).toContain('a fault');
    const slow = fuzz(
      broken(() => {
        // The driver counts the processor's time, which a busy machine gives more slowly.
        const spentMs = () => process.cpuUsage().user / 1_000;
        for (const startedMs = spentMs(); spentMs() - startedMs < 60; );
      }),
      once,
    );
    expect(slow.findings[0]?.what).toContain('ms');
    const kept: Uint8Array[] = [];
    // More than a collection in between gives back; none of it is touched.
    const large = fuzz(
      broken(() => void kept.push(new Uint8Array(100_000_000))),
      once,
    );
    expect(large.findings[0]?.what).toContain('bytes');
  });
});
