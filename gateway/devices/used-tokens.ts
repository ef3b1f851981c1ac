/**
 * Tokens already used, so that each is used once, also across a restart. Two tables: `used` by token, with the time it
 * may be forgotten; `expiries` by that time, so that the old are found without a search.
 */
import { commitFailure, type Environment, type Table } from '../storage/lmdb-environment.ts';

export type TokenUse = 'first' | 'used' | 'full';

export interface TokenTaking {
  /** Each names the token: it was used when any of them was taken. */
  readonly keys: readonly Buffer[];
  /** When no clock that is tolerated still takes the token. */
  readonly forgetAtMs: number;
  /** What may be forgotten before this is forgotten; where there is no other room, what may before `nowMs` too. */
  readonly forgetMs: number;
  readonly nowMs: number;
  readonly maxEntries: number;
}

/** Old tokens forgotten for each new one: more than come in, so that they never pile up. */
const FORGOTTEN_AT_ONCE = 64;
const TIME_BYTES = 8;
const PRESENT = Buffer.of(1);

export class UsedTokens {
  readonly #environment: Environment;
  readonly #used: Table;
  readonly #expiries: Table;
  #pending = 0;

  constructor(environment: Environment, used: Table, expiries: Table) {
    this.#environment = environment;
    this.#used = used;
    this.#expiries = expiries;
  }

  get size(): number {
    return (this.#used.getStats() as { entryCount: number }).entryCount;
  }

  /**
   * Takes a token, atomically among all processes; resolves when that is on disk. `full`: it could not be remembered
   * and so must not be accepted. Rejects with what the storage said.
   */
  async take({ keys, forgetAtMs, forgetMs, nowMs, maxEntries }: TokenTaking): Promise<TokenUse> {
    const isFull = () => this.size + this.#pending >= maxEntries;
    await this.#forget(forgetMs);
    if (isFull()) await this.#forget(nowMs);
    if (isFull()) return 'full';
    this.#pending += 1;
    try {
      return (await this.#takeAll(keys, timeKey(forgetAtMs))) ? 'first' : 'used';
    } catch (rejection) {
      throw (await commitFailure(rejection)).error;
    } finally {
      this.#pending -= 1;
    }
  }

  /** Whether none was taken before. */
  #takeAll(keys: readonly Buffer[], time: Buffer): Promise<boolean> {
    const put = (key: Buffer) => {
      this.#used.put(key, time);
      this.#expiries.put(Buffer.concat([time, key]), PRESENT);
    };
    const [key] = keys;
    if (key === undefined) throw new TypeError('a token has a name');
    if (keys.length === 1) return this.#used.ifNoExists(key, () => put(key));
    return this.#environment.transaction(() => {
      if (keys.some((each) => this.#used.get(each) !== undefined)) return false;
      for (const each of keys) put(each);
      return true;
    });
  }

  async #forget(nowMs: number): Promise<void> {
    const old = [...this.#expiries.getKeys({ end: timeKey(nowMs), limit: FORGOTTEN_AT_ONCE })];
    if (old.length === 0) return;
    const forgotten = this.#environment.batch(() => {
      for (const expiry of old) {
        this.#expiries.remove(expiry);
        this.#used.remove(expiry.subarray(TIME_BYTES));
      }
    });
    await forgotten.catch(async (rejection) => {
      throw (await commitFailure(rejection)).error;
    });
  }
}

function timeKey(ms: number): Buffer {
  const key = Buffer.allocUnsafe(TIME_BYTES);
  key.writeBigUInt64BE(BigInt(Math.max(0, Math.ceil(ms))));
  return key;
}
