/**
 * Searches the highest arrival rate that holds an objective: up in steps of a half until one fails, then by halving
 * what is between. A rate holds when p99 is inside and every tap was sent, judged and answered rightly. Every rate is
 * judged by a phase of the same length.
 *
 * On a virtual machine the hypervisor takes processors away now and then, and every tap waits meanwhile. That is no
 * property of the gateway, and the kernel counts it (steal time): seconds in which it happened are not judged by.
 */
import type { PhaseOutcome, Run } from '../drive/run.ts';
import type { Tally } from '../drive/tally.ts';
import type { Table } from '../report/result.ts';

export interface CapacitySearch {
  readonly startRate: number;
  /** It ends when what holds and what does not are this close, as a ratio. */
  readonly close: number;
  readonly stepSeconds: number;
  readonly sloP99Ms: number;
  readonly patience: Patience;
}

/** Of a whole run with a machine that others use: phases that could not be judged and may still be driven again. */
export interface Patience {
  phasesLeft: number;
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
  /** Seconds it was judged by: those in which the hypervisor took nothing; all, where the whole phase held. */
  readonly judgedS: number;
  readonly verdict: 'held' | 'failed' | 'not judged';
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
/** It gives up this far below where it began. */
const GIVE_UP = 1 / 16;
/** A rate that failed so often has failed. */
const FAILURES = 2;
/** Part of a phase's seconds that must be undisturbed for it to be judged by them. */
const JUDGED_PART = 0.5;
/** Phases of one rate that could not be judged, after which it is given up. */
const DISTURBED_MAX = 12;

export async function searchCapacity(run: Run, search: CapacitySearch): Promise<CapacityFound> {
  const tried: RateTried[] = [];
  const { startRate, close, stepSeconds, sloP99Ms, patience } = search;
  const trial = { step: 'search', seconds: stepSeconds, sloP99Ms, patience } as const;
  const lowest = startRate * GIVE_UP;
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let rate = startRate;
  while (high / Math.max(low, lowest) > close && tried.length < TRIES_MAX) {
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
  readonly patience: Patience;
}

/**
 * Drives one rate; once more when it failed as it might at a hiccup of the machine, and as often as need be, within
 * bounds, when the hypervisor left too few seconds to judge by.
 */
export async function tryRate(run: Run, trial: Trial): Promise<readonly RateTried[]> {
  const { step, rate, sloP99Ms, patience } = trial;
  const tried: RateTried[] = [];
  for (let failed = 0, disturbed = 0; ; ) {
    const name = `${step} ${Math.round(rate)}/s${tried.length > 0 ? ' again' : ''}`;
    const seen = judged(await run.phase({ name, rate, seconds: trial.seconds }), trial);
    tried.push(seen);
    if (seen.verdict === 'held') return tried;
    if (seen.verdict === 'failed') {
      failed += 1;
      // A machine that stands still for a moment spoils the slowest taps. Half of them late is no hiccup.
      if (failed === FAILURES || seen.p50Ms > sloP99Ms) return tried;
    } else {
      disturbed += 1;
      patience.phasesLeft -= 1;
      if (disturbed === DISTURBED_MAX || patience.phasesLeft < 0) {
        run.warnings.add(`${name}: the hypervisor took the processors too often to judge this rate`);
        return tried;
      }
    }
  }
}

/** How a phase is judged: whole if it held so, else by its undisturbed seconds if there are enough. */
function judged(outcome: PhaseOutcome, { step, rate, seconds, sloP99Ms }: Trial): RateTried {
  const of = (judgedS: number, tally: Tally, verdict: RateTried['verdict'], reasons: readonly string[]) => {
    const { p50_ms: p50Ms, p99_ms: p99Ms } = tally.latency;
    const { lagP99Ms } = tally;
    return { step, rate, seconds, p50Ms, p99Ms, lagP99Ms, judgedS, verdict, whyNot: reasons };
  };
  const whole = whyNot(outcome.tally, sloP99Ms);
  if (whole.length === 0) return of(seconds, outcome.tally, 'held', whole);
  // No machine that is taken away now and then holds up each single tap.
  if (outcome.tally.fastestMs > sloP99Ms) return of(seconds, outcome.tally, 'failed', whole);
  const calm = outcome.undisturbed();
  // What is wrong or was never answered is so whatever the machine did.
  const { wrong, unanswered, repeated } = outcome.tally;
  const reasons = whyNot({ ...calm.tally, wrong, unanswered, repeated }, sloP99Ms);
  const lasting = wrong + unanswered + repeated > 0;
  if (calm.seconds < seconds * JUDGED_PART && !lasting)
    return of(calm.seconds, outcome.tally, 'not judged', whole);
  return of(calm.seconds, calm.tally, reasons.length === 0 ? 'held' : 'failed', reasons);
}

export function hasHeld(attempts: readonly RateTried[]): boolean {
  return attempts.at(-1)?.verdict === 'held';
}

const LOSSES = {
  unsent: 'never sent',
  unanswered: 'unanswered',
  refused: 'refused',
  wrong: 'wrong',
  repeated: 'answered twice',
} as const satisfies Partial<Record<keyof Tally, string>>;

/** What an objective is held against. */
export type Judged = Pick<Tally, keyof typeof LOSSES> & {
  readonly latency: Pick<Tally['latency'], 'p50_ms' | 'p99_ms'>;
};

/** Why a rate does not hold the objective, in words; empty when it does. */
export function whyNot(tally: Judged, sloP99Ms: number): string[] {
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
    about: `A rate holds when p99 is at most ${sloP99Ms} ms and no tap was lost or refused. One that fails is tried once more, unless half of its taps were late. Judged by: the seconds in which, and before which, the hypervisor took nothing of the processors; with fewer than half of them a phase is not judged, and is repeated. Sent late: by the generator, at p99; it counts in the latency.`,
    columns: [
      'step',
      'taps/s',
      'seconds',
      'judged by',
      'p50 ms',
      'p99 ms',
      'sent late ms',
      'verdict',
      'why not',
    ],
    rows: tried.map(({ step, rate, seconds, judgedS, p50Ms, p99Ms, lagP99Ms, verdict, whyNot: reasons }) => [
      step,
      Math.round(rate),
      seconds,
      judgedS,
      p50Ms,
      p99Ms,
      lagP99Ms,
      verdict,
      reasons.join(', '),
    ]),
  };
}
