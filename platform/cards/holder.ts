/** From the names of a credential back to the card: without a table, since numbers are made from the card's index. */
import { type CardIdentity, indexOfPan, indexOfUserAccount, withChip } from './identity.ts';
import type { CredentialName } from './list.ts';

export interface CredentialHolder {
  /** Of the card. */
  readonly index: number;
  /** Which of the card's chips it is; null: the ride code of its holder. */
  readonly chip: number | null;
}

interface Naming {
  readonly cards: number;
  readonly chipsMax: number;
  identity(index: number): CardIdentity;
  /** The names of a card's chip and ride code, in this order. */
  names(identity: CardIdentity): readonly CredentialName[];
}

/** Null when no card has such a credential. */
export function holderOf(city: Naming, issuer: string, credentialId: string): CredentialHolder | null {
  const number = credentialId.slice(credentialId.lastIndexOf(':') + 1);
  for (const index of [indexOfPan(number), indexOfUserAccount(number)]) {
    if (index === null || index >= city.cards) continue;
    const identity = city.identity(index);
    for (let chip = 0; chip <= city.chipsMax; chip += 1) {
      const names = city.names(withChip(identity, chip));
      const found = names.findIndex((name) => name.issuer === issuer && name.credentialId === credentialId);
      if (found >= 0) return { index, chip: found === 0 ? chip : null };
    }
  }
  return null;
}
