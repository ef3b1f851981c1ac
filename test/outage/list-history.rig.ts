/** Every revision of a city's card list, kept apart from what publishes it: what a revision says of a card. */
import type { CardChange, Replacement } from '../../platform/cards/ledger.ts';
import type { City } from '../../platform/city.ts';
import type { Published } from '../../platform/publisher.ts';

/** Which of a card's credentials: the ride code, or one of its chips by number. */
export type Credential = 'ride' | number;

export interface CardPublication {
  readonly cards?: readonly CardChange[];
  readonly replace?: readonly Replacement[];
}

interface Version {
  readonly revision: number;
  /** The chip the card has now; former ones are replaced. */
  readonly chip: number;
  readonly chipState: string;
  readonly rideState: string;
}

export class ListHistory {
  readonly #city: City;
  readonly #versions = new Map<number, Version[]>();
  #generation: string | null = null;

  constructor(city: City) {
    this.#city = city;
  }

  /** To be called with each publication, one after another, and what the platform said to it. */
  published({ cards = [], replace = [] }: CardPublication, { generation, revision }: Published): void {
    this.begin(generation);
    for (const { index, state } of cards) {
      if (state === undefined) continue;
      this.#push(index, { ...this.#latest(index), revision, chipState: state, rideState: state });
    }
    for (const { index } of replace) {
      const before = this.#latest(index);
      this.#push(index, { ...before, revision, chip: before.chip + 1, chipState: 'good' });
    }
  }

  /** Names the generation all revisions are of. */
  begin(generation: string): void {
    this.#generation = generation;
  }

  chipOf(index: number): number {
    return this.#latest(index).chip;
  }

  /** As the list of that revision, GENERATION8.REVISION, says; null: there never was such a revision. */
  stateAt(revisionText: string, index: number, credential: Credential): string | null {
    const [generation8, number] = revisionText.split('.');
    if (this.#generation?.slice(0, 8) !== generation8) return null;
    const versions = this.#of(index).filter(({ revision }) => revision <= Number(number));
    const version = versions.at(-1);
    return version === undefined ? null : stateOf(version, credential);
  }

  /** All it ever was: what the platform may have answered at some time. */
  everWas(index: number, credential: Credential): readonly string[] {
    return this.#of(index).map((version) => stateOf(version, credential));
  }

  #of(index: number): readonly Version[] {
    const { state } = this.#city.identity(index);
    const first = { revision: 0, chip: 0, chipState: state, rideState: state };
    return [first, ...(this.#versions.get(index) ?? [])];
  }

  #latest(index: number): Version {
    return this.#of(index).at(-1) as Version;
  }

  #push(index: number, version: Version): void {
    const versions = this.#versions.get(index) ?? [];
    versions.push(version);
    this.#versions.set(index, versions);
  }
}

function stateOf({ chip, chipState, rideState }: Version, credential: Credential): string {
  if (credential === 'ride') return rideState;
  if (credential > chip) return 'unknown';
  return credential < chip ? 'replaced' : chipState;
}
