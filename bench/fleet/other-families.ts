/** Families that gates can be shown without a challenge of the gateway, beside ride codes and chips. */
import type { OtherFamily } from './tap-plan.ts';

/** The card list says nothing of their issuers; where a status list of its own does, the code is that of a good card. */
export const OTHER_FAMILIES: readonly OtherFamily[] = [
  { family: 'mdoc', code: 'allow.not_covered' },
  { family: 'sd-jwt', code: 'allow.not_covered' },
  { family: 'hcert', code: 'allow.not_covered' },
  { family: 'shc', code: 'allow.not_covered' },
];
