/** Codes of the hotel desk's API: part of the one table, `codes.ts`. */
import type { CodeEntry } from './code-entry.ts';
import { PHONE_CODES } from './phone-codes.ts';
import { READER_CODES } from './reader-codes.ts';
import { REPORT_CODES } from './report-codes.ts';

const refusal = (http: number, retry: boolean, meaning: string): CodeEntry => ({
  kind: 'refusal',
  outcome: 'none',
  http,
  retry,
  meaning,
});

const referral = (meaning: string): CodeEntry => ({
  kind: 'decision',
  outcome: 'refer',
  http: 200,
  retry: false,
  meaning,
});

export const HOTEL_CODES = {
  'desk.name_differs': referral(
    'The credential is good, and the name that was given is not its holder’s: a person must look.',
  ),
  'desk.number_differs': referral(
    'The credential is good, and the document number that was given is not its holder’s: a person must look.',
  ),
  'desk.pin_wrong': referral('The credential is good, and the PIN is wrong: a person must look.'),
  'desk.pin_later': referral(
    'The credential is good, and no PIN is taken for a while after wrong ones: a person must look.',
  ),
  'desk.denied': refusal(
    409,
    false,
    'The gateway denied what the guest showed: nobody is checked in by it. Ask for another document.',
  ),
  'desk.not_now': refusal(
    409,
    false,
    'Its state does not allow that: the guest was checked out, taken back, or is not referred. Read it again.',
  ),
  'desk.evidence_short': referral(
    'The credential is good, and the local rules want more evidence at this scene: a person must look.',
  ),
  'desk.verification_unknown': refusal(
    409,
    false,
    'No such verification is known to whoever asks: it is past its time, was used, or the desk started anew. Verify again.',
  ),
  'desk.idempotency_key_reused': refusal(
    422,
    false,
    'The idempotency key was used for another request: take a key of its own for each.',
  ),
  'desk.in_flight': refusal(
    409,
    true,
    'The first request under this idempotency key is still being worked on: ask again in a moment.',
  ),
  'desk.unauthenticated': refusal(401, false, 'Sign in, or send an access token.'),
  'desk.forbidden': refusal(
    403,
    false,
    'The account or client may not do this: its role or scopes do not hold it.',
  ),
  'desk.sign_in_failed': refusal(
    401,
    false,
    'Account or password is wrong, or the one-time password has run out.',
  ),
  'desk.sign_in_later': refusal(
    429,
    true,
    'Too many attempts failed, for this account or from this address: the next is possible after a while, never later than that.',
  ),
  'desk.password_to_change': refusal(
    403,
    false,
    'The password of the account is known to somebody else: change it first (POST /session/password).',
  ),
  'desk.cross_site': refusal(
    403,
    false,
    'The request did not come from the console itself: X-CSRF-Token is missing or of another session, the page is of another ' +
      'site, or the console was opened at another address than hotel.public_url.',
  ),
  'desk.passkey_refused': refusal(
    422,
    false,
    'The passkey does not hold: its challenge is used or past its time, it is bound to another address, or an account has it.',
  ),
  'desk.passkey_needs_name': refusal(
    409,
    false,
    'Passkeys are bound to a name: open the console at localhost, or at hotel.public_url, not at a numeric address.',
  ),
  'desk.exists': refusal(409, false, 'There is one of this name already.'),
  'desk.too_many_kept': refusal(
    409,
    false,
    'No more of these can be kept: the settings have a limit (hotel.limits).',
  ),
  'desk.last_manager': refusal(
    409,
    false,
    'It is the last account of a manager that is not disabled: make another first.',
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
  ...PHONE_CODES,
  ...READER_CODES,
  ...REPORT_CODES,
  'desk.console_unbuilt': refusal(
    503,
    true,
    'The console could not be built from its sources: the log says why, and so does npm run build:console.',
  ),
  'desk.not_over': refusal(
    409,
    false,
    'The guest is still in the house, or a report of the guest is not accepted yet: see to that first.',
  ),
  'desk.plan_changed': refusal(
    409,
    false,
    'What is due is no longer what the plan said: ask for the plan again.',
  ),
} as const satisfies Record<string, CodeEntry>;
