/**
 * Argon2id (RFC 9106), one at a time off the event loop: each takes its memory and a thread of the pool that the stores use
 * too. Who would wait too long is turned away.
 */
import { randomBytes } from 'node:crypto';
import { type Algorithm, hash, parseOptions, verify } from '@node-rs/argon2';

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

  /** A string of the PHC form, with its parameters in it. Rejects with Argon2Busy. */
  hash(secretText: string, { memoryKib, passes, lanes }: Argon2Cost): Promise<string> {
    const options = { memoryCost: memoryKib, timeCost: passes, parallelism: lanes, outputLen: HASH_BYTES };
    return this.#inTurn(() => hash(secretText, options));
  }

  /** False also where the string is no hash. `secret`: that went into it (RFC 9106 clause 3.1). Rejects with Argon2Busy. */
  verify(hashed: string, secretText: string, secret?: Uint8Array): Promise<boolean> {
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

/** Whether a hash was made with other parameters than those of now. */
export function isOfOtherCost(hashed: string, { memoryKib, passes, lanes }: Argon2Cost): boolean {
  const { memoryCost, timeCost, parallelism } = parseOptions(hashed);
  return memoryCost !== memoryKib || timeCost !== passes || parallelism !== lanes;
}

/** Whether a hash that came from elsewhere is argon2id, and costs no more than this process can bear. */
export function isBearable(hashed: string): boolean {
  try {
    const { algorithm, memoryCost, timeCost, parallelism } = parseOptions(hashed);
    const { memoryKib, passes, lanes } = BEARABLE;
    return algorithm === ARGON2ID && memoryCost <= memoryKib && timeCost <= passes && parallelism <= lanes;
  } catch {
    return false;
  }
}

/** A hash that nothing has: to refuse whom nobody knows takes as long as to refuse a wrong password. */
export function hashOfNothing({ memoryKib, passes, lanes }: Argon2Cost): string {
  const text = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${text(SALT_BYTES)}$${text(HASH_BYTES)}`;
}
