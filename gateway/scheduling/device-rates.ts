/** How often a device may ask for what costs the gateway more than a look: challenges, receipts. Each has rates of its own. */

/** Over which the rate is taken: so many seconds' worth may be asked for at once. */
const WINDOW_S = 5;
/** Devices that are remembered; those that asked least lately give way. */
const DEVICES_MAX = 100_000;

interface Asked {
  /** How much it asked for, less what time has made good. */
  count: number;
  atMs: number;
}

export class DeviceRates {
  readonly #perS: number;
  readonly #monotonic: () => number;
  readonly #byDevice = new Map<string, Asked>();

  constructor(perS: number, monotonic: () => number) {
    this.#perS = perS;
    this.#monotonic = monotonic;
  }

  /** Counts one more of an enrolment. 0: it may have it; else milliseconds until it may. */
  take(enrolment: string): number {
    const nowMs = this.#monotonic();
    const asked = this.#byDevice.get(enrolment) ?? { count: 0, atMs: nowMs };
    asked.count = Math.max(0, asked.count - ((nowMs - asked.atMs) * this.#perS) / 1_000);
    asked.atMs = nowMs;
    this.#byDevice.delete(enrolment);
    this.#byDevice.set(enrolment, asked);
    if (this.#byDevice.size > DEVICES_MAX) this.#forgetOldest();
    const over = asked.count + 1 - this.#perS * WINDOW_S;
    if (over > 0) return Math.ceil((over * 1_000) / this.#perS);
    asked.count += 1;
    return 0;
  }

  #forgetOldest(): void {
    for (const enrolment of this.#byDevice.keys()) {
      this.#byDevice.delete(enrolment);
      return;
    }
  }
}
