/** Who taps: a card of the demonstration's city that is as was asked. */

import type { ListedState } from '../../platform/cards/identity.ts';
import { ENTITLEMENTS } from '../../platform/cards/identity.ts';
import type { City } from '../../platform/city.ts';
import { UnusableError } from '../unusable.ts';

export interface Wanted {
  /** Names of groups that it belongs to. */
  readonly groups: readonly string[];
  readonly state: ListedState;
  /** Whether it is on the named lists of the demonstration. */
  readonly isMember: boolean;
}

/** Every second card of the demonstration is on each of its named lists. */
export const isMember = (index: number): boolean => index % 2 === 0;

/** Throws UnusableError on a group that cards do not know. */
export function bitsOf(groups: readonly string[]): number {
  const bits: Readonly<Record<string, number>> = ENTITLEMENTS;
  return groups.reduce((all, group) => {
    const bit = bits[group];
    if (bit !== undefined) return all | bit;
    throw new UnusableError(`no card belongs to ${group}: there are ${Object.keys(bits).join(', ')}`);
  }, 0);
}

/**
 * One of the cards that are so, another each time: `turn` counts. Of those that belong to the groups, one that belongs to no
 * other where there is one. Throws UnusableError where the city has none.
 */
export function chooseCard(city: City, wanted: Wanted, turn: number): number {
  const bits = bitsOf(wanted.groups);
  const fitting = Array.from({ length: city.size }, (_, index) => index).filter((index) => {
    const { state, entitlements } = city.identity(index);
    return state === wanted.state && (entitlements & bits) === bits && isMember(index) === wanted.isMember;
  });
  const plain = fitting.filter((index) => city.identity(index).entitlements === bits);
  const among = plain.length > 0 ? plain : fitting;
  const chosen = among[turn % among.length];
  if (chosen !== undefined) return chosen;
  const who = [wanted.state, ...wanted.groups, wanted.isMember ? 'on the lists' : 'on no list'].join(', ');
  throw new UnusableError(
    `of the ${city.size} cards of the demonstration none is ${who}: start it with more --cards`,
  );
}
