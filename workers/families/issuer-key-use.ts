/** When an issuer's key is worth a table of its own in the engine. */
import type { SignatureEngine } from '../engine/job.ts';

/**
 * A table takes as long to make as some sixty verifications in lanes, so an issuer that is seen once or twice gets none:
 * whoever shows ever new chains would keep the thread busy with tables.
 */
const PREPARED_AT_USE = 3;

export class IssuerKeyUse {
  readonly #engine: SignatureEngine;
  readonly #publicKey: Uint8Array;
  #uses = 0;

  /** `publicKey`: X ‖ Y of an SM2 key, the very array that its jobs will have. */
  constructor(engine: SignatureEngine, publicKey: Uint8Array) {
    this.#engine = engine;
    this.#publicKey = publicKey;
  }

  /** One signature of the key was verified, in a proof that held. */
  count(): void {
    this.#uses += 1;
    if (this.#uses === PREPARED_AT_USE) this.#engine.prepare('sm2', this.#publicKey);
  }
}
