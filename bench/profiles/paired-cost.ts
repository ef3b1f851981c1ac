/** What the second of two sides costs more than the first, from phases that were driven in turns. Pure. */

export interface Side {
  /** Microseconds per tap, by thread; empty where the system does not tell. */
  readonly usByThread: Readonly<Record<string, number>>;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Pair {
  readonly alone: Side;
  readonly together: Side;
}

/** Medians over the pairs of what `together` has more: one disturbed phase does not move them. */
export interface PairedCost {
  readonly pairs: readonly Pair[];
  readonly byThread: readonly { readonly name: string; readonly us: number }[];
  /** Of the thread that every tap passes. */
  readonly mainUs: number;
  readonly allUs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const MAIN = 'main';

export function pairedCost(pairs: readonly Pair[]): PairedCost {
  const more = (of: (side: Side) => number) =>
    median(pairs.map(({ alone, together }) => of(together) - of(alone)));
  const names = [...new Set(pairs.flatMap(({ together }) => Object.keys(together.usByThread)))];
  const usOf = (name: string) => more(({ usByThread }) => usByThread[name] ?? 0);
  return {
    pairs,
    byThread: names.map((name) => ({ name, us: usOf(name) })),
    mainUs: usOf(MAIN),
    allUs: more(({ usByThread }) => Object.values(usByThread).reduce((sum, us) => sum + us, 0)),
    p50Ms: more(({ p50Ms }) => p50Ms),
    p99Ms: more(({ p99Ms }) => p99Ms),
  };
}

/** Of an even number the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(at) - 1], sorted[Math.floor(at)]];
  return (low + high) / 2;
}
