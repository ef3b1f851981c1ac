/** From the names of a credential back to the card: without a table, since numbers are made from the card's index. */
import { type CardIdentity, indexOfPan, indexOfUserAccount, withChip } from './identity.ts';
import type { CredentialName, CredentialNames } from './list.ts';
import type { RegionNumbers } from './region-numbers.ts';

export interface CredentialHolder {
  /** Of the card. */
  readonly index: number;
  /** Which of the card's chips it is; null: the ride code of its holder. */
  readonly chip: number | null;
}

interface Naming {
  readonly cards: number;
  readonly chipsMax: number;
  readonly numbers: RegionNumbers;
  identity(index: number): CardIdentity;
  names(identity: CardIdentity): CredentialNames;
}

/** Null when no card has such a credential. */
export function holderOf(city: Naming, issuer: string, credentialId: string): CredentialHolder | null {
  const number = credentialId.slice(credentialId.lastIndexOf(':') + 1);
  for (const index of [indexOfPan(city.numbers, number), indexOfUserAccount(city.numbers, number)]) {
    if (index === null || index >= city.cards) continue;
    const identity = city.identity(index);
    const isAsked = (name: CredentialName) => name.issuer === issuer && name.credentialId === credentialId;
    if (isAsked(city.names(identity).ride)) return { index, chip: null };
    for (let chip = 0; chip <= city.chipsMax; chip += 1) {
      if (isAsked(city.names(withChip(identity, chip)).chip)) return { index, chip };
    }
  }
  return null;
}
