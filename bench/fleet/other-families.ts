/** Families that gates can be shown without a challenge of the gateway, beside ride codes and chips. */
import type { OtherFamily } from './tap-plan.ts';

/** Families that sign a challenge of the gateway, so that none of them can be made beforehand. */
export const CHALLENGED_FAMILIES: readonly OtherFamily[] = [
  { family: 'card-pki', code: 'allow.not_covered' },
];

/** The card list says nothing of their issuers. What a code resolves to is a card of the city. */
export const OTHER_FAMILIES: readonly OtherFamily[] = [
  { family: 'mdoc', code: 'allow.not_covered' },
  { family: 'sd-jwt', code: 'allow.not_covered' },
  { family: 'hcert', code: 'allow.not_covered' },
  { family: 'shc', code: 'allow.not_covered' },
  { family: 'token', code: 'allow.good' },
];
