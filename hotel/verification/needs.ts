/** What is needed before a guest counts as checked in: by the kind of document, and by age. No clock is read here. */
import { documentKind } from '../../config/hotel/read-rules.ts';
import type { HotelRules } from '../../config/hotel/rules-schema.ts';
import { readCitizenNumber } from '../matching/citizen-number.ts';
import { normalNumber } from '../matching/normal-form.ts';
import type { Guest, GuestClaims, Need } from '../stays/stay.ts';

export interface KnownOfGuest {
  readonly claims: Partial<GuestClaims> & Pick<GuestClaims, 'document_kind'>;
  readonly guardian: Guest['guardian'];
  readonly isPersonCompared: boolean;
}

/** `today`: YYYY-MM-DD at the hotel. In the order of the register's form. */
export function needsOf(
  rules: HotelRules,
  { claims, guardian, isPersonCompared }: KnownOfGuest,
  today: string,
): Need[] {
  const kind = documentKind(rules, claims.document_kind);
  const missing = (kind?.fields ?? []).filter((field) => !(claims[field] ?? ''));
  return [
    ...(claims.full_name ? [] : ['full_name' as const]),
    // A number that may not be kept was seen, and is not there afterwards.
    ...missing.filter((field) => field !== 'document_number' || kind?.number_kept !== false),
    ...(isMinor(rules, claims, today) && guardian === null ? rules.minors.needs : []),
    ...(kind?.compare_person && !isPersonCompared ? ['person_compared' as const] : []),
  ];
}

/** By the birth date, or by what a citizen number says of it (GB 11643); who says neither is taken for grown up. */
export function isMinor(
  { minors }: HotelRules,
  claims: Pick<Partial<GuestClaims>, 'birth_date' | 'document_number'>,
  today: string,
): boolean {
  const born = birthDateOf(claims);
  return born !== null && ageAt(born, today) < minors.age_below;
}

/** What is signed or written before what the number says. */
export function birthDateOf({
  birth_date,
  document_number,
}: Pick<Partial<GuestClaims>, 'birth_date' | 'document_number'>): string | null {
  if (birth_date !== undefined && /^\d{4}-\d\d-\d\d$/.test(birth_date)) return birth_date;
  return document_number ? (readCitizenNumber(normalNumber(document_number))?.birthDate ?? null) : null;
}

/** Years on a day; the birthday counts. */
export function ageAt(born: string, today: string): number {
  const years = Number(today.slice(0, 4)) - Number(born.slice(0, 4));
  return today.slice(5) >= born.slice(5) ? years : years - 1;
}
