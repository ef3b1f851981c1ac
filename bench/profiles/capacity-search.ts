/**
 * Searches the highest arrival rate that holds an objective: up in steps of a half until one fails, then by halving
 * what is between. A rate holds when p99 is inside and every tap was sent, judged and answered rightly.
 */
import type { PhaseOutcome, Run } from '../drive/run.ts';

export interface CapacitySearch {
  readonly startRate: number;
  readonly stepSeconds: number;
  readonly sloP99Ms: number;
}

export interface CapacityFound {
  /** Taps a second; 0: none held. */
  readonly rate: number;
  readonly steps: readonly { readonly rate: number; readonly held: boolean; readonly p99Ms: number }[];
}

const STEP = 1.5;
const STEPS_MAX = 30;
/** The search ends when what holds and what does not are this close. */
const CLOSE = 1.06;
/** It gives up this far below where it began. */
const GIVE_UP = 1 / 16;
/** So many times the objective is no hiccup. */
const HOPELESS = 5;

export async function searchCapacity(run: Run, search: CapacitySearch): Promise<CapacityFound> {
  const steps: { rate: number; held: boolean; p99Ms: number }[] = [];
  const once = async (rate: number) => {
    const outcome = await run.phase({
      name: `search ${Math.round(rate)}/s`,
      rate,
      seconds: search.stepSeconds,
    });
    const held = holds(outcome, search.sloP99Ms);
    steps.push({ rate, held, p99Ms: outcome.tally.latency.p99_ms });
    return held || outcome.tally.latency.p99_ms > search.sloP99Ms * HOPELESS ? held : null;
  };
  // A rate that only just fails is tried again: a search should not end at a hiccup of the machine.
  const holdsAt = async (rate: number) => (await once(rate)) ?? (await once(rate)) ?? false;
  const lowest = search.startRate * GIVE_UP;
  let [low, high] = [0, Number.POSITIVE_INFINITY];
  let rate = search.startRate;
  while (high / Math.max(low, lowest) > CLOSE && steps.length < STEPS_MAX) {
    if (await holdsAt(rate)) low = rate;
    else high = rate;
    rate =
      high === Number.POSITIVE_INFINITY ? low * STEP : low === 0 ? high / STEP / STEP : Math.sqrt(low * high);
  }
  return { rate: low, steps };
}

export function holds({ tally }: PhaseOutcome, sloP99Ms: number): boolean {
  const lossless = tally.unsent + tally.unanswered + tally.wrong + tally.refused + tally.repeated === 0;
  return lossless && tally.latency.p99_ms <= sloP99Ms;
}
