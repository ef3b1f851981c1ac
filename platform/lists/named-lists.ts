/** Named lists, for scenes that have members of their own: which cards are on each. */
import { createHash, randomBytes } from 'node:crypto';
import type { Profiles } from '../authority/profiles.ts';
import type { City } from '../city.ts';
import { MATCH_ISSUER, matchEntries, RESERVED_GUESTS } from '../holders/reserved-guests.ts';
import { filledBuilder } from './build-list.ts';

export interface NamedListCard {
  readonly index: number;
  /** Bits that mean something to the list's scenes. Default 0. */
  readonly entitlements?: number;
}

/** The whole list by its name; null: there is no such list any more. */
export type NamedLists = Readonly<Record<string, readonly NamedListCard[] | null>>;

interface Times {
  readonly issuedAtMs: number;
  readonly freshUntilMs: number;
  readonly staleUntilMs: number;
}

interface NamedList {
  readonly cards: readonly NamedListCard[];
  readonly generation: string;
  revision: number;
}

export class NamedListPublisher {
  readonly #city: City;
  readonly #matchKey: Uint8Array | null;
  readonly #profiles: Profiles;
  readonly #lists = new Map<string, NamedList>();

  /** `matchKey`: that keyed hashes on `reserved-guests` are made with; without it there can be no such list. */
  constructor(city: City, matchKey: Uint8Array | null = null, profiles: Profiles = ['international']) {
    this.#city = city;
    this.#profiles = profiles;
    this.#matchKey = matchKey;
  }

  get names(): readonly string[] {
    return [...this.#lists.keys()];
  }

  /** Throws RangeError when a name cannot be one, or a card does not exist; then nothing is changed. */
  check(named: NamedLists): void {
    for (const [name, cards] of Object.entries(named)) {
      if (!/^[a-z0-9][a-z0-9._-]{0,62}$/.test(name)) throw new RangeError(`a list cannot be called ${name}`);
      for (const { index } of cards ?? []) this.#city.identity(index);
      if (name === RESERVED_GUESTS && cards !== null && this.#matchKey === null) {
        throw new RangeError(`${RESERVED_GUESTS} needs a match key`);
      }
    }
  }

  set(named: NamedLists): void {
    for (const [name, cards] of Object.entries(named)) {
      const before = this.#lists.get(name);
      if (cards === null) this.#lists.delete(name);
      else {
        const generation = before?.generation ?? randomBytes(16).toString('hex');
        this.#lists.set(name, { cards, generation, revision: before?.revision ?? 0 });
      }
    }
  }

  /** Cards of a list. Throws RangeError where there is no such list. */
  cardsOf(name: string): readonly NamedListCard[] {
    return this.#listOf(name).cards;
  }

  /** The bytes of a list's file, under its next revision. Both credentials of every card are on it. */
  async build(name: string, times: Times): Promise<Uint8Array> {
    const list = this.#listOf(name);
    list.revision += 1;
    const { generation, revision } = list;
    const chainHash = createHash('sha256').update(generation).digest('hex');
    // One generation has one hash key; nobody outside can tell it from the generation, which says nothing of the seed.
    const hashKey = createHash('sha256').update(`${this.#city.seed}\0${generation}`).digest().subarray(0, 16);
    const isReserved = name === RESERVED_GUESTS;
    const covers = isReserved ? this.#profiles.map((profile) => MATCH_ISSUER[profile]) : this.#city.issuers;
    const options = { name, generation, hashKey, revision, chainHash, ...times, covers };
    const entries = isReserved ? this.#matches(list.cards) : this.#credentials(list.cards);
    const builder = await filledBuilder(options, entries);
    return builder.toBytes();
  }

  #listOf(name: string): NamedList {
    const list = this.#lists.get(name);
    if (!list) throw new RangeError(`no list ${name}`);
    return list;
  }

  *#matches(cards: readonly NamedListCard[]) {
    const key = this.#matchKey ?? Buffer.alloc(0);
    for (const { index } of cards) {
      for (const profile of this.#profiles) {
        yield matchEntries(this.#city, key, index, profile).map((name) => ({
          ...name,
          state: 'good' as const,
          entitlements: 0,
        }));
      }
    }
  }

  *#credentials(cards: readonly NamedListCard[]) {
    for (const { index, entitlements = 0 } of cards) {
      const { chip, ride } = this.#city.credentialNames(this.#city.identity(index));
      yield [chip, ride].map((name) => ({ ...name, state: 'good' as const, entitlements }));
    }
  }
}
