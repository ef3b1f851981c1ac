/** The PINs that the platform signs for times without it: argon2id strings by card (docs/platform.md, PINs). */
import { createHash } from 'node:crypto';
import { disclosed } from '../../workers/claims.ts';
import type { SignedPins } from '../knowledge/cards/signed-pins.ts';
import type { ShownCredential } from '../verification.ts';
import type { PinHash } from './desk-core.ts';

export class PinList {
  readonly #inForce: () => SignedPins | null;
  #of: SignedPins | null = null;
  #hashes: ReadonlyMap<string, string | null> = new Map();

  constructor(inForce: () => SignedPins | null) {
    this.#inForce = inForce;
  }

  hashOf({ issuer, credentialId }: Pick<ShownCredential, 'issuer' | 'credentialId'>, nowMs: number): PinHash {
    const pins = this.#inForce();
    if (pins === null || nowMs > pins.staleUntilMs) return { kind: 'unknown' };
    if (this.#of !== pins) this.#hashes = new Map(pins.pins);
    this.#of = pins;
    const id = createHash('sha256')
      .update(['pin', issuer, disclosed(credentialId)].join('\0'))
      .digest('hex');
    const hash = this.#hashes.get(id);
    if (hash === undefined) return { kind: 'unknown' };
    const ageMs = Math.max(0, nowMs - pins.issuedAtMs);
    return hash === null ? { kind: 'none_set', ageMs } : { kind: 'hash', hash, ageMs };
  }
}
