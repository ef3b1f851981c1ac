/** An estimate of the gateway's clock from messages that carry it, after the manner of NTP (RFC 5905 clause 8). */
export class ServerClock {
  #offsetMs = 0;
  #roundTripMs = Number.POSITIVE_INFINITY;

  /** Add to this machine's time to get the gateway's; 0 before the first message. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /** Round trip of the message the estimate rests on; half of it bounds the error. */
  get roundTripMs(): number {
    return this.#roundTripMs;
  }

  /** `sentAtMs` and `receivedAtMs` by this machine, `serverMs` by the gateway in between. */
  observe(sentAtMs: number, receivedAtMs: number, serverMs: number): void {
    const roundTripMs = Math.max(0, receivedAtMs - sentAtMs);
    // A short round trip says more; an old estimate slowly gives way, because clocks drift.
    if (roundTripMs > this.#roundTripMs) {
      this.#roundTripMs *= 1.25;
      return;
    }
    this.correct(sentAtMs, receivedAtMs, serverMs);
  }

  /** As `observe`, when the gateway has refused a time: the estimate is wrong, however short its round trip was. */
  correct(sentAtMs: number, receivedAtMs: number, serverMs: number): void {
    this.#roundTripMs = Math.max(0, receivedAtMs - sentAtMs);
    this.#offsetMs = serverMs - (sentAtMs + receivedAtMs) / 2;
  }
}
