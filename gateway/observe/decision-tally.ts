/** Counts decisions in plain fields; what came since the last look is given to the metric when it is collected. */
import type { DecisionRecord } from '../journal/record/record.ts';

interface Tally {
  readonly labels: readonly [family: string, outcome: string, code: string, mode: string];
  waiting: number;
  published: number;
}

/** Of one outcome and code, whatever family and mode. */
export interface DecidedSum {
  readonly outcome: string;
  readonly code: string;
  readonly count: number;
}

export class DecisionTally {
  /** By family, code and mode; a code has one outcome. */
  readonly #tallies = new Map<string, Map<string, Map<string, Tally>>>();

  count({ family, answer: { outcome, code }, mode }: DecisionRecord): void {
    const tally = this.#tallies.get(family)?.get(code)?.get(mode);
    if (tally) tally.waiting += 1;
    else this.#add({ labels: [family, outcome, code, mode], waiting: 1, published: 0 });
  }

  /** Hands out what was counted since it was called last. */
  publish(add: (labels: Tally['labels'], count: number) => void): void {
    for (const codes of this.#tallies.values()) {
      for (const modes of codes.values()) {
        for (const tally of modes.values()) {
          if (tally.waiting > 0) add(tally.labels, tally.waiting);
          tally.published += tally.waiting;
          tally.waiting = 0;
        }
      }
    }
  }

  /** Since the start. */
  sums(): DecidedSum[] {
    const sums = new Map<string, DecidedSum>();
    for (const codes of this.#tallies.values()) {
      for (const [code, modes] of codes) {
        for (const { labels, waiting, published } of modes.values()) {
          const before = sums.get(code)?.count ?? 0;
          sums.set(code, { outcome: labels[1], code, count: before + published + waiting });
        }
      }
    }
    return [...sums.values()];
  }

  #add(tally: Tally): void {
    const [family, , code, mode] = tally.labels;
    const codes = this.#tallies.get(family) ?? new Map<string, Map<string, Tally>>();
    const modes = codes.get(code) ?? new Map<string, Tally>();
    this.#tallies.set(family, codes.set(code, modes.set(mode, tally)));
  }
}
