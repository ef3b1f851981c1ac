/**
 * Questions for the store, drawn from the seed before they are asked: when each is due, which gateway asks it, and what is
 * right. Most presentations are new; some were shown before at another gateway, and some are the same tap sent again there.
 */
import { createHash } from 'node:crypto';
import { arrivalTimes } from '../drive/arrivals.ts';

/** As the store tells it. */
export type Told = 'first' | 'same' | 'seen';

/** Parts of all questions. */
const SHOWN_AGAIN = 0.02;
const SENT_AGAIN = 0.01;
/** What is repeated was asked so long before, so that its answer is there by then. */
const BEFORE_MS = 1_000;
const NAME_BYTES = 16;

export interface Questions {
  /** Milliseconds from the start, ascending. */
  readonly times: Float64Array;
  /** Which gateway asks. */
  readonly gateways: Uint16Array;
  /** 16 bytes each. */
  readonly names: readonly Uint8Array[];
  /** Number of the tap that shows it. */
  readonly taps: Uint32Array;
  readonly right: readonly Told[];
}

export interface QuestionsWanted {
  readonly seed: string;
  readonly ratePerS: number;
  readonly seconds: number;
  readonly gateways: number;
}

export function drawQuestions({ seed, ratePerS, seconds, gateways }: QuestionsWanted): Questions {
  const times = arrivalTimes({ process: 'poisson', seconds, ratePerS: () => ratePerS, seed });
  const names: Uint8Array[] = [];
  const right: Told[] = [];
  const [asks, taps] = [new Uint16Array(times.length), new Uint32Array(times.length)];
  // The oldest that may be repeated: each is once.
  let repeatable = 0;
  for (let n = 0; n < times.length; n += 1) {
    const drawn = createHash('sha256').update(`${seed} ${n}`).digest();
    asks[n] = drawn.readUInt32BE(24) % gateways;
    const chance = drawn.readUInt32BE(28) / 2 ** 32;
    const mayRepeat = (times[repeatable] ?? 0) + BEFORE_MS < (times[n] ?? 0) && repeatable < n;
    const kind =
      !mayRepeat || chance >= SHOWN_AGAIN + SENT_AGAIN ? 'first' : chance < SENT_AGAIN ? 'same' : 'seen';
    const name = drawn.subarray(0, NAME_BYTES);
    names.push(kind === 'first' ? name : (names[repeatable] ?? name));
    taps[n] = kind === 'same' ? (taps[repeatable] ?? n) : n;
    right.push(kind);
    if (kind !== 'first') repeatable += 1;
    while (right[repeatable] !== 'first' && repeatable < n) repeatable += 1;
  }
  return { times, gateways: asks, names, taps, right };
}
