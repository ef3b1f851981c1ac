/**
 * Open-loop load: every tap has a time at which it should be sent, drawn before the run, and its latency counts from
 * that time. A generator that falls behind therefore shows, instead of hiding what a slow answer did to the taps
 * behind it (coordinated omission).
 */
import { build, type Histogram } from 'hdr-histogram-js';

export interface LoadOptions {
  readonly ratePerS: number;
  readonly seconds: number;
  /** Uniform draws in (0, 1], for the gaps of a Poisson process. */
  readonly draw: () => number;
  /** Sends tap number `i` and calls `done` with its code when it is answered; false when it could not be sent. */
  readonly send: (i: number, done: (code: string) => void) => boolean;
  readonly onSecond?: (sent: number, answered: number) => void;
}

export interface LoadResult {
  readonly intended: number;
  readonly answered: number;
  /** The client's window was full when they were due: they never left, and count in no latency. */
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

const histogram = () => build({ lowestDiscernibleValue: 1, highestTrackableValue: 60_000_000 });
const us = (ms: number) => Math.max(1, Math.round(ms * US_PER_MS));

export async function openLoop(options: LoadOptions): Promise<LoadResult> {
  const times = arrivals(options);
  const latency = histogram();
  const sendLag = histogram();
  const codes: Record<string, number> = {};
  let answered = 0;
  let unsent = 0;
  let next = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();

  const sendDue = () => {
    const now = performance.now() - startedAt;
    for (let at = times[next]; at !== undefined && at <= now; at = times[next]) {
      const intended = at;
      sendLag.recordValue(us(now - intended));
      const left = options.send(next, (code) => {
        latency.recordValue(us(performance.now() - startedAt - intended));
        codes[code] = (codes[code] ?? 0) + 1;
        answered += 1;
      });
      if (!left) unsent += 1;
      next += 1;
    }
  };
  const ticks = setInterval(sendDue, 1);
  const seconds = setInterval(() => options.onSecond?.(next, answered), 1_000);
  await until(() => next === times.length, Number.POSITIVE_INFINITY);
  clearInterval(ticks);
  const elapsedS = (performance.now() - startedAt) / 1_000;
  await until(() => answered + unsent === times.length, WAIT_FOR_LAST_MS);
  clearInterval(seconds);
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    intended: times.length,
    answered,
    unsent,
    unanswered: times.length - answered - unsent,
    sendLag,
    latency,
    codes,
    elapsedS,
    generatorCpu: (user + system) / 1e6 / elapsedS,
  };
}

/** Intended times in milliseconds: a Poisson process of the given rate. */
function arrivals({ ratePerS, seconds, draw }: LoadOptions): Float64Array {
  const times = new Float64Array(Math.round(ratePerS * seconds));
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
