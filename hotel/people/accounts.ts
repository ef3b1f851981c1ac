/** The accounts of a hotel, and the passwords that open them. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { type Account, AccountSchema } from './account.ts';
import type { Role } from './actor.ts';
import {
  type Argon2Cost,
  type Argon2Queue,
  hashOfNothing,
  isOfOtherCost,
  passwordProfile,
} from './argon2.ts';
import { KeptList } from './kept-list.ts';
import { drawOneTimePassword, normalPassword } from './password-rules.ts';

export const FIRST_ACCOUNT = 'manager';
/** How long a one-time password can be used; the very first as long as nobody has. */
const ONE_TIME_MS = 3 * 86_400_000;
const USER_HANDLE_BYTES = 32;

export interface AccountsOptions {
  readonly folder: string;
  readonly argon2: Argon2Queue;
  readonly cost: Argon2Cost;
  /** Whose algorithms passwords are hashed by from now on; those of the other are verified, and hashed anew then. */
  readonly profile: CryptoProfile;
  /** Of HMAC-SM3 before Argon2id. */
  readonly macKey: Uint8Array;
  readonly now: () => number;
}

export class Accounts {
  readonly #list: KeptList<Account>;
  readonly #options: AccountsOptions;
  readonly #hashOfNothing: string;

  /** Throws HotelError `unusable` when the file is damaged. */
  constructor(options: AccountsOptions) {
    this.#options = options;
    this.#list = new KeptList(join(options.folder, 'accounts.json'), AccountSchema, (each) => each.account);
    this.#hashOfNothing = hashOfNothing(options.cost, options.profile);
  }

  get size(): number {
    return this.#list.size;
  }

  get(account: string): Account | null {
    return this.#list.get(account);
  }

  all(): readonly Account[] {
    return this.#list.all();
  }

  byUserHandle(userHandle: string): Account | null {
    return this.#list.all().find((each) => each.userHandle === userHandle) ?? null;
  }

  /** Writes it over the one of its name, if there is one. Throws HotelError `store_unavailable`. */
  put(account: Account): void {
    this.#list.put(account);
  }

  /** With a password that is said once, here. */
  async make(account: string, role: Role, createdBy: string): Promise<{ made: Account; password: string }> {
    const { password, ...opened } = await this.#oneTime();
    const made: Account = {
      ...{ account, role, createdBy, ...opened },
      disabled: false,
      createdAtMs: this.#options.now(),
      passkeys: [],
      userHandle: randomBytes(USER_HANDLE_BYTES).toString('base64url'),
    };
    this.put(made);
    return { made, password };
  }

  /** The account that makes all others. Its password does not run out. */
  async makeFirst(): Promise<string> {
    const { made, password } = await this.make(FIRST_ACCOUNT, 'manager', 'start');
    this.put({ ...made, oneTimeUntilMs: null });
    return password;
  }

  /** A new password for whoever lost theirs. Passkeys go: they may be lost with it. */
  async reset(account: Account): Promise<string> {
    const { password, ...opened } = await this.#oneTime();
    this.put({ ...(this.get(account.account) ?? account), ...opened, passkeys: [] });
    return password;
  }

  /** As `reset`, with a password that somebody was told elsewhere. The account is enabled. */
  takeReset(account: Account, passwordHash: string): void {
    const oneTimeUntilMs = this.#options.now() + ONE_TIME_MS;
    const opened = { passwordHash, mustChangePassword: true, oneTimeUntilMs, disabled: false };
    this.put({ ...account, ...opened, passkeys: [] });
  }

  async setPassword(account: Account, password: string): Promise<void> {
    const passwordHash = await this.hash(password);
    const now = this.get(account.account) ?? account;
    this.put({ ...now, passwordHash, mustChangePassword: false, oneTimeUntilMs: null });
  }

  /** As slow for an account that there is not. Rejects with Argon2Busy. */
  async opens(account: Account | null, password: string): Promise<boolean> {
    const { argon2, cost, now, profile, macKey } = this.#options;
    const { passwordHash } = account ?? { passwordHash: this.#hashOfNothing };
    const isRight = await argon2.verify(passwordHash, normalPassword(password), { macKey });
    if (!isRight || account === null || account.disabled) return false;
    if (account.oneTimeUntilMs !== null && now() >= account.oneTimeUntilMs) return false;
    if (passwordProfile(passwordHash) !== profile || isOfOtherCost(passwordHash, cost))
      await this.#hashAnew(account, password);
    return true;
  }

  async #hashAnew({ account, passwordHash: before }: Account, password: string): Promise<void> {
    const passwordHash = await this.hash(password);
    const now = this.get(account);
    if (now !== null && now.passwordHash === before) this.put({ ...now, passwordHash });
  }

  async #oneTime() {
    const password = drawOneTimePassword();
    const oneTimeUntilMs = this.#options.now() + ONE_TIME_MS;
    return { password, passwordHash: await this.hash(password), mustChangePassword: true, oneTimeUntilMs };
  }

  /** As a password is kept. Rejects with Argon2Busy. */
  hash(password: string): Promise<string> {
    const { argon2, cost, profile, macKey } = this.#options;
    return argon2.hash(
      normalPassword(password),
      cost,
      algorithmFor('operator-password', profile) === 'Argon2id' ? null : macKey,
    );
  }
}
