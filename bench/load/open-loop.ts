/**
 * Open-loop load: every tap has a time at which it should be sent, drawn before the run, and its latency counts from
 * that time. A generator that falls behind therefore shows, instead of hiding what a slow answer did to the taps
 * behind it (coordinated omission).
 */
import { build, type Histogram } from 'hdr-histogram-js';
import type { LoadConnection } from './connection.ts';

export interface LoadOptions {
  readonly ratePerS: number;
  /** Whole frames in the order they are due, number i carrying the sequence number `firstSeq` + i. */
  readonly frames: readonly Uint8Array[];
  readonly firstSeq: number;
  readonly connections: readonly LoadConnection[];
  /** Taps that may wait for their answers at once, of all connections together. */
  readonly outstandingMax: number;
  /** Uniform draws in (0, 1], for the gaps of a Poisson process. */
  readonly draw: () => number;
  readonly onSecond?: (sent: number, answered: number) => void;
}

export interface LoadResult {
  readonly intended: number;
  readonly answered: number;
  /** Too many were waiting for an answer when they were due: they never left, and count in no latency. */
  readonly unsent: number;
  /** Sent, and not answered within the time given after the last one. */
  readonly unanswered: number;
  /** How late taps left, against their intended time. */
  readonly sendLag: Histogram;
  /** From intended time to answer. */
  readonly latency: Histogram;
  readonly codes: Readonly<Record<string, number>>;
  readonly elapsedS: number;
  /** Share of one core the generator used. */
  readonly generatorCpu: number;
}

const US_PER_MS = 1_000;
const WAIT_FOR_LAST_MS = 5_000;
const TICK_MS = 1;

const histogram = () => build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
const us = (ms: number) => Math.max(1, Math.round(ms * US_PER_MS));

export class OpenLoop {
  readonly #options: LoadOptions;
  readonly #times: Float64Array;
  readonly #latency = histogram();
  readonly #sendLag = histogram();
  readonly #codes = new Map<string, number>();
  #startedAt = 0;
  #next = 0;
  #answered = 0;
  #unsent = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#times = arrivals(options);
  }

  /** To be called with each answer of the connections. Others' answers are passed over. */
  answered(seq: number, code: string): void {
    const intended = this.#times[seq - this.#options.firstSeq];
    if (intended === undefined) return;
    this.#latency.recordValue(us(performance.now() - this.#startedAt - intended));
    this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1);
    this.#answered += 1;
  }

  async run(): Promise<LoadResult> {
    const { onSecond } = this.#options;
    const count = this.#times.length;
    const cpuBefore = process.cpuUsage();
    this.#startedAt = performance.now();
    const ticks = setInterval(() => this.#sendDue(), TICK_MS);
    const seconds = setInterval(() => onSecond?.(this.#next, this.#answered), 1_000);
    await until(() => this.#next === count, Number.POSITIVE_INFINITY);
    clearInterval(ticks);
    const elapsedS = (performance.now() - this.#startedAt) / 1_000;
    await until(() => this.#answered + this.#unsent === count, WAIT_FOR_LAST_MS);
    clearInterval(seconds);
    const { user, system } = process.cpuUsage(cpuBefore);
    return {
      intended: count,
      answered: this.#answered,
      unsent: this.#unsent,
      unanswered: count - this.#answered - this.#unsent,
      sendLag: this.#sendLag,
      latency: this.#latency,
      codes: Object.fromEntries(this.#codes),
      elapsedS,
      generatorCpu: (user + system) / 1e6 / elapsedS,
    };
  }

  #sendDue(): void {
    const { frames, connections, outstandingMax } = this.#options;
    const now = performance.now() - this.#startedAt;
    for (let at = this.#times[this.#next]; at !== undefined && at <= now; at = this.#times[this.#next]) {
      this.#sendLag.recordValue(us(now - at));
      const i = this.#next;
      const connection = connections[i % connections.length];
      const frame = frames[i];
      if (!connection || !frame) throw new RangeError('there are as many frames as arrivals');
      if (i - this.#answered - this.#unsent < outstandingMax) connection.add(frame);
      else this.#unsent += 1;
      this.#next += 1;
    }
    for (const connection of connections) connection.flush();
  }
}

/** Intended times in milliseconds: a Poisson process of the given rate. */
function arrivals({ ratePerS, frames, draw }: LoadOptions): Float64Array {
  const times = new Float64Array(frames.length);
  let at = 0;
  for (let i = 0; i < times.length; i += 1) {
    at -= (Math.log(draw()) / ratePerS) * 1_000;
    times[i] = at;
  }
  return times;
}

async function until(done: () => boolean, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!done() && performance.now() < end) await new Promise((next) => setTimeout(next, 5));
}
