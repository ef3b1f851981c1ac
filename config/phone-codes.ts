/** Codes of phone documents at the hotel desk (OpenID4VP): part of the one table, `codes.ts`. */
import type { CodeEntry } from './code-entry.ts';

const refusal = (http: number, retry: boolean, meaning: string): CodeEntry => ({
  kind: 'refusal',
  outcome: 'none',
  http,
  retry,
  meaning,
});

export const PHONE_CODES = {
  'phone.too_many': refusal(429, true, 'Too many requests for phone documents are open: let some end.'),
  'phone.no_documents': refusal(
    422,
    false,
    'No scene of this desk takes phone documents: one with mdoc or sd-jwt among its families does.',
  ),
  'phone.fetched': refusal(
    410,
    false,
    'The request was fetched before, and is given once: show a new code at the desk.',
  ),
  'phone.answered': refusal(409, false, 'The request has its answer, and takes one: show a new code.'),
  'phone.expired': refusal(410, false, 'The request is past its time: show a new code at the desk.'),
  'phone.malformed': refusal(400, false, 'The answer of the wallet is not of the form of OpenID4VP 1.0.'),
  'phone.not_decrypted': refusal(
    400,
    false,
    'The answer is not encrypted to the key of this request, or not by an algorithm that was asked for.',
  ),
  'phone.state_mismatch': refusal(
    400,
    false,
    'The answer is to another request: its state is not that of this one.',
  ),
  'phone.less_than_asked': refusal(
    400,
    false,
    'The wallet sent no document, or one without the claims that must be there.',
  ),
  'phone.more_than_asked': refusal(
    400,
    false,
    'The wallet sent more than the one document that was asked for.',
  ),
  'phone.not_asked': refusal(400, false, 'The wallet sent a document of a type that was not asked for.'),
  'phone.declined': refusal(400, false, 'The guest, or the wallet, did not agree to share.'),
  'phone.wallet_failed': refusal(400, false, 'The wallet could not answer, and said so.'),
  'phone.not_accepted': refusal(
    400,
    false,
    'The document was judged, and is not accepted: the desk is told why.',
  ),
  'phone.not_judged': refusal(
    503,
    true,
    'The document could not be judged now: show a new code at the desk.',
  ),
} as const satisfies Record<string, CodeEntry>;
export type PhoneCode = keyof typeof PHONE_CODES;
