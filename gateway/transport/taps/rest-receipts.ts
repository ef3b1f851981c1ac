/** `POST /v1/receipts` and `GET /v1/receipts/{id}`: signed proof that a card was shown. */
import { Compile } from 'typebox/compile';
import type { DeviceAuth } from '../../devices/auth.ts';
import type { GivenReceipt, ReceiptIssuer, ReceiptRefusal } from '../../receipts/receipt.ts';
import type { Exchange } from '../exchange.ts';
import { acceptedForm, MEDIA_TYPES, type MediaForm } from '../media.ts';
import { type RestRequests, writeValue } from './rest-requests.ts';
import { ReceiptRequest } from './rest-schemas.ts';

export const RECEIPTS_PATH = '/v1/receipts';
/** Verifiers fetch again what they do not know, so a key that was rotated in is found in time. */
const KEYS_CACHED_S = 300;

const receiptRequest = Compile(ReceiptRequest);
/** Six short members. */
const LIMITS = { bytes: 1_024, depth: 1, entries: 8 } as const;

export function issueReceipt(
  requests: RestRequests,
  receipts: ReceiptIssuer,
  exchange: Exchange,
): void | Promise<void> {
  return requests.read(
    exchange,
    () => LIMITS,
    ({ device, value, answerForm }) => {
      if (!receiptRequest.Check(value)) return exchange.refuse('request.wrong_type');
      const { decision_id, purpose, reference, amount = null, currency = null, alg = null } = value;
      const request = { decisionId: decision_id, purpose, reference, amount, currency, alg };
      receipts.issue(device, request).then(
        (given) => answer(exchange, answerForm, given),
        () => exchange.refuse('gateway.internal'),
      );
    },
  );
}

export async function findReceipt(
  devices: DeviceAuth,
  receipts: ReceiptIssuer,
  exchange: Exchange,
  id: string,
): Promise<void> {
  const { bearer } = exchange;
  if (bearer === null) return exchange.refuse('auth.missing');
  const form = acceptedForm(exchange.accept, 'json');
  if (form === null) return exchange.refuse('request.not_acceptable');
  const authenticated = await devices.authenticate(bearer);
  if (!authenticated.ok) return exchange.refuse(authenticated.code);
  answer(exchange, form, receipts.find(authenticated.device, id));
}

export function receiptKeys(receipts: ReceiptIssuer, exchange: Exchange): void {
  const document = receipts.publicKeys();
  if (document === null) {
    exchange.refuse('receipt.unavailable');
    return;
  }
  const cached = `public, max-age=${KEYS_CACHED_S}`;
  exchange.respond(
    200,
    [
      ['Content-Type', MEDIA_TYPES.json],
      ['Cache-Control', cached],
    ],
    document,
  );
}

function answer(exchange: Exchange, form: MediaForm, given: GivenReceipt | ReceiptRefusal): void {
  if ('code' in given) {
    exchange.refuse(given.code, given.retryAfterMs);
    return;
  }
  const { id, jws, isNew } = given;
  const location = [['Location', `${RECEIPTS_PATH}/${id}`]] as const;
  writeValue(exchange, form, { id, receipt: jws }, isNew ? 201 : 200, isNew ? location : []);
}
