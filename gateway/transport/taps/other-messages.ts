/**
 * Messages that are no taps, or cannot be read, are cheap to send by the ten thousand and cost an answer each. What one
 * connection may send of them is bounded; the device of one that sends more is not let in for a while.
 */

/** Over which the rate is taken: so many seconds' worth may come at once, and so long a device is kept out. */
const WINDOW_S = 5;
const WINDOW_MS = WINDOW_S * 1_000;
/** Devices that are kept out at once; more than are enrolled anywhere. */
const KEPT_OUT_MAX = 100_000;

/** Of one connection. */
export interface OtherMessageCount {
  /** Sent, less what time has made good. */
  sent: number;
  atMs: number;
}

export class OtherMessages {
  readonly #perS: number;
  readonly #monotonic: () => number;
  /** By device: until when. */
  readonly #keptOut = new Map<string, number>();

  constructor(perS: number, monotonic = () => performance.now()) {
    this.#perS = perS;
    this.#monotonic = monotonic;
  }

  begin(): OtherMessageCount {
    return { sent: 0, atMs: this.#monotonic() };
  }

  /** One more came. False: it is too many. */
  mayCome(count: OtherMessageCount): boolean {
    const nowMs = this.#monotonic();
    const madeGood = ((nowMs - count.atMs) * this.#perS) / 1_000;
    count.sent = Math.max(0, count.sent - madeGood) + 1;
    count.atMs = nowMs;
    return count.sent <= this.#perS * WINDOW_S;
  }

  keepOut(deviceId: string): void {
    if (this.#keptOut.size >= KEPT_OUT_MAX) this.#keptOut.clear();
    this.#keptOut.set(deviceId, this.#monotonic() + WINDOW_MS);
  }

  isKeptOut(deviceId: string): boolean {
    const until = this.#keptOut.get(deviceId);
    if (until === undefined) return false;
    if (this.#monotonic() < until) return true;
    this.#keptOut.delete(deviceId);
    return false;
  }
}
