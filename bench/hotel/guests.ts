/** Guests as they come to a hotel: with a chip card, with a ride code, or with a name and a number alone, in turns. */
import { cardPerson } from '../../platform/cards/person.ts';
import type { City } from '../../platform/city.ts';
import { presentationLine } from '../../platform/issue/presentations.ts';
import { rideCode } from '../../platform/issue/transit-qr.ts';
import { toHex } from '../../workers/codecs/hex.ts';

export interface Arriving {
  /** What is shown; null: nothing is. */
  readonly shown: { readonly family: string; readonly credential: unknown; readonly context: unknown } | null;
  readonly fullName: string;
  readonly documentNumber: string;
}

export const KINDS = ['chip card', 'ride code', 'declared'] as const;

/**
 * Gates are shown codes of at most 250 s ahead of the clock (bench/fleet/code-times.ts), and most of 200 s before it: a code of the
 * same second would be a copy.
 */
const AHEAD_MS = 260_000;
const VALIDITY_S = 600;
const CARDS_MAX = 600;
const MS_PER_S = 1_000;

/** Draws guests whose cards are good, each presentation with a signature of its own, and never one twice. */
export class Guests {
  readonly #city: City;
  readonly #seed: string;
  readonly #cards: readonly number[];
  /** Last second of each card's codes, milliseconds. */
  readonly #lastMs = new Map<number, number>();
  #next = 0;

  constructor(city: City, seed: string) {
    this.#city = city;
    this.#seed = seed;
    const cards: number[] = [];
    for (let index = 0; index < city.size && cards.length < CARDS_MAX; index += 1) {
      const isGood = city.identity(index).state === 'good';
      if (isGood && cardPerson(city.seed, index).documentKind === 'id_card') cards.push(index);
    }
    this.#cards = cards;
  }

  draw(count: number): Arriving[] {
    return Array.from({ length: count }, () => this.#one());
  }

  #one(): Arriving {
    const n = this.#next;
    this.#next += 1;
    const index = this.#cards[n % this.#cards.length] ?? 0;
    const { nativeName, documentNumber } = cardPerson(this.#city.seed, index);
    const holder = { fullName: nativeName ?? '', documentNumber };
    const kind = KINDS[n % KINDS.length];
    if (kind === 'declared') return { shown: null, ...holder };
    if (kind === 'ride code') return { shown: this.#ride(index), ...holder };
    const showing = { atMs: Date.now(), mode: 'dda', chip: 0, fault: null } as const;
    const of = { city: this.#city, index, nonce: `${this.#seed} ${n}`, ...showing };
    const { family, credential, context } = presentationLine('chip-oda', of);
    return { shown: { family, credential, context }, ...holder };
  }

  #ride(index: number): NonNullable<Arriving['shown']> {
    const atMs = Math.max(Date.now() + AHEAD_MS, (this.#lastMs.get(index) ?? 0) + MS_PER_S);
    this.#lastMs.set(index, atMs);
    const account = this.#city.card(index, 0).transit;
    const hex = toHex(rideCode({ account, nowMs: atMs, validity_s: VALIDITY_S }));
    return { family: 'transit-qr', credential: { hex }, context: {} };
  }
}
