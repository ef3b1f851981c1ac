/** PINs of cardholders: kept as argon2id (RFC 9106), answered within a bound of attempts for each card (`POST /v1/pins`). */
import { createHmac } from 'node:crypto';
import { type Algorithm, hash, verify } from '@node-rs/argon2';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { cardPin } from '../cards/pin.ts';
import type { City } from '../city.ts';
import { seeded } from '../seed.ts';
import { holderAmong } from './holder-among.ts';

export const PINS_PATH = '/v1/pins';
/** Each costs some 20 ms of a processor and 19 MiB. */
const PINS_MAX = 8;
/** RFC 9106 names it; the library's own enumeration cannot be used where types are stripped. */
const ARGON2ID: Algorithm = 2;
const COST = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;
const SALT_BYTES = 16;
/** Wrong ones in a row before each further attempt is delayed; the delay doubles. */
const FREE_ATTEMPTS = 5;
const FIRST_DELAY_MS = 30_000;
const LONGEST_DELAY_MS = 900_000;

const AskedPinSchema = Type.Object(
  {
    issuer: Type.String({ minLength: 1, maxLength: 128 }),
    credential: Type.String({ minLength: 1, maxLength: 256 }),
    pin: Type.String({ pattern: '^[0-9]{4,12}$' }),
  },
  { additionalProperties: false },
);
export const PinsQuestion = Compile(
  Type.Object(
    { pins: Type.Array(AskedPinSchema, { minItems: 1, maxItems: PINS_MAX }) },
    { additionalProperties: false },
  ),
);

export type AskedPin = Static<typeof AskedPinSchema>;

export type PinAnswer =
  | { readonly answer: 'yes' | 'no' | 'none_set' | 'unknown' }
  | { readonly answer: 'later'; readonly retry_after_ms: number };

interface Attempts {
  wrong: number;
  notBeforeMs: number;
}

export class HolderPins {
  readonly #city: City;
  readonly #secret: Uint8Array | null;
  readonly #hashes = new Map<string, Promise<string | null>>();
  readonly #attempts = new Map<string, Attempts>();
  /** One after another: two at once cannot both use the last free attempt. */
  #last: Promise<unknown> = Promise.resolve();

  /** `secret`: that the hashes of the signed list are made with (RFC 9106, 3.1: K). */
  constructor(city: City, secret: Uint8Array | null) {
    this.#city = city;
    this.#secret = secret;
  }

  answer(asked: AskedPin, now: () => number): Promise<PinAnswer> {
    const turn = this.#last.then(() => this.#answer(asked, now));
    this.#last = turn.catch(() => {});
    return turn;
  }

  /** PHC string of a card's PIN with the secret in it; in `sm` of HMAC-SM3 under the secret. Null: the card has none. */
  hashOf(city: City, index: number, profile: CryptoProfile): Promise<string | null> {
    const name = `${city.region} ${index} ${profile}`;
    const made = this.#hashes.get(name) ?? this.#make(city, index, profile);
    this.#hashes.set(name, made);
    return made;
  }

  async #answer({ issuer, credential, pin }: AskedPin, now: () => number): Promise<PinAnswer> {
    const found = holderAmong(this.#city, issuer, credential);
    if (found === null) return { answer: 'unknown' };
    const hashed = await this.hashOf(found.city, found.index, 'international');
    if (hashed === null) return { answer: 'none_set' };
    const card = `${found.city.region} ${found.index}`;
    const attempts = this.#attempts.get(card) ?? { wrong: 0, notBeforeMs: 0 };
    const waitMs = attempts.notBeforeMs - now();
    if (waitMs > 0) return { answer: 'later', retry_after_ms: Math.ceil(waitMs) };
    if (await verify(hashed, pin, this.#options(null))) {
      this.#attempts.delete(card);
      return { answer: 'yes' };
    }
    attempts.wrong += 1;
    if (attempts.wrong >= FREE_ATTEMPTS) {
      const delayMs = FIRST_DELAY_MS * 2 ** Math.min(10, attempts.wrong - FREE_ATTEMPTS);
      attempts.notBeforeMs = now() + Math.min(LONGEST_DELAY_MS, delayMs);
    }
    this.#attempts.set(card, attempts);
    return { answer: 'no' };
  }

  async #make(city: City, index: number, profile: CryptoProfile): Promise<string | null> {
    const pin = cardPin(city.seed, index);
    if (pin === null) return null;
    const salt = seeded(city.seed, 'pin salt', index, SALT_BYTES);
    if (profile === 'international') return hash(pin, this.#options(salt));
    const input = createHmac('sm3', this.#secret ?? '')
      .update(pin, 'utf8')
      .digest('hex');
    return (await hash(input, { ...COST, salt })).replace('$argon2id$', '$hmac-sm3-argon2id$');
  }

  #options(salt: Uint8Array | null) {
    return {
      ...COST,
      ...(this.#secret !== null && { secret: this.#secret }),
      ...(salt !== null && { salt }),
    };
  }
}
