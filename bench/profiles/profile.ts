/** What a profile of the benchmark is. */
import type { Progress } from '../drive/progress.ts';
import type { Run } from '../drive/run.ts';
import { OTHER_FAMILIES } from '../fleet/other-families.ts';
import type { TapPlan } from '../fleet/tap-plan.ts';
import type { BenchOptions } from '../options.ts';
import type { Check, RatesTried, RunResult, Statement, Table } from '../report/result.ts';

export interface ProfileOutcome {
  readonly title: string;
  readonly figures: RunResult['figures'];
  readonly headline?: NonNullable<RunResult['headline']>;
  /** Index of the phase that headline figures are of; default: the one with most taps. */
  readonly mainPhase?: number;
  readonly statements?: readonly Statement[];
  readonly tables?: readonly Table[];
  /** What is held beside the objective. */
  readonly checks?: readonly Check[];
  readonly rates?: RatesTried;
}

export interface Bench {
  readonly options: BenchOptions;
  readonly progress: Progress;
  /** For tests that slow the gateway on purpose. */
  readonly onGateway?: (pid: number) => () => void;
}

export interface Profile {
  readonly name: string;
  /** One line for help. */
  readonly about: string;
  /** What `bench` leaves; the run is closed by whoever called. */
  run(bench: Bench): Promise<Finished>;
}

export interface Finished {
  readonly result: RunResult;
  /** Answers that were wrong, and taps that were never answered. */
  readonly wrong: number;
  readonly lost: number;
}

/** Sound taps only. */
export const SOUND: Omit<TapPlan, 'seed' | 'cards' | 'form' | 'rides'> = {
  forged: 0,
  cut: 0,
  replayed: 0,
  back: 0,
  cold: false,
};

/** Part of the taps that are ride codes, of those that are ride codes and chips. */
export function ridesOf({ family }: BenchOptions): number {
  return family === 'transit-qr' ? 1 : family === 'chip-oda' ? 0 : 0.5;
}

/** Families beside ride codes and chips. */
export function othersOf({ family }: BenchOptions): Pick<TapPlan, 'others'> {
  if (family === 'all') {
    return {
      others: { families: OTHER_FAMILIES, part: OTHER_FAMILIES.length / (OTHER_FAMILIES.length + 2) },
    };
  }
  const families = OTHER_FAMILIES.filter((other) => other.family === family);
  return families.length === 0 ? {} : { others: { families, part: 1 } };
}

/** Runs what a profile does over a run that is opened and closed around it. */
export type Driven = (run: Run) => Promise<ProfileOutcome>;
