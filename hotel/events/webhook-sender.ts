/** One delivery of a webhook: signed, never redirected, bounded in time and in what is read of the answer. */
import * as http from 'node:http';
import * as https from 'node:https';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { macOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { guardedLookup, webhookUrl } from './webhook-address.ts';

export interface Delivered {
  readonly taken: boolean;
  /** HTTP status; null: there was no answer. */
  readonly status: number | null;
  /** Why it was not taken; a closed set of words, or the system's code. */
  readonly fault: string | null;
}

interface Sending {
  readonly url: string;
  readonly secret: string;
  readonly body: string;
  readonly eventId: string;
  readonly atMs: number;
  readonly answerMs: number;
  readonly allowsPrivate: boolean;
  readonly profile: CryptoProfile;
}

const ANSWER_BYTES_MAX = 65_536;

/**
 * Value of the header `Onecard-Signature`: `t=<milliseconds>,v1=<HMAC-SHA-256 in hex>`, or `t=<milliseconds>,sm3=<HMAC-SM3 in
 * hex>`, over the milliseconds, a dot, and the body as it was sent, under the text of the secret.
 */
export function webhookSignature(secret: string, atMs: number, body: string, profile: CryptoProfile): string {
  const mac = algorithmFor('webhook-signature', profile);
  const signed = macOf(mac, Buffer.from(secret, 'utf8'), Buffer.from(`${atMs}.${body}`, 'utf8'));
  return `t=${atMs},${profile === 'sm' ? 'sm3' : 'v1'}=${signed.toString('hex')}`;
}

/** Never rejects. */
export function sendWebhook(sending: Sending): Promise<Delivered> {
  const { secret, body, eventId, atMs, answerMs, allowsPrivate, profile } = sending;
  const url = webhookUrl(sending.url, allowsPrivate);
  const failed = (fault: string, status: number | null = null) => ({ taken: false, status, fault });
  // The settings may have become narrower since it was made.
  if (url === null) return Promise.resolve(failed('address_not_allowed'));
  const { promise, resolve } = Promise.withResolvers<Delivered>();
  const client = url.protocol === 'https:' ? https : http;
  const request = client.request(url, {
    method: 'POST',
    agent: false,
    lookup: guardedLookup(allowsPrivate),
    signal: AbortSignal.timeout(answerMs),
    headers: {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'onecard-gateway',
      'onecard-event': eventId,
      'onecard-signature': webhookSignature(secret, atMs, body, profile),
    },
  });
  request.on('response', (response) => {
    const { statusCode = 0 } = response;
    let bytes = 0;
    const end = (fault: string | null) => resolve({ taken: fault === null, status: statusCode, fault });
    response.on('data', (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= ANSWER_BYTES_MAX) return;
      end('answer_too_large');
      request.destroy();
    });
    response.on('end', () => end(faultOf(statusCode)));
    response.on('error', () => end('broken_off'));
  });
  request.on('error', (cause: NodeJS.ErrnoException) => {
    resolve(failed(cause.name === 'AbortError' ? 'timed_out' : (cause.code ?? 'failed')));
  });
  request.end(body);
  return promise;
}

function faultOf(status: number): string | null {
  if (status >= 200 && status < 300) return null;
  return status >= 300 && status < 400 ? 'redirected' : 'refused';
}
