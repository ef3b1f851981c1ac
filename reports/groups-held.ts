/** The groups of people that a decision says its holder belongs to. */
import type { Facts } from '../gateway/verification.ts';

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

/** In order of name. */
export function groupsHeld({ status }: Pick<Facts, 'status'>): string[] {
  return CARD_BITS.filter((_, bit) => (status.entitlements & (1 << bit)) !== 0).toSorted();
}
