/**
 * Searches the highest arrival rate that holds an objective: up in steps of a half until one fails, then by halving
 * what is between. A rate holds when p99 is inside and every tap was sent, judged and answered rightly. Every rate is
 * judged by a phase of the same length.
 */
import type { PhaseOutcome, Run } from '../drive/run.ts';
import type { Tally } from '../drive/tally.ts';
import type { Table } from '../report/result.ts';

export interface CapacitySearch {
  readonly startRate: number;
  readonly stepSeconds: number;
  readonly sloP99Ms: number;
}

/** One phase at one rate, and how it was judged. */
export interface RateTried {
  readonly step: 'search' | 'confirm';
  /** Taps a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How late the generator sent, at p99: a machine that is busy otherwise shows here. */
  readonly lagP99Ms: number;
  /** Empty: the rate held. */
  readonly whyNot: readonly string[];
}

export interface CapacityFound {
  /** Taps a second; 0: none held. */
  readonly rate: number;
  readonly tried: readonly RateTried[];
}

const STEP = 1.5;
const TRIES_MAX = 30;
/** The search ends when what holds and what does not are this close. */
const CLOSE = 1.06;
/** It gives up this far below where it began. */
const GIVE_UP = 1 / 16;

export async function searchCapacity(run: Run, search: CapacitySearch): Promise<CapacityFound> {
  const tried: RateTried[] = [];
  const { startRate, stepSeconds, sloP99Ms } = search;
  const trial = { step: 'search', seconds: stepSeconds, sloP99Ms } as const;
  const lowest = startRate * GIVE_UP;
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let rate = startRate;
  while (high / Math.max(low, lowest) > CLOSE && tried.length < TRIES_MAX) {
    const attempts = await tryRate(run, { ...trial, rate });
    tried.push(...attempts);
    if (hasHeld(attempts)) low = rate;
    else high = rate;
    rate =
      high === Number.POSITIVE_INFINITY ? low * STEP : low === 0 ? high / STEP / STEP : Math.sqrt(low * high);
  }
  return { rate: low, tried };
}

export interface Trial {
  readonly step: RateTried['step'];
  readonly rate: number;
  readonly seconds: number;
  readonly sloP99Ms: number;
}

/** Drives one rate; once more when it failed as it might at a hiccup of the machine. */
export async function tryRate(run: Run, trial: Trial): Promise<readonly RateTried[]> {
  const { step, rate, seconds, sloP99Ms } = trial;
  const once = async (name: string): Promise<RateTried> => {
    const outcome = await run.phase({ name, rate, seconds });
    const { p50_ms: p50Ms, p99_ms: p99Ms } = outcome.tally.latency;
    const { lagP99Ms } = outcome.tally;
    return { step, rate, seconds, p50Ms, p99Ms, lagP99Ms, whyNot: whyNot(outcome, sloP99Ms) };
  };
  const name = `${step} ${Math.round(rate)}/s`;
  const first = await once(name);
  // A machine that stands still for a moment spoils the slowest taps. Half of them late is no hiccup.
  if (first.whyNot.length === 0 || first.p50Ms > sloP99Ms) return [first];
  return [first, await once(`${name} again`)];
}

export function hasHeld(attempts: readonly RateTried[]): boolean {
  return attempts.at(-1)?.whyNot.length === 0;
}

const LOSSES = {
  unsent: 'never sent',
  unanswered: 'unanswered',
  refused: 'refused',
  wrong: 'wrong',
  repeated: 'answered twice',
} as const satisfies Partial<Record<keyof Tally, string>>;

/** Why a rate does not hold the objective, in words; empty when it does. */
export function whyNot({ tally }: Pick<PhaseOutcome, 'tally'>, sloP99Ms: number): string[] {
  const { p99_ms } = tally.latency;
  const over = 100 * (p99_ms / sloP99Ms - 1);
  return [
    ...(over > 0 ? [`p99 ${over < 1 ? over.toFixed(1) : Math.round(over)} % above`] : []),
    ...Object.entries(LOSSES).flatMap(([field, word]) => {
      const many = tally[field as keyof typeof LOSSES];
      return many > 0 ? [`${many} ${word}`] : [];
    }),
  ];
}

export function ratesTable(tried: readonly RateTried[], sloP99Ms: number): Table {
  return {
    title: 'Rates tried',
    about: `A rate holds when p99 is at most ${sloP99Ms} ms and no tap was lost or refused. One that fails is tried once more, unless half of its taps were late. Sent late: by the generator, at p99; it counts in the latency.`,
    columns: ['step', 'taps/s', 'seconds', 'p50 ms', 'p99 ms', 'sent late ms', 'held', 'why not'],
    rows: tried.map(({ step, rate, seconds, p50Ms, p99Ms, lagP99Ms, whyNot: reasons }) => [
      step,
      Math.round(rate),
      seconds,
      p50Ms,
      p99Ms,
      lagP99Ms,
      reasons.length === 0 ? 'yes' : 'no',
      reasons.join(', '),
    ]),
  };
}
