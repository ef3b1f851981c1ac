/**
 * Combines the status of a card with the issuer's own status list (draft-ietf-oauth-status-list). What either holds
 * against the card counts. If the status list is not available, only a live answer of the platform replaces it. Without
 * one the status is `unknown` from no source, and the policy of the scene decides.
 */

import type { TokenStatus } from '../../knowledge/token-status/token-status-lists.ts';
import type { StatusFacts } from '../../verification.ts';

/**
 * `token`: null where there are no such lists; treated as a list that trust does not name. `listKey` is null where the
 * card list alone does not lead to the state, so that the decision is not judged again by that list alone.
 */
export function withTokenStatus(status: StatusFacts, token: TokenStatus | null, atMs: number): StatusFacts {
  if (holdsAgainst(status)) return status;
  switch (token?.kind) {
    case 'valid':
      return withValid(status, Math.max(0, atMs - token.asOfMs));
    case 'suspended':
    case 'invalid':
    case 'reserved':
    case 'out_of_range':
      return {
        ...status,
        state: token.kind === 'suspended' ? 'suspended' : 'cancelled',
        source: 'list',
        ageMs: Math.max(0, atMs - token.asOfMs),
        entitlements: 0,
        listKey: null,
      };
    default:
      if (status.source === 'live') return status;
      return { ...status, state: 'unknown', source: 'none', ageMs: 0, entitlements: 0, listKey: null };
  }
}

function holdsAgainst({ state }: StatusFacts): boolean {
  return state !== 'good' && state !== 'unknown' && state !== 'not_covered';
}

/** Without a card list the status list decides. With both, the older one gives the age. */
function withValid(status: StatusFacts, ageMs: number): StatusFacts {
  const { state, source } = status;
  if (source === 'live') return status;
  if (source === 'none' || state === 'not_covered') {
    return { ...status, state: 'good', source: 'list', ageMs, listKey: null };
  }
  return { ...status, ageMs: Math.max(status.ageMs, ageMs) };
}
