/** Codes of `POST /v1/receipts` and `GET /v1/receipts/{id}`: part of the one table, `codes.ts`. */
import type { CodeEntry } from './code-entry.ts';

const refusal = (http: number, retry: boolean, meaning: string): CodeEntry => ({
  kind: 'refusal',
  outcome: 'none',
  http,
  retry,
  meaning,
});

export const RECEIPT_CODES = {
  'receipt.unknown_decision': refusal(
    404,
    false,
    'No decision of this device is in the journal under this id. Decisions of other devices are not told apart from those that there are not.',
  ),
  'receipt.unknown': refusal(404, false, 'No receipt of this device is kept under this id.'),
  'receipt.purpose_not_taken': refusal(
    403,
    false,
    'The scene of the decision gives no receipts for this purpose (`receipts` of the scene or its policy).',
  ),
  'receipt.not_allowed': refusal(
    409,
    false,
    'The outcome of the decision has no receipt for this purpose: disbursement and payment want `allow`, identity wants a credential that was proven.',
  ),
  'receipt.too_old': refusal(
    409,
    false,
    'The decision is older than `limits.receipt_age_max_ms`: have the card shown again.',
  ),
  'receipt.reference_taken': refusal(
    409,
    false,
    'This reference was proved for this purpose before, by another decision, device, amount or algorithm. It is never proved twice.',
  ),
  'receipt.decision_taken': refusal(
    409,
    false,
    'This decision has a receipt for this purpose already, under another reference.',
  ),
  'receipt.amount_unusable': refusal(
    422,
    false,
    'An amount and its currency (ISO 4217) belong together, and to the purposes disbursement and payment only.',
  ),
  'receipt.algorithm': refusal(
    409,
    false,
    'The gateway does not sign with this algorithm: `crypto.profile` says which it uses. Without `alg` it takes its own.',
  ),
  'receipt.no_longer_kept': refusal(
    410,
    false,
    'The receipt was given, and is no longer kept (`receipts.keep_days`). Its reference stays taken.',
  ),
  'receipt.no_proof': refusal(
    409,
    false,
    "The journal's log no longer holds the hashes that would prove this decision.",
  ),
  'receipt.not_logged_yet': refusal(
    503,
    true,
    "No checkpoint of the journal's log covers the decision yet: ask again.",
  ),
  'receipt.too_many': refusal(
    429,
    true,
    'The device asks for more receipts than allowed: at once, in a second (`limits.receipts_per_s`), or in a day (`limits.receipts_per_device_day`).',
  ),
  'receipt.store_full': refusal(
    503,
    true,
    'There is no room to remember another reference (`receipts.references_max`, `receipts.max_bytes`, or the disk), so none is proved.',
  ),
  'receipt.unavailable': refusal(
    503,
    true,
    'Receipts cannot be signed or kept now: the log of the gateway says why. Taps are not touched by it.',
  ),
} as const satisfies Record<string, CodeEntry>;
