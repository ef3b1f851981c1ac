/** Taps that wait for their answer, in the order they were made. */
import type { Answer } from './answer.ts';

export interface OutstandingTap {
  readonly seq: number;
  /** The message, kept so that the tap can be sent again unchanged. */
  readonly frame: Uint8Array;
  readonly done: (answer: Answer) => void;
  /** By performance.now(). */
  readonly madeAt: number;
  /** Whether it went out on the connection that is open now. */
  sent: boolean;
}

export class Outstanding {
  readonly #taps = new Map<number, OutstandingTap>();
  #sent = 0;

  get size(): number {
    return this.#taps.size;
  }

  /** Of these, how many went out on the connection that is open now. */
  get sent(): number {
    return this.#sent;
  }

  add(tap: OutstandingTap): void {
    this.#taps.set(tap.seq, tap);
  }

  get(seq: number): OutstandingTap | undefined {
    return this.#taps.get(seq);
  }

  markSent(tap: OutstandingTap): void {
    if (!tap.sent) this.#sent++;
    tap.sent = true;
  }

  /** The tap waits to be sent again. */
  markUnsent(tap: OutstandingTap): void {
    if (tap.sent) this.#sent--;
    tap.sent = false;
  }

  /** The connection is gone: everything that waits must be sent again. */
  connectionLost(): void {
    for (const tap of this.#taps.values()) tap.sent = false;
    this.#sent = 0;
  }

  remove(tap: OutstandingTap): void {
    if (!this.#taps.delete(tap.seq)) return;
    if (tap.sent) this.#sent--;
  }

  /** In the order they were made. */
  all(): IterableIterator<OutstandingTap> {
    return this.#taps.values();
  }

  /** The oldest, made at or before a moment. */
  madeBefore(moment: number): OutstandingTap[] {
    const oldest: OutstandingTap[] = [];
    for (const tap of this.#taps.values()) {
      if (tap.madeAt > moment) break;
      oldest.push(tap);
    }
    return oldest;
  }
}
