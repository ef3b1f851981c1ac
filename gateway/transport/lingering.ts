/**
 * Connections with a close frame sent and perhaps not yet closed. The server library closes one whose client does not reply
 * within some sixteen seconds, without telling. So their number is bounded: beyond it, connections are cut without a close
 * frame.
 */

/** The library's idle timeout, less a ping that is not answered, in steps of four seconds. */
const LINGER_S_MAX = 20;

export class Lingering {
  readonly #max: number;
  readonly #monotonic: () => number;
  /** Oldest first. */
  readonly #told: { readonly second: number; count: number }[] = [];
  #count = 0;

  constructor(max: number, monotonic = () => performance.now()) {
    this.#max = max;
    this.#monotonic = monotonic;
  }

  /** Whether one more may be told; if so, it counts. */
  mayTell(): boolean {
    const second = Math.floor(this.#monotonic() / 1_000);
    for (let oldest = this.#told[0]; oldest !== undefined; oldest = this.#told[0]) {
      if (oldest.second >= second - LINGER_S_MAX) break;
      this.#count -= oldest.count;
      this.#told.shift();
    }
    if (this.#count >= this.#max) return false;
    this.#count += 1;
    const newest = this.#told.at(-1);
    if (newest?.second === second) newest.count += 1;
    else this.#told.push({ second, count: 1 });
    return true;
  }
}
