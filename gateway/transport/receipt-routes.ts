/** Routes of signed receipts, and of the keys they are verified with. */
import type { Code } from '../../config/codes.ts';
import { MEDIA_TYPES } from './media.ts';
import type { Content, Route } from './route.ts';
import { ALWAYS, BODY_PROBLEMS, TOKEN_PROBLEMS } from './shared-problems.ts';
import { findReceipt, issueReceipt, RECEIPTS_PATH, receiptKeys } from './taps/rest-receipts.ts';
import type { RestRequests } from './taps/rest-requests.ts';
import { ReceiptId } from './taps/rest-schemas.ts';
import type { TransportOptions } from './transport.ts';

export const RECEIPT_KEYS_PATH = '/.well-known/onecard-receipts.json';

const RECEIPT_PROBLEMS: readonly Code[] = [
  'receipt.unknown_decision',
  'tap.scene_not_allowed',
  'receipt.purpose_not_taken',
  'receipt.not_allowed',
  'receipt.too_old',
  'receipt.reference_taken',
  'receipt.decision_taken',
  'receipt.amount_unusable',
  'receipt.algorithm',
  'receipt.no_longer_kept',
  'receipt.no_proof',
  'receipt.not_logged_yet',
  'receipt.too_many',
  'receipt.store_full',
  'receipt.unavailable',
];

const REQUEST_EXAMPLE = {
  decision_id: 'gw-1:0123456789abcdef:1201',
  purpose: 'disbursement',
  reference: '2026-11/allowance/84213',
  amount: 12_000,
  currency: 'CNY',
};
const RECEIPT_EXAMPLE = {
  id: '5f0c2b1de0a94c0f8a4d7e21b3c6f9aa',
  receipt: 'eyJhbGciOiJFUzI1NiIsInR5cCI6Im9uZWNhcmQtcmVjZWlwdCtqd3QifQ.eyJpc3MiOiJndy0xIn0.MEQCIAhYsigned',
};

export function receiptRoutes(options: TransportOptions, requests: RestRequests): readonly Route[] {
  return [issue(options, requests), find(options), keys(options)];
}

function given(): Readonly<Record<string, Content>> {
  return {
    [MEDIA_TYPES.json]: { schema: 'Receipt', examples: { receipt: RECEIPT_EXAMPLE } },
    [MEDIA_TYPES.msgpack]: { schema: 'Receipt' },
  };
}

function issue({ receipts }: TransportOptions, requests: RestRequests): Route {
  return {
    method: 'post',
    path: RECEIPTS_PATH,
    operation: {
      operationId: 'issueReceipt',
      summary: 'Get a signed receipt of a decision',
      description:
        'For a fund or a payment system: proof that the card was shown (docs/receipts.md). A reference is proved once for ' +
        'each purpose. The same request may be sent again, and gets the same bytes.',
      security: 'anyToken',
      request: {
        [MEDIA_TYPES.json]: { schema: 'ReceiptRequest', examples: { subsidy: REQUEST_EXAMPLE } },
        [MEDIA_TYPES.msgpack]: { schema: 'ReceiptRequest' },
      },
      responses: [
        { status: 201, description: 'Given, and on disk.', content: given() },
        { status: 200, description: 'Given before to the same request.', content: given() },
      ],
      problems: [...TOKEN_PROBLEMS, ...BODY_PROBLEMS, ...RECEIPT_PROBLEMS, ...ALWAYS],
    },
    handle: (exchange) => issueReceipt(requests, receipts, exchange),
  };
}

function find({ devices, receipts }: TransportOptions): Route {
  return {
    method: 'get',
    path: `${RECEIPTS_PATH}/{id}`,
    operation: {
      operationId: 'findReceipt',
      summary: 'Get a receipt again',
      description: 'Of the device that it was given to, for `receipts.keep_days`.',
      security: 'anyToken',
      parameters: [{ name: 'id', schema: ReceiptId }],
      request: null,
      responses: [{ status: 200, description: 'Kept.', content: given() }],
      problems: [
        ...TOKEN_PROBLEMS,
        'request.not_acceptable',
        'receipt.unknown',
        'receipt.unavailable',
        ...ALWAYS,
      ],
    },
    handle: (exchange, id) => findReceipt(devices, receipts, exchange, id),
  };
}

function keys({ receipts }: TransportOptions): Route {
  return {
    method: 'get',
    path: RECEIPT_KEYS_PATH,
    operation: {
      operationId: 'receiptKeys',
      summary: 'Keys that receipts are verified with',
      description: 'A JWK Set (RFC 7517), and beside it the key of the journal’s log.',
      security: null,
      request: null,
      responses: [
        { status: 200, description: 'The keys.', content: { [MEDIA_TYPES.json]: { schema: 'ReceiptKeys' } } },
      ],
      problems: ['receipt.unavailable', ...ALWAYS],
    },
    handle: (exchange) => receiptKeys(receipts, exchange),
  };
}
