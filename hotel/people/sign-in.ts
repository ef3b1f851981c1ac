/** Signing in with a password: how often it may be tried, by whom and from where. */
import { LRUCache } from 'lru-cache';
import type { Account } from './account.ts';
import type { Accounts } from './accounts.ts';
import { Argon2Busy } from './argon2.ts';
import { PacedAttempts } from './paced-attempts.ts';

export type SignInAnswer =
  | { readonly kind: 'in'; readonly account: Account }
  /** Account or password is wrong: which one is not said. */
  | { readonly kind: 'wrong' }
  | { readonly kind: 'later'; readonly retryAfterMs: number };

const HOUR_MS = 3_600_000;
const PER_ACCOUNT = {
  freeAttempts: 5,
  firstDelayMs: 1_000,
  longestDelayMs: 300_000,
  forgetMs: 24 * HOUR_MS,
  keysMax: 8_192,
};
/** More of them: behind one address there can be a whole hotel. */
const PER_ADDRESS = { ...PER_ACCOUNT, freeAttempts: 25 };
const FAMILIAR_MAX = 4_096;
/** What a queue of hashes takes to get shorter. */
const BUSY_RETRY_MS = 1_000;

export class SignIn {
  readonly #accounts: Accounts;
  readonly #now: () => number;
  readonly #perAccount = new PacedAttempts(PER_ACCOUNT);
  readonly #perAddress = new PacedAttempts(PER_ADDRESS);
  /** Account and address that got in before: strangers who guess at the account do not keep its owner waiting there. */
  readonly #familiar = new LRUCache<string, true>({ max: FAMILIAR_MAX });

  constructor(accounts: Accounts, now: () => number) {
    this.#accounts = accounts;
    this.#now = now;
  }

  async byPassword(name: string, password: string, address: string): Promise<SignInAnswer> {
    const pair = `${name} ${address}`;
    const key = this.#familiar.has(pair) ? pair : name;
    const retryAfterMs = Math.max(
      this.#perAccount.waitMs(key, this.#now()),
      this.#perAddress.waitMs(address, this.#now()),
    );
    if (retryAfterMs > 0) return { kind: 'later', retryAfterMs };
    const takeBack = [this.#perAccount.begin(key, this.#now()), this.#perAddress.begin(address, this.#now())];
    try {
      const account = this.#accounts.get(name);
      if (!(await this.#accounts.opens(account, password)) || account === null) return { kind: 'wrong' };
      for (const each of takeBack) each();
      this.#perAccount.clear(key);
      this.#familiar.set(pair, true);
      return { kind: 'in', account: this.#accounts.get(name) ?? account };
    } catch (cause) {
      for (const each of takeBack) each();
      if (cause instanceof Argon2Busy) return { kind: 'later', retryAfterMs: BUSY_RETRY_MS };
      throw cause;
    }
  }
}
