/** Who is in the cluster, by what was heard: pure, and bounded. */
import type { Word } from './word.ts';

export const MEMBERS_MAX = 10_000;
/** Who has said nothing for a day is no member any more. */
export const FORGOTTEN_MS = 86_400_000;

/**
 * `here`: heard lately. `quiet`: not heard yet by who has only begun to listen. `gone`: says nothing for longer than it may.
 * `left`: took its leave.
 */
export type MemberState = 'here' | 'quiet' | 'gone' | 'left';

export interface Member {
  readonly word: Word;
  readonly state: MemberState;
  /** When its last word came, milliseconds since 1970 UTC by the clock of who listens. */
  readonly heardAtMs: number;
  /** How far its clock is ahead of the one of who listens; null: its word was kept for who came later. */
  readonly clockOffsetMs: number | null;
}

interface Heard {
  readonly word: Word;
  readonly heardAtMs: number;
  readonly clockOffsetMs: number | null;
}

export interface MemberTimes {
  readonly nowMs: number;
  /** Since when words are heard without a gap; null: they are not. */
  readonly listeningSinceMs: number | null;
  /** Silence after which a gateway counts as gone. */
  readonly goneMs: number;
}

export class MemberTable {
  readonly #heard = new Map<string, Heard>();
  readonly #max: number;
  #untaken = 0;

  constructor(max = MEMBERS_MAX) {
    this.#max = max;
  }

  /** Words for which there was no room. */
  get untaken(): number {
    return this.#untaken;
  }

  /** A word as it was said. */
  heard(word: Word, atMs: number): void {
    this.#put(word, atMs, word.at_ms - atMs);
  }

  /** A word that was kept at `keptAtMs`. One that was heard since is newer. */
  kept(word: Word, keptAtMs: number): void {
    const known = this.#heard.get(word.gateway);
    if (known === undefined || known.heardAtMs < keptAtMs) this.#put(word, keptAtMs, null);
  }

  /** By name. */
  members({ nowMs, listeningSinceMs, goneMs }: MemberTimes): Member[] {
    for (const [gateway, { heardAtMs }] of this.#heard) {
      if (nowMs - heardAtMs > FORGOTTEN_MS) this.#heard.delete(gateway);
    }
    const stateOf = ({ word, heardAtMs }: Heard): MemberState => {
      if (word.left) return 'left';
      if (nowMs - heardAtMs <= goneMs) return 'here';
      return listeningSinceMs !== null && nowMs - listeningSinceMs > goneMs ? 'gone' : 'quiet';
    };
    return [...this.#heard.values()]
      .map((heard) => ({ ...heard, state: stateOf(heard) }))
      .sort((a, b) => (a.word.gateway < b.word.gateway ? -1 : 1));
  }

  #put(word: Word, heardAtMs: number, clockOffsetMs: number | null): void {
    if (!this.#heard.has(word.gateway) && this.#heard.size >= this.#max) {
      this.#untaken += 1;
      return;
    }
    this.#heard.set(word.gateway, { word, heardAtMs, clockOffsetMs });
  }
}
