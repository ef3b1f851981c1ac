/** When taps are meant to be sent: drawn before a phase, from the seed, whatever happens in it. */
import { createHash } from 'node:crypto';

export type ArrivalProcess = 'poisson' | 'constant';

export interface Arrivals {
  readonly process: ArrivalProcess;
  readonly seconds: number;
  /** Taps a second at a part (0 to 1) of the phase. */
  readonly ratePerS: (part: number) => number;
  readonly seed: string;
}

/** Milliseconds from the start, ascending. */
export function arrivalTimes({ process, seconds, ratePerS, seed }: Arrivals): Float64Array {
  const draw = generator(seed);
  const times: number[] = [];
  let at = 0;
  for (;;) {
    const gap = process === 'poisson' ? -Math.log(draw()) : 1;
    at += gap / ratePerS(Math.min(1, at / seconds));
    if (at >= seconds) return Float64Array.from(times);
    times.push(at * 1_000);
  }
}

/** Uniform in (0, 1]: xorshift128 (Marsaglia 2003). */
function generator(seed: string): () => number {
  const state = createHash('sha256').update(seed).digest();
  let [x, y, z, w] = [0, 4, 8, 12].map((at) => state.readInt32LE(at)) as [number, number, number, number];
  return () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return ((w >>> 0) + 1) / 2 ** 32;
  };
}
