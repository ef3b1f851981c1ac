/** The groups of people that a decision says its holder belongs to. */
import type { Group } from '../config/policy-schema.ts';
import type { Facts, GroupSaid } from '../gateway/verification.ts';

const YES: ReadonlySet<GroupSaid> = new Set(['card', 'claim', 'list']);

/** Bit of the card list, 0 the lowest, by group. */
export function cardBitsOf(groups: readonly Group[]): ReadonlyMap<string, number> {
  return new Map(
    groups.flatMap(({ group, from }) => {
      const source = from.find((each) => 'card_bit' in each);
      return source === undefined ? [] : [[group, source.card_bit] as const];
    }),
  );
}

/** In order of name. What the scene asked for, as it was decided; of all other groups, what the card list's bits say. */
export function groupsHeld(
  { groups, status }: Pick<Facts, 'groups' | 'status'>,
  cardBits: ReadonlyMap<string, number>,
): string[] {
  const held = Object.entries(groups).flatMap(([group, said]) => (YES.has(said) ? [group] : []));
  for (const [group, bit] of cardBits) {
    if (!(group in groups) && ((status.entitlements >>> bit) & 1) === 1) held.push(group);
  }
  return held.sort();
}
