/** Codes of the hotel desk's API: part of the one table, `codes.ts`. */
import type { CodeEntry } from './code-entry.ts';

const refusal = (http: number, retry: boolean, meaning: string): CodeEntry => ({
  kind: 'refusal',
  outcome: 'none',
  http,
  retry,
  meaning,
});

export const HOTEL_CODES = {
  'desk.unauthenticated': refusal(401, false, 'Sign in, or send an access token.'),
  'desk.forbidden': refusal(
    403,
    false,
    'The account or client may not do this: its role or scopes do not hold it.',
  ),
  'desk.too_many': refusal(429, true, 'More requests than allowed.'),
  'desk.invalid': refusal(
    422,
    false,
    'A field is missing, unknown, or not of the form it must have: `errors` names it.',
  ),
  'desk.not_found': refusal(404, false, 'There is no such thing at this desk.'),
  'desk.conflict': refusal(409, true, 'It was changed by somebody else meanwhile: read it again.'),
  'desk.no_workplace': refusal(
    409,
    false,
    'This needs the session of an operator who is at a workplace: choose one.',
  ),
  'desk.store_unavailable': refusal(503, true, 'The register cannot be written now, so nothing was done.'),
  'desk.gateway_silent': refusal(503, true, 'The gateway does not answer, so nothing was done.'),
} as const satisfies Record<string, CodeEntry>;
