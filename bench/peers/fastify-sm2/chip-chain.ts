/** The two certificates of a chip card, whatever the algorithm, and the keys in them. */
import { dayStartMs, endOfMonthMs, paddedDigits } from './fields.ts';
import { demand } from './verdict.ts';

export interface CertificateHead {
  readonly digits: string;
  readonly serial: string;
  readonly expiresMs: number;
}

/** A key that may vouch for a card certificate, or sign as a card. */
export interface ChipKey {
  readonly alg: 'sm2' | 'rsa';
  /** The key an issuer certificate (tags 90, 92, 9F32) holds. Throws Unproven. */
  issuer(tags: ReadonlyMap<string, Buffer>): Certified;
  /** The key a card certificate (tags 9F46, 9F48, 9F47) holds. Throws Unproven. */
  card(tags: ReadonlyMap<string, Buffer>, staticData: Buffer): Certified;
  /** Throws Unproven when the dynamic signature (tag 9F4B) does not hold. */
  dynamic(signature: Buffer, terminalData: Buffer): void;
}

export interface Certified {
  readonly head: CertificateHead;
  readonly key: ChipKey;
}

export const ISSUER_DIGITS_BYTES = 4;
export const CARD_DIGITS_BYTES = 10;

/** Format, digits, expiry, serial number: how both certificates of both algorithms begin (EMV Book 2, tables 10, 11). */
export function readHead(body: Buffer, format: number, digitsBytes: number): CertificateHead {
  demand(body[0] === format, 'credential.malformed');
  const expiry = 1 + digitsBytes;
  const digits = paddedDigits(body.subarray(1, expiry));
  const expiresMs = endOfMonthMs(body.subarray(expiry, expiry + 2));
  demand(digits !== '' && !Number.isNaN(expiresMs), 'credential.malformed');
  return { digits, expiresMs, serial: body.toString('hex', expiry + 2, expiry + 5) };
}

/** Throws Unproven when certificates and card do not belong together or are past their time. */
export function checkChain(
  issuer: CertificateHead,
  card: CertificateHead,
  cardNumber: string,
  nowMs: number,
): void {
  demand(cardNumber.startsWith(issuer.digits), 'credential.identity_mismatch');
  demand(nowMs <= issuer.expiresMs, 'trust.certificate_expired');
  demand(card.digits === cardNumber, 'credential.identity_mismatch');
  demand(nowMs <= card.expiresMs, 'trust.certificate_expired');
}

const DAY_MS = 86_400_000;

/** EMV Book 3 clause 10.4.3: 5F25 and 5F24. */
export function checkDates(objects: ReadonlyMap<string, Buffer>, nowMs: number): void {
  const [from, to] = [objects.get('5F25'), objects.get('5F24')];
  if (from !== undefined) {
    const fromMs = dayStartMs(from);
    demand(!Number.isNaN(fromMs), 'credential.malformed');
    demand(nowMs >= fromMs, 'credential.not_yet_valid');
  }
  if (to !== undefined) {
    const toMs = dayStartMs(to);
    demand(!Number.isNaN(toMs), 'credential.malformed');
    demand(nowMs < toMs + DAY_MS, 'credential.expired');
  }
}
