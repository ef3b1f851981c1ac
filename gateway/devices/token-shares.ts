/**
 * How many tokens each device has used lately, so that one that makes them without end takes no room from others. Only
 * tokens that were accepted count: whoever sends a device's tokens again spends nothing of its share.
 */
export class TokenShares {
  readonly #windowMs: number;
  readonly #maxPerDevice: number;
  #endsAt = Number.NEGATIVE_INFINITY;
  /** By device, of this window and of the one before: what is past counts for up to twice as long. */
  #current = new Map<string, number>();
  #previous = new Map<string, number>();

  /** `windowMs`: as long as a token is remembered. */
  constructor(maxPerDevice: number, windowMs: number) {
    this.#maxPerDevice = maxPerDevice;
    this.#windowMs = windowMs;
  }

  /** `at`: by a clock that is never set, milliseconds. */
  isSpent(deviceId: string, at: number): boolean {
    this.#turn(at);
    const used = (this.#current.get(deviceId) ?? 0) + (this.#previous.get(deviceId) ?? 0);
    return used >= this.#maxPerDevice;
  }

  used(deviceId: string, at: number): void {
    this.#turn(at);
    this.#current.set(deviceId, (this.#current.get(deviceId) ?? 0) + 1);
  }

  #turn(at: number): void {
    if (at < this.#endsAt) return;
    this.#previous = at < this.#endsAt + this.#windowMs ? this.#current : new Map();
    this.#current = new Map();
    this.#endsAt = at + this.#windowMs;
  }
}
