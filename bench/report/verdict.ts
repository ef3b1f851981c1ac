/** Whether a run held its objective, and by what it did not: the first thing that table, page and exit status say. */
import { COUNT_CHECKS, LATENCY_CHECKS, type LatencyCheck, type Limit, type Objective } from '../objective.ts';
import { type Counts, countsOf, percent } from './counts.ts';
import { compact } from './figures.ts';
import type { Check, Latency, Phase, Verdict } from './result.ts';

export interface Seen {
  readonly phases: readonly Phase[];
  /** Taps of phases that are not in the report, and checks of the profile's own. */
  readonly unmeasured?: Partial<Counts>;
  readonly checks?: readonly Check[];
}

const LATENCY_FIELDS = {
  p50: 'p50_ms',
  p90: 'p90_ms',
  p99: 'p99_ms',
  'p99.9': 'p999_ms',
  max: 'max_ms',
} as const satisfies Record<LatencyCheck, keyof Latency>;

export function verdictOf(objective: Objective, { phases, unmeasured = {}, checks = [] }: Seen): Verdict {
  const all: Check[] = [...checks];
  for (const name of LATENCY_CHECKS) {
    const limit = objective[name];
    if (limit && limit.unit !== 'any') all.push(latencyCheck(name, limit, phases));
  }
  const counts = countsOf(phases);
  for (const name of COUNT_CHECKS) {
    const limit = objective[name];
    if (!limit || limit.unit === 'any') continue;
    // A warm-up is held to right answers as well. What it was refused is told in a warning.
    const outside = name === 'refused' ? 0 : (unmeasured[name] ?? 0);
    const meantThere = outside === 0 ? 0 : (unmeasured.intended ?? 0);
    all.push(countCheck(name, limit, counts[name] + outside, counts.intended + meantThere));
  }
  return { passed: all.every(({ passed }) => passed), checks: all };
}

/** What stands first. Where no limit was asked for, nothing was held to one, and nothing passed. */
export function verdictWord({ passed, checks }: Verdict): { tone: 'good' | 'bad' | 'none'; word: string } {
  if (checks.length === 0) return { tone: 'none', word: '– Not held to anything' };
  return passed ? { tone: 'good', word: '✓ Passed' } : { tone: 'bad', word: '✗ Failed' };
}

/** One line: what failed; or, where nothing did, all that was asked. */
export function verdictLine({ passed, checks }: Verdict): string {
  if (checks.length === 0) return 'no limit was asked for (--fail-on)';
  const told = passed ? checks : checks.filter((each) => !each.passed);
  return told.map(({ name, seen, limit }) => `${name} ${seen} (${limit})`).join(' · ');
}

/** The worst phase counts. A phase in which nothing was judged has no latency, and so none that could be held. */
function latencyCheck(name: LatencyCheck, { value }: Limit, phases: readonly Phase[]): Check {
  const limit = `at most ${compact(value)} ms`;
  const tapped = phases.filter(({ intended }) => intended > 0);
  const empty = tapped.find(({ latency }) => latency.count === 0);
  if (empty !== undefined || tapped.length === 0) {
    const where = empty === undefined || tapped.length === 1 ? '' : ` in “${empty.name}”`;
    return { name, limit, seen: `of no tap: none was judged${where}`, passed: false };
  }
  const field = LATENCY_FIELDS[name];
  const worst = tapped.reduce((most, phase) => (phase.latency[field] > most.latency[field] ? phase : most));
  const ms = worst.latency[field];
  const where = tapped.length === 1 ? '' : ` in “${worst.name}”`;
  return { name, limit, seen: `${compact(ms)} ms${where}`, passed: ms <= value };
}

function countCheck(name: string, { value, unit }: Limit, many: number, of: number): Check {
  const part = unit === 'percent';
  const seen =
    many === 0 || of === 0
      ? compact(many)
      : `${many.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} taps, ${percent(many, of)}`;
  const held = part ? 100 * many <= value * of : many <= value;
  const limit = value === 0 ? 'none may be' : `at most ${compact(value)}${part ? ' %' : ''}`;
  return { name, limit, seen, passed: held };
}
