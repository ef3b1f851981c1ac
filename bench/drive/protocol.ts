/** What the benchmark and its generator processes say to one another (structured clones over the channel of a fork). */

import type { CityOptions } from '../../platform/city.ts';
import type { TapPlan } from '../fleet/tap-plan.ts';

export interface OpenMessage {
  readonly kind: 'open';
  readonly gate: string;
  /** One connection each. */
  readonly tokens: readonly string[];
  readonly city: CityOptions;
  readonly fleetFile: string;
  readonly cards: number;
}

/** Which of the taps `from` … `from` + `count` - 1 are this process's: every `of`-th block of `block`. */
export interface Share {
  readonly index: number;
  readonly of: number;
}

export interface PrepareMessage {
  readonly kind: 'prepare';
  readonly plan: TapPlan;
  readonly from: number;
  readonly count: number;
  readonly share: Share;
  /** Of the ride codes (bench/fleet/code-times.ts). */
  readonly use0_s: number;
}

export interface RunMessage {
  readonly kind: 'run';
  /** When each of the process's own taps is to be sent, milliseconds after the start. */
  readonly times: Float64Array;
  /** Taps that follow one another on one connection. */
  readonly block: number;
  /** Milliseconds since 1970. */
  readonly startAtMs: number;
  /** Taps that may wait for answers at once. */
  readonly window: number;
  /** How long the last answers are waited for. */
  readonly patienceMs: number;
}

export type ToGenerator = OpenMessage | PrepareMessage | RunMessage;

/** What became of the process's taps, in their order. */
export interface Outcomes {
  /** Microseconds from the intended time to the answer; 0: none came. */
  readonly latencyUs: Uint32Array;
  /** Microseconds from the intended time to sending; UNSENT: never sent. */
  readonly lagUs: Uint32Array;
  /** Index in `names`, 255: no answer. */
  readonly codes: Uint8Array;
  readonly names: readonly string[];
  /** Answers to taps that had theirs. */
  readonly repeated: number;
  /** Cores used, each second of the run. */
  readonly cores: readonly number[];
  readonly cpuSeconds: number;
  readonly elapsedS: number;
  /** Why connections closed, while they were needed. */
  readonly closed: readonly string[];
}

export const UNSENT = 0xffff_ffff;
export const NO_CODE = 255;

export type FromGenerator =
  | { readonly kind: 'opened' }
  | { readonly kind: 'preparing'; readonly part: number }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'second'; readonly sent: number; readonly answered: number }
  | { readonly kind: 'outcomes'; readonly outcomes: Outcomes }
  | { readonly kind: 'failed'; readonly reason: string };
