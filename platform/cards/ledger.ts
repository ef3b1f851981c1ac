/**
 * What the city knows of its cards now: the state each was made with, and every change since. Ahead of the published
 * list by what has not been published yet.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { City } from '../city.ts';
import { type CardIdentity, type ListedState, withChip } from './identity.ts';
import type { CredentialName } from './list.ts';

/** Cards between two turns of the event loop: some milliseconds of work. */
export const CARDS_PER_TURN = 500;

/** What changes of a card; what is not named stays. Suspending a holder suspends chip and ride code alike. */
export interface CardChange {
  readonly index: number;
  readonly state?: ListedState;
  readonly entitlements?: number;
}

/** Same-number replacement: the chip becomes `replaced`, its successor `good`; the ride code stays as it is. */
export interface Replacement {
  readonly index: number;
}

/** One credential as a list has it; `unknown`: it is on no list. */
export interface CredentialStatus extends CredentialName {
  readonly state: ListedState;
  readonly entitlements: number;
}

/** What is true of a card, published or not. */
export interface CardNow {
  /** Card number: the same with every chip. */
  readonly number: string;
  /** How often the chip was replaced. */
  readonly chip: number;
  readonly state: ListedState;
  readonly rideState: ListedState;
  readonly entitlements: number;
}

interface CardRecord {
  /** With its first chip. */
  readonly identity: CardIdentity;
  /** How often the chip was replaced. */
  readonly chip: number;
  readonly chipState: ListedState;
  readonly rideState: ListedState;
  readonly entitlements: number;
}

/** Which of a card's credentials changed, and what was published of it last. */
interface Touched {
  readonly chips: Set<number>;
  ride: boolean;
  readonly published: CardRecord;
}

export class CardLedger {
  readonly #city: City;
  readonly #records = new Map<number, CardRecord>();
  #touched = new Map<number, Touched>();

  constructor(city: City) {
    this.#city = city;
  }

  /**
   * Gives way to other work while it goes on. Rejects with RangeError when a card does not exist, or cannot be replaced
   * once more; then nothing is changed.
   */
  async apply(cards: readonly CardChange[], replace: readonly Replacement[]): Promise<void> {
    for (const { index } of cards) {
      if (!Number.isInteger(index) || index < 0 || index >= this.#city.size)
        throw new RangeError(`no card ${index}`);
    }
    for (const { index } of replace) this.#city.card(index, this.chipOf(index) + 1);
    for (const [i, { index, state, entitlements }] of cards.entries()) {
      if (i % CARDS_PER_TURN === CARDS_PER_TURN - 1) await nextTurn();
      const record = this.#record(index);
      const touched = this.#touch(index, record);
      this.#records.set(index, {
        ...record,
        ...(state !== undefined && { chipState: state, rideState: state }),
        ...(entitlements !== undefined && { entitlements }),
      });
      touched.chips.add(record.chip);
      touched.ride = true;
    }
    for (const { index } of replace) {
      const record = this.#record(index);
      const { chips } = this.#touch(index, record);
      chips.add(record.chip).add(record.chip + 1);
      this.#records.set(index, { ...record, chip: record.chip + 1, chipState: 'good' });
    }
  }

  /** The chip that the card has now: how often it was replaced. */
  chipOf(index: number): number {
    return this.#records.get(index)?.chip ?? 0;
  }

  /** What is true of a card now. Throws RangeError when there is none. */
  cardOf(index: number): CardNow {
    const { identity, chip, chipState: state, rideState, entitlements } = this.#record(index);
    return { number: identity.pan, chip, state, rideState, entitlements };
  }

  /** The cards that changed since `published`, each with those of its credentials that did. */
  *changes(): Generator<readonly CredentialStatus[]> {
    for (const [index, { chips, ride }] of this.#touched) {
      const record = this.#record(index);
      yield [...this.#chips(record, chips), ...(ride ? [this.#ride(record)] : [])];
    }
  }

  /** All changes so far are in the published list. */
  published(): void {
    this.#touched = new Map();
  }

  /** Every credential of every card as it was published last, former chips too. */
  *publishedCards(): Generator<readonly CredentialStatus[]> {
    for (let index = 0; index < this.#city.size; index += 1) {
      const record = this.#touched.get(index)?.published ?? this.#record(index);
      const chips = Array.from({ length: record.chip + 1 }, (_, chip) => chip);
      yield [...this.#chips(record, chips), this.#ride(record)];
    }
  }

  /** What is true now; null: the city does not answer for that issuer. */
  statusOf(issuer: string, credentialId: string): Omit<CredentialStatus, keyof CredentialName> | null {
    if (!this.#city.issuers.includes(issuer)) return null;
    const holder = this.#city.holder(issuer, credentialId);
    if (holder === null) return NOT_THERE;
    const record = this.#record(holder.index);
    if (holder.chip !== null && holder.chip > record.chip) return NOT_THERE;
    const state = holder.chip === null ? record.rideState : chipState(record, holder.chip);
    return state === 'unknown' ? NOT_THERE : { state, entitlements: record.entitlements };
  }

  #record(index: number): CardRecord {
    const record = this.#records.get(index);
    if (record) return record;
    const identity = this.#city.identity(index);
    const { state, entitlements } = identity;
    return { identity, chip: 0, chipState: state, rideState: state, entitlements };
  }

  #touch(index: number, published: CardRecord): Touched {
    const touched = this.#touched.get(index) ?? { chips: new Set(), ride: false, published };
    this.#touched.set(index, touched);
    return touched;
  }

  #chips(record: CardRecord, chips: Iterable<number>): CredentialStatus[] {
    const { identity, entitlements } = record;
    return [...chips].map((chip) => {
      const name = this.#city.credentialNames(withChip(identity, chip)).chip;
      return { ...name, state: chipState(record, chip), entitlements };
    });
  }

  #ride({ identity, rideState, entitlements }: CardRecord): CredentialStatus {
    const name = this.#city.credentialNames(identity).ride;
    return { ...name, state: rideState, entitlements };
  }
}

const NOT_THERE = { state: 'unknown', entitlements: 0 } as const;

function chipState(record: CardRecord, chip: number): ListedState {
  return chip < record.chip ? 'replaced' : record.chipState;
}
