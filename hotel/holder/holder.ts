/**
 * Whether whoever shows a card knows its PIN: the platform says, or without it what the platform signed. How often it may be
 * tried is bounded for each card, for each desk, and for the two together. A PIN is kept nowhere.
 */

import { join } from 'node:path';
import type { TakenProfiles } from '../../config/crypto-settings.ts';
import { digestOf } from '../../crypto/digest.ts';
import { namedDigest } from '../../crypto/named-digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { DeskCore, PinAnswer } from '../../gateway/desk/desk-core.ts';
import { Argon2Busy, type Argon2Queue, isBearable, passwordProfile } from '../people/argon2.ts';
import { type Failures, PacedAttempts } from '../people/paced-attempts.ts';
import { KeptAttempts } from './kept-attempts.ts';

export interface PinTry {
  /** By which the gateway knows the card that was shown. */
  readonly ref: string;
  /** Pseudonym of the card. */
  readonly credential: string;
  readonly desk: string;
  readonly pin: string;
}

export interface HolderOptions {
  readonly core: Pick<DeskCore, 'pin' | 'pinHash'>;
  /** The desk's own. */
  readonly folder: string;
  readonly argon2: Argon2Queue;
  readonly crypto: TakenProfiles;
  /** Null: without the platform nobody can say. */
  readonly secret: Buffer | null;
  readonly limits: { readonly pin_attempts: number; readonly pin_delay_max_ms: number };
  readonly now: () => number;
}

/** Of the digest that names a card here. */
const CARD_BYTES = 16;
const FIRST_DELAY_MS = 1_000;
const FORGET_MS = 86_400_000;
const KEYS_MAX = 16_384;
const BUSY_RETRY_MS = 1_000;
const UNKNOWN: PinAnswer = { kind: 'pin', said: 'unknown', retryAfterMs: 0 };

export class Holder {
  readonly #options: HolderOptions;
  readonly #paced: PacedAttempts;
  readonly #kept: KeptAttempts;

  private constructor(options: HolderOptions, kept: KeptAttempts, known: ReadonlyMap<string, Failures>) {
    const { pin_attempts: freeAttempts, pin_delay_max_ms: longestDelayMs } = options.limits;
    const pace = {
      freeAttempts,
      longestDelayMs,
      firstDelayMs: FIRST_DELAY_MS,
      forgetMs: FORGET_MS,
      keysMax: KEYS_MAX,
    };
    this.#options = options;
    this.#kept = kept;
    this.#paced = new PacedAttempts(pace, known);
  }

  /** Rejects with HotelError `unusable`. */
  static async open(options: HolderOptions): Promise<Holder> {
    const { attempts, kept } = await KeptAttempts.open(join(options.folder, 'pin-attempts'));
    return new Holder(options, attempts, kept);
  }

  /**
   * `later`: by this desk's bounds, or the platform's. `unknown`: nobody could say. Neither of them, nor `no`, is a reason to
   * refuse a guest. Rejects with HotelError `store_unavailable` when the attempt cannot be counted: then nobody is asked.
   */
  async check({ ref, credential, desk, pin }: PinTry): Promise<PinAnswer> {
    const { profile } = this.#options.crypto;
    const digest = digestOf(algorithmFor('pin-attempts', profile), Buffer.from(credential, 'utf8'));
    const card = namedDigest(profile, digest.subarray(0, CARD_BYTES), 'hex');
    const [ofCard, ofDesk, ofPair] = [`card ${card}`, `desk ${desk}`, `pair ${card} ${desk}`] as const;
    const keys = [ofCard, ofDesk, ofPair];
    const nowMs = this.#options.now();
    const retryAfterMs = Math.max(...keys.map((key) => this.#paced.waitMs(key, nowMs)));
    if (retryAfterMs > 0) return { kind: 'pin', said: 'later', retryAfterMs };
    const takeBack = keys.map((key) => this.#paced.begin(key, nowMs));
    await this.#keep(keys);
    const answer = await this.#ask(ref, pin);
    if (answer.said === 'no') return answer;
    for (const each of takeBack) each();
    if (answer.said === 'yes') {
      this.#paced.clear(ofCard);
      this.#paced.clear(ofPair);
      // Whose own card is right could try others in between for ever, were all of it forgotten.
      this.#paced.ease(ofDesk);
    }
    await this.#keep(keys);
    return answer;
  }

  close(): Promise<void> {
    return this.#kept.close();
  }

  async #ask(ref: string, pin: string): Promise<PinAnswer> {
    const { core } = this.#options;
    try {
      const live = await core.pin(ref, pin);
      return live.said === 'unknown' ? await this.#askList(ref, pin) : live;
    } catch (cause) {
      if (cause instanceof Argon2Busy) return { kind: 'pin', said: 'later', retryAfterMs: BUSY_RETRY_MS };
      return UNKNOWN;
    }
  }

  async #askList(ref: string, pin: string): Promise<PinAnswer> {
    const { core, secret, argon2 } = this.#options;
    if (secret === null) return UNKNOWN;
    const signed = await core.pinHash(ref);
    if (signed.kind === 'none_set') return { kind: 'pin', said: 'none_set', retryAfterMs: 0 };
    if (signed.kind === 'unknown' || !isBearable(signed.hash)) return UNKNOWN;
    if (!this.#takes(signed.hash)) return UNKNOWN;
    const isRight = await argon2.verify(signed.hash, pin, { secret, macKey: secret });
    return { kind: 'pin', said: isRight ? 'yes' : 'no', retryAfterMs: 0 };
  }

  /** Of the other profile while it changes over alone. */
  #takes(hash: string): boolean {
    const { profile, changing_over: isChangingOver } = this.#options.crypto;
    const named = algorithmFor('holder-pin', passwordProfile(hash));
    return isChangingOver || named === algorithmFor('holder-pin', profile);
  }

  #keep(keys: readonly string[]): Promise<void> {
    const nothing = { count: 0, lastAtMs: this.#options.now() };
    const changes = keys.map((key) => [key, this.#paced.failuresOf(key) ?? nothing] as const);
    return this.#kept.add(changes, () => this.#paced.entries());
  }
}
