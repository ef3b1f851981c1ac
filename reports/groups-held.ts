/** The groups of people that a decision says its holder belongs to. */
import type { Facts, GroupSaid } from '../gateway/verification.ts';

/** Bits of the card list, 0 the lowest. */
const CARD_BITS: readonly string[] = [
  'senior',
  'student',
  'disabled',
  'unemployed',
  'veteran',
  'medical-staff',
  'foreign-worker',
];
const YES: ReadonlySet<GroupSaid> = new Set(['card', 'claim', 'list']);

/**
 * In order of name. What the scene asked for, as it was decided; of all other groups, and of records from before they were
 * asked for, what the card list's bits say.
 */
export function groupsHeld({ groups, status }: Pick<Facts, 'groups' | 'status'>): string[] {
  const asked = Object.entries(groups).flatMap(([group, said]) => (YES.has(said) ? [group] : []));
  const other = CARD_BITS.filter(
    (group, bit) => !(group in groups) && (status.entitlements & (1 << bit)) !== 0,
  );
  return [...asked, ...other].toSorted();
}
