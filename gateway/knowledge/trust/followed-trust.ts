/**
 * Trust in force, and the newer one that the proving threads are loading: what is verified counts only once they have it, for
 * its expiry and grace as well.
 */
import type { TrustInForce } from './trust-in-force.ts';

export class FollowedTrust {
  readonly #onInForce: (trust: TrustInForce) => void;
  #inForce: TrustInForce;
  #next: TrustInForce | null = null;
  #listener: (next: TrustInForce) => void = () => {};

  constructor(first: TrustInForce, onInForce: (trust: TrustInForce) => void) {
    this.#inForce = first;
    this.#onInForce = onInForce;
    onInForce(first);
  }

  get inForce(): TrustInForce {
    return this.#inForce;
  }

  /** Newer trust, or the same good for longer. */
  verified(trust: TrustInForce): void {
    this.#next = trust;
    if (trust.revision === this.#inForce.revision) this.loaded(trust.revision);
    this.#listener(trust);
  }

  /** `listener`: brings to threads what is verified. */
  follow(listener: (next: TrustInForce) => void): void {
    this.#listener = listener;
    if (this.#next) listener(this.#next);
  }

  loaded(revision: string): void {
    if (this.#next?.revision !== revision) return;
    this.#inForce = this.#next;
    this.#next = null;
    this.#onInForce(this.#inForce);
  }
}
