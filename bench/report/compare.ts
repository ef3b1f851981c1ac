/**
 * Compares two runs and says plainly: faster, slower, or no difference seen. A difference is told only when the 95 %
 * confidence interval of the ratio of medians leaves no difference out, and the ratio is large enough to matter.
 *
 * Samples of one run follow one another in time and are not independent, so the interval comes from a moving-block
 * bootstrap (Künsch 1989), whose draws are fixed: the same two files always give the same words.
 */
import type { RunResult } from './result.ts';

export type Verdict = 'faster' | 'slower' | 'no difference seen' | 'too few samples';

export interface Comparison {
  readonly sample: string;
  readonly baseline: number;
  readonly now: number;
  /** Median now over median then, and its 95 % confidence interval. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
}

export interface ComparedRuns {
  readonly comparisons: readonly Comparison[];
  /** What makes the two runs hard to compare: another machine, other options, other answers. */
  readonly cautions: readonly string[];
}

const DRAWS = 2_000;
/** Samples that stay together in a draw: neighbours in time resemble one another. */
const BLOCK = 3;
const SAMPLES_MIN = 6;
/** Differences below this part are not worth a word, however sure. */
const WORTH_TELLING = 0.02;

export function compareRuns(baseline: RunResult, now: RunResult): ComparedRuns {
  const names = Object.keys(now.samples).filter((name) => baseline.samples[name] !== undefined);
  return {
    comparisons: names.map((name) =>
      compareSamples(name, baseline.samples[name] ?? [], now.samples[name] ?? []),
    ),
    cautions: cautions(baseline, now),
  };
}

/** Whether less is better follows from the unit in the name: rates are better high, times and sizes low. */
export function compareSamples(
  sample: string,
  baseline: readonly number[],
  now: readonly number[],
): Comparison {
  const [before, after] = [median(baseline), median(now)];
  const ratio = after / before;
  if (baseline.length < SAMPLES_MIN || now.length < SAMPLES_MIN || !Number.isFinite(ratio)) {
    return {
      sample,
      baseline: before,
      now: after,
      ratio,
      low: 0,
      high: Number.POSITIVE_INFINITY,
      verdict: 'too few samples',
    };
  }
  const draw = generator();
  const ratios = new Float64Array(DRAWS);
  for (let i = 0; i < DRAWS; i += 1)
    ratios[i] = median(resampled(now, draw)) / median(resampled(baseline, draw));
  ratios.sort();
  const low = ratios[Math.floor(DRAWS * 0.025)] ?? 0;
  const high = ratios[Math.ceil(DRAWS * 0.975) - 1] ?? 0;
  return {
    sample,
    baseline: before,
    now: after,
    ratio,
    low,
    high,
    verdict: verdictOf(sample, ratio, low, high),
  };
}

function verdictOf(sample: string, ratio: number, low: number, high: number): Verdict {
  if ((low <= 1 && high >= 1) || Math.abs(ratio - 1) < WORTH_TELLING) return 'no difference seen';
  const moreIsBetter = sample.endsWith('_per_s');
  return ratio > 1 === moreIsBetter ? 'faster' : 'slower';
}

function cautions(baseline: RunResult, now: RunResult): string[] {
  const told: string[] = [];
  const differing = (what: string, a: unknown, b: unknown) => {
    if (JSON.stringify(a) !== JSON.stringify(b)) told.push(`${what}: ${shown(a)} then, ${shown(b)} now`);
  };
  differing('profile', baseline.profile, now.profile);
  differing('machine', baseline.machine['cpu'], now.machine['cpu']);
  differing('cores', baseline.machine['cores'], now.machine['cores']);
  differing('scheduling', baseline.machine['scheduling'], now.machine['scheduling']);
  differing('engine', baseline.engine, now.engine);
  differing('settings', baseline.settings, now.settings);
  differing('seed', baseline.seed, now.seed);
  for (const name of Object.keys({ ...baseline.options, ...now.options })) {
    differing(`option ${name}`, baseline.options[name], now.options[name]);
  }
  const sameTaps = baseline.seed === now.seed && baseline.profile === now.profile;
  if (told.length === 0 && sameTaps && baseline.decisions_sha256 !== now.decisions_sha256) {
    told.push('the same taps were answered differently: look for a wrong answer before comparing speed');
  }
  return told;
}

const shown = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));

/** Blocks drawn with replacement, as many values as there were. */
function resampled(values: readonly number[], draw: () => number): Float64Array {
  const drawn = new Float64Array(values.length);
  for (let i = 0; i < values.length; ) {
    const start = Math.floor(draw() * values.length);
    for (let k = 0; k < BLOCK && i < values.length; k += 1, i += 1) {
      drawn[i] = values[(start + k) % values.length] ?? 0;
    }
  }
  return drawn;
}

function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** xorshift32 (Marsaglia 2003) from a fixed start. */
function generator(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
