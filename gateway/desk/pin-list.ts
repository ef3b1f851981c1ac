/** The PINs that the platform signs for times without it: argon2id strings by card (docs/platform.md, PINs). */
import { CRYPTO_PROFILES, type CryptoProfile, type TakenProfiles } from '../../config/crypto-settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { namedDigest } from '../../crypto/named-digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { disclosed } from '../../workers/claims.ts';
import type { SignedPins } from '../knowledge/cards/signed-pins.ts';
import type { ShownCredential } from '../verification.ts';
import type { PinHash } from './desk-core.ts';

export class PinList {
  readonly #inForce: () => SignedPins | null;
  readonly #profiles: readonly CryptoProfile[];
  #of: SignedPins | null = null;
  #hashes: ReadonlyMap<string, string | null> = new Map();

  /** `crypto`: entries of its profile are looked for, and while it changes over of the other too. */
  constructor(inForce: () => SignedPins | null, { profile, changing_over: changingOver }: TakenProfiles) {
    this.#inForce = inForce;
    const others = CRYPTO_PROFILES.filter((each) => each !== profile);
    this.#profiles = [profile, ...(changingOver ? others : [])];
  }

  hashOf({ issuer, credentialId }: Pick<ShownCredential, 'issuer' | 'credentialId'>, nowMs: number): PinHash {
    const pins = this.#inForce();
    if (pins === null || nowMs > pins.staleUntilMs) return { kind: 'unknown' };
    if (this.#of !== pins) this.#hashes = new Map(pins.pins);
    this.#of = pins;
    const name = Buffer.from(['pin', issuer, disclosed(credentialId)].join('\0'), 'utf8');
    const hash = this.#profiles
      .map((profile) => {
        const digest = digestOf(algorithmFor('pin-entry', profile), name);
        return this.#hashes.get(namedDigest(profile, digest, 'hex'));
      })
      .find((found) => found !== undefined);
    if (hash === undefined) return { kind: 'unknown' };
    const ageMs = Math.max(0, nowMs - pins.issuedAtMs);
    return hash === null ? { kind: 'none_set', ageMs } : { kind: 'hash', hash, ageMs };
  }
}
