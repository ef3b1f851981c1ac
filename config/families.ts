/** What the city document needs to know of a family of credential; the table of families says it. */
import type { PersonalClaim } from './personal-claims.ts';
import type { CardMode } from './policy-schema.ts';

export interface FamilyTraits {
  /** How the city's card is shown with it; null: no card of the city. */
  readonly cardMode: CardMode | null;
  /** Public claims that it can carry; `age_over_*` stands for all that begin so. */
  readonly claims: readonly string[];
  /** Personal claims that it can disclose. */
  readonly discloses: readonly PersonalClaim[];
}

/** Those that a gate or a desk may present, by name. */
export type Families = ReadonlyMap<string, FamilyTraits>;

/** Whether credentials of the family can have this public claim. */
export function carries({ claims }: FamilyTraits, claim: string): boolean {
  return claims.some((each) =>
    each.endsWith('*') ? claim.startsWith(each.slice(0, -1)) && claim.length >= each.length : each === claim,
  );
}
