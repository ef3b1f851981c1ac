/**
 * Searches what a gateway can judge at most, however late: up in steps of a half until it no longer follows. That is
 * more than holds an objective of latency, and it is what a flood must exceed.
 */
import type { PhaseOutcome, Run } from '../drive/run.ts';
import type { Table } from '../report/result.ts';

export interface ThroughputSearch {
  readonly startRate: number;
  readonly stepSeconds: number;
}

export interface LoadTried {
  /** Taps a second offered, and judged before the last of them was due. */
  readonly rate: number;
  readonly judgedPerS: number;
  readonly refused: number;
  readonly follows: boolean;
}

export interface ThroughputFound {
  /** Taps a second: the most that were judged of any load. */
  readonly rate: number;
  readonly tried: readonly LoadTried[];
}

const STEP = 1.5;
const TRIES_MAX = 16;
/** What is judged meanwhile of a load that is followed; the rest are the taps of the last moment. */
const FOLLOWED = 0.97;

export async function searchThroughput(run: Run, search: ThroughputSearch): Promise<ThroughputFound> {
  const { startRate, stepSeconds: seconds } = search;
  const tried: LoadTried[] = [];
  let failures = 0;
  // A load that is not followed is offered once more: it may have been a hiccup of the machine.
  for (let rate = startRate; failures < 2 && tried.length < TRIES_MAX; ) {
    const name = `load ${Math.round(rate)}/s${failures > 0 ? ' again' : ''}`;
    const outcome = await run.phase({ name, rate, seconds });
    const load = { rate, ...loadSeen(outcome, seconds) };
    tried.push(load);
    failures = load.follows ? 0 : failures + 1;
    if (load.follows) rate *= STEP;
  }
  return { rate: Math.max(0, ...tried.map(({ judgedPerS }) => judgedPerS)), tried };
}

export function loadSeen({ tally }: Pick<PhaseOutcome, 'tally'>, seconds: number): Omit<LoadTried, 'rate'> {
  const { judgedMeanwhile, intended, refused, unsent } = tally;
  return {
    judgedPerS: judgedMeanwhile / seconds,
    refused,
    follows: refused + unsent === 0 && judgedMeanwhile >= FOLLOWED * intended,
  };
}

export function loadsTable(tried: readonly LoadTried[]): Table {
  return {
    title: 'What it can judge at most',
    about: `Loads tried before the flood. One is followed when ${100 * FOLLOWED} % of its taps are judged before the last is due and none is refused.`,
    columns: ['offered/s', 'judged/s', 'refused', 'followed'],
    rows: tried.map(({ rate, judgedPerS, refused, follows }) => [
      Math.round(rate),
      Math.round(judgedPerS),
      refused,
      follows ? 'yes' : 'no',
    ]),
  };
}
