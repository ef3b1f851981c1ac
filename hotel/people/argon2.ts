/**
 * Argon2id (RFC 9106), one at a time off the event loop: each takes its memory and a thread of the pool that the stores use
 * too. Who would wait too long is turned away. A string that begins with `$hmac-sm3-argon2id$` is of HMAC-SM3 (hex) over what was
 * typed, under a secret that is held apart, in place of it.
 */
import { randomBytes } from 'node:crypto';
import { type Algorithm, hash, parseOptions, verify } from '@node-rs/argon2';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { macOf } from '../../crypto/digest.ts';

export interface Argon2Secrets {
  /** That goes into Argon2id itself (RFC 9106 clause 3.1, K). */
  readonly secret?: Uint8Array;
  /** Of HMAC-SM3. Without one no such string is right. */
  readonly macKey?: Uint8Array;
}

export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** Of operators' passwords. */
export const PASSWORD_COST: Argon2Cost = { memoryKib: 65_536, passes: 3, lanes: 1 };

/** The library's own enumeration cannot be used where types are stripped. */
const ARGON2ID: Algorithm = 2;
/** What is signed elsewhere is worked on up to these. */
const BEARABLE: Argon2Cost = { memoryKib: 65_536, passes: 8, lanes: 4 };
const PREFIX = '$argon2id$';
const MAC_PREFIX = '$hmac-sm3-argon2id$';
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** Some seconds' worth. */
const WAITING_MAX = 32;

/** Thrown by a queue that is full. */
export class Argon2Busy {
  readonly waiting = WAITING_MAX;
}

export class Argon2Queue {
  #waiting = 0;
  #last: Promise<unknown> = Promise.resolve();

  /** A string of the PHC form, with its parameters in it. `macKey` null: without HMAC-SM3. Rejects with Argon2Busy. */
  hash(
    secretText: string,
    { memoryKib, passes, lanes }: Argon2Cost,
    macKey: Uint8Array | null,
  ): Promise<string> {
    const options = { memoryCost: memoryKib, timeCost: passes, parallelism: lanes, outputLen: HASH_BYTES };
    if (macKey === null) return this.#inTurn(() => hash(secretText, options));
    const input = macOfText(macKey, secretText);
    return this.#inTurn(async () => MAC_PREFIX + (await hash(input, options)).slice(PREFIX.length));
  }

  /** False also where the string is no hash. Rejects with Argon2Busy. */
  verify(hashed: string, secretText: string, { secret, macKey }: Argon2Secrets = {}): Promise<boolean> {
    if (passwordProfile(hashed) === 'sm') {
      if (macKey === undefined) return Promise.resolve(false);
      const input = macOfText(macKey, secretText);
      return this.#inTurn(() => verify(plainForm(hashed), input).catch(() => false));
    }
    const options = secret === undefined ? {} : { secret };
    return this.#inTurn(() => verify(hashed, secretText, options).catch(() => false));
  }

  async #inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#waiting >= WAITING_MAX) throw new Argon2Busy();
    this.#waiting += 1;
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.#waiting -= 1;
    }
  }
}

/** By whose algorithms a string was made. */
export function passwordProfile(hashed: string): CryptoProfile {
  return hashed.startsWith(MAC_PREFIX) ? 'sm' : 'international';
}

/** In hex, as Argon2id takes text. */
const macOfText = (key: Uint8Array, text: string) =>
  macOf('HMAC-SM3', key, Buffer.from(text, 'utf8')).toString('hex');
const plainForm = (hashed: string) =>
  hashed.startsWith(MAC_PREFIX) ? PREFIX + hashed.slice(MAC_PREFIX.length) : hashed;

/** Whether a hash was made with other parameters than those of now. */
export function isOfOtherCost(hashed: string, { memoryKib, passes, lanes }: Argon2Cost): boolean {
  const { memoryCost, timeCost, parallelism } = parseOptions(plainForm(hashed));
  return memoryCost !== memoryKib || timeCost !== passes || parallelism !== lanes;
}

/** Whether a hash that came from elsewhere is argon2id, and costs no more than this process can bear. */
export function isBearable(hashed: string): boolean {
  try {
    const { algorithm, memoryCost, timeCost, parallelism } = parseOptions(plainForm(hashed));
    const { memoryKib, passes, lanes } = BEARABLE;
    return algorithm === ARGON2ID && memoryCost <= memoryKib && timeCost <= passes && parallelism <= lanes;
  } catch {
    return false;
  }
}

/** A hash that nothing has: to refuse whom nobody knows takes as long as to refuse a wrong password. */
export function hashOfNothing({ memoryKib, passes, lanes }: Argon2Cost, profile: CryptoProfile): string {
  const text = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  return `${profile === 'sm' ? MAC_PREFIX : PREFIX}v=19$m=${memoryKib},t=${passes},p=${lanes}$${text(SALT_BYTES)}$${text(HASH_BYTES)}`;
}
