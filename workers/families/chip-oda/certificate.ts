/** The part that issuer and card certificates of every algorithm begin with: format, identity, expiry, serial. */
import type { Code } from '../../../config/codes.ts';
import { endOfMonthMs } from '../../codecs/bcd.ts';
import { compressedNumeric } from '../../codecs/compressed-numeric.ts';
import { toHex } from '../../codecs/hex.ts';
import { MODULUS_BYTES_MIN } from '../../engine/rsa.ts';
import type { ChipCheckList } from './chip-check-list.ts';

/** One of the two kinds of certificate. */
export interface CertificateKind {
  /** Prefix of the names of its checks. */
  readonly name: string;
  readonly signatureCode: Code;
  /** Bytes of the identity field, and how many digits it may hold. */
  readonly identityBytes: number;
  readonly digitsMin: number;
  readonly digitsMax: number;
  /** Shortest RSA key taken from it, bytes. */
  readonly modulusBytesMin: number;
}

/** EMV Book 2 table 10: the issuer identifier is the leftmost three to eight digits of the card number. */
export const ISSUER_CERTIFICATE: CertificateKind = {
  name: 'issuer_certificate',
  signatureCode: 'signature.issuer_certificate',
  identityBytes: 4,
  digitsMin: 3,
  digitsMax: 8,
  // 1,024 bits: who finds the private half of an issuer's key makes any card of that issuer.
  modulusBytesMin: 128,
};

/** ISO/IEC 7812-1 clause 4.1: a card number has at most 19 digits, and an issuer identifier is 8 of them. */
export const CARD_NUMBER_DIGITS_MIN = 8;
export const CARD_NUMBER_DIGITS_MAX = 19;

/** EMV Book 2 table 11. */
export const CARD_CERTIFICATE: CertificateKind = {
  name: 'card_certificate',
  signatureCode: 'signature.card_certificate',
  identityBytes: 10,
  digitsMin: CARD_NUMBER_DIGITS_MIN,
  digitsMax: CARD_NUMBER_DIGITS_MAX,
  // EMV Book 2 clause 6.1 lets cards have shorter keys than their issuers; one that is broken is one card.
  modulusBytesMin: MODULUS_BYTES_MIN,
};

const EXPIRY_BYTES = 2;
const SERIAL_BYTES = 3;

/** Offset of what follows the serial number: the algorithm identifiers. */
export function algorithmsOffset(kind: CertificateKind): number {
  return 1 + kind.identityBytes + EXPIRY_BYTES + SERIAL_BYTES;
}

export interface CertificateHead {
  readonly digits: string;
  readonly expiresMs: number;
  readonly serial: string;
}

/** Reads the head of a certificate body that is known to be long enough. */
export function readHead(
  list: ChipCheckList,
  kind: CertificateKind,
  format: number,
  body: Uint8Array,
): CertificateHead | null {
  const malformed = 'credential.malformed';
  if (!list.require(`${kind.name}.format`, malformed, body[0] === format)) return null;
  const expiryOffset = 1 + kind.identityBytes;
  const serialOffset = expiryOffset + EXPIRY_BYTES;
  const digits = compressedNumeric(body.subarray(1, expiryOffset));
  const inRange = digits !== null && digits.length >= kind.digitsMin && digits.length <= kind.digitsMax;
  if (!list.require(`${kind.name}.identity`, malformed, inRange) || digits === null) return null;
  const expiresMs = endOfMonthMs(body, expiryOffset);
  if (!list.require(`${kind.name}.expiry_field`, malformed, expiresMs !== null) || expiresMs === null)
    return null;
  const serial = toHex(body.subarray(serialOffset, serialOffset + SERIAL_BYTES));
  return { digits, expiresMs, serial };
}
