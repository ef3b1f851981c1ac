/**
 * What the issuer's own status list (draft-ietf-oauth-status-list) makes of what is known of a card. Both must be
 * content: what either holds against it counts. Where the list cannot be asked, nothing takes its place but the
 * platform's own answer: to nobody having been asked, the scene says what follows.
 */

import type { TokenStatus } from '../../knowledge/token-status/token-status-lists.ts';
import type { StatusFacts } from '../../verification.ts';

/**
 * `token`: null where there are no such lists, which is as one that trust does not name. The key on the card list is
 * left out where that list alone no longer leads to the state, so that it is not judged again by it alone.
 */
export function withTokenStatus(status: StatusFacts, token: TokenStatus | null, atMs: number): StatusFacts {
  if (holdsAgainst(status)) return status;
  switch (token?.kind) {
    case 'valid':
      return withValid(status, Math.max(0, atMs - token.asOfMs));
    case 'suspended':
    case 'invalid':
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

/** The issuer's word stands where no card list speaks of it; where one does, the older of the two gives the age. */
function withValid(status: StatusFacts, ageMs: number): StatusFacts {
  const { state, source } = status;
  if (source === 'live') return status;
  if (source === 'none' || state === 'not_covered') {
    return { ...status, state: 'good', source: 'list', ageMs, listKey: null };
  }
  return { ...status, ageMs: Math.max(status.ageMs, ageMs) };
}
