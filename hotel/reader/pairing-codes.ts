/** One-time codes that pair a reader with a workplace: short, for five minutes, and void after too many guesses. In memory alone. */
import { randomInt, timingSafeEqual } from 'node:crypto';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';

/** Without those that are taken for one another. 32 of them: eight are 40 bits. */
const ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
export const PAIRING_CODE_PATTERN = '^[A-HJ-NP-Z2-9]{8}$';
const CODE_CHARACTERS = 8;
export const PAIRING_MS = 300_000;
/** Wrong guesses of anybody, after which all codes are void. */
const GUESSES_MAX = 20;

interface Pending {
  readonly digest: Uint8Array;
  readonly by: string;
  readonly expiresAtMs: number;
}

export interface PairingCode {
  readonly code: string;
  readonly expiresAtMs: number;
}

export class PairingCodes {
  /** One of each workplace: a new one takes its place. */
  readonly #pending = new Map<string, Pending>();
  readonly #profile: CryptoProfile;
  #guesses = 0;

  constructor(profile: CryptoProfile) {
    this.#profile = profile;
  }

  make(desk: string, by: string, nowMs: number): PairingCode {
    if (this.#pending.size === 0) this.#guesses = 0;
    const code = Array.from({ length: CODE_CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
    const expiresAtMs = nowMs + PAIRING_MS;
    this.#pending.set(desk, { digest: this.#digestOf(code), by, expiresAtMs });
    return { code, expiresAtMs };
  }

  /** Whose code it is: it is used up. Null: nobody's. */
  take(code: string, nowMs: number): { readonly desk: string; readonly by: string } | null {
    const digest = this.#digestOf(code);
    for (const [desk, { expiresAtMs }] of this.#pending) if (expiresAtMs <= nowMs) this.#pending.delete(desk);
    const found = [...this.#pending].filter(([, pending]) => timingSafeEqual(pending.digest, digest));
    const [first] = found;
    if (first === undefined) {
      this.#guesses += 1;
      if (this.#guesses >= GUESSES_MAX) this.#pending.clear();
      return null;
    }
    const [desk, { by }] = first;
    this.#pending.delete(desk);
    return { desk, by };
  }

  #digestOf(code: string): Uint8Array {
    return digestOf(algorithmFor('token-digest', this.#profile), Buffer.from(code));
  }
}
