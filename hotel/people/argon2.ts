/**
 * Argon2id (RFC 9106), one at a time off the event loop: each takes its memory and a thread of the pool that the stores use
 * too. Who would wait too long is turned away.
 */
import { randomBytes } from 'node:crypto';
import { hash, hashRaw, parseOptions, verify } from '@node-rs/argon2';

export interface Argon2Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** Of operators' passwords. */
export const PASSWORD_COST: Argon2Cost = { memoryKib: 65_536, passes: 3, lanes: 1 };
/** Of holders' PINs, as the lists of the platform have them; a secret goes in beside. */
export const PIN_COST: Argon2Cost = { memoryKib: 19_456, passes: 2, lanes: 1 };

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

  /** False also where the string is no hash. Rejects with Argon2Busy. */
  verify(hashed: string, secretText: string): Promise<boolean> {
    return this.#inTurn(() => verify(hashed, secretText).catch(() => false));
  }

  /** Bytes of a hash whose parameters, salt and secret are another's. Rejects with Argon2Busy. */
  raw(
    secretText: string,
    { memoryKib, passes, lanes }: Argon2Cost,
    {
      salt,
      secret,
      bytes,
    }: { readonly salt: Uint8Array; readonly secret: Uint8Array; readonly bytes: number },
  ): Promise<Buffer> {
    const options = { memoryCost: memoryKib, timeCost: passes, parallelism: lanes, outputLen: bytes };
    return this.#inTurn(() => hashRaw(secretText, { ...options, salt, secret }));
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

/** A hash that nothing has: to refuse whom nobody knows takes as long as to refuse a wrong password. */
export function hashOfNothing({ memoryKib, passes, lanes }: Argon2Cost): string {
  const text = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${memoryKib},t=${passes},p=${lanes}$${text(SALT_BYTES)}$${text(HASH_BYTES)}`;
}
