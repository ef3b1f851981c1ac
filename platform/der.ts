/** DER as the reference platform writes it (ITU-T X.690). Written apart from the reader on purpose, as all of the platform is. */
import { joined } from './bytes.ts';

/** One element: tag, minimal length, the parts one after another. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = joined(...parts);
  const { length } = value;
  if (length < 0x80) return joined(Uint8Array.of(tag, length), value);
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return joined(Uint8Array.of(tag, 0x80 | bytes.length, ...bytes), value);
}

export const sequence = (...parts: readonly Uint8Array[]): Uint8Array => der(0x30, ...parts);
export const octets = (value: Uint8Array): Uint8Array => der(0x04, value);
export const derNull: Uint8Array = Uint8Array.of(0x05, 0x00);
export const derTrue: Uint8Array = Uint8Array.of(0x01, 0x01, 0xff);
export const bitString = (value: Uint8Array, unusedBits: number = 0): Uint8Array =>
  der(0x03, Uint8Array.of(unusedBits), value);
export const utf8 = (text: string): Uint8Array => der(0x0c, Buffer.from(text, 'utf8'));

/** Elements of a SET OF, put in order (clause 11.6). */
export function setOf(...elements: readonly Uint8Array[]): Uint8Array {
  return der(0x31, ...[...elements].sort((a, b) => Buffer.compare(a, b)));
}

/** INTEGER of a number from 0, given big-endian. */
export function unsigned(bytes: Uint8Array): Uint8Array {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from += 1;
  const value = bytes.subarray(from);
  return (value[0] ?? 0) >= 0x80
    ? der(0x02, Uint8Array.of(0), value)
    : der(0x02, value.length > 0 ? value : Uint8Array.of(0));
}

export const small = (number: number): Uint8Array =>
  unsigned(Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number));

/** OBJECT IDENTIFIER of dotted text. */
export function identifier(dotted: string): Uint8Array {
  const [root = 0, second = 0, ...arcs] = dotted.split('.').map(Number);
  const bytes = [root * 40 + second, ...arcs].flatMap((arc) => {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(0x80 | (left % 128));
    return groups;
  });
  return der(0x06, Uint8Array.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280 clause 4.1.2.5). */
export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, '');
  const year = Number(digits.slice(0, 4));
  const short = year >= 1950 && year <= 2049;
  return der(short ? 0x17 : 0x18, Buffer.from(`${short ? digits.slice(2) : digits}Z`, 'latin1'));
}

/** SEQUENCE { r, s } of r ‖ s. */
export function signatureValue(raw: Uint8Array): Uint8Array {
  const half = raw.length / 2;
  return sequence(unsigned(raw.subarray(0, half)), unsigned(raw.subarray(half)));
}

/** A certificate in text (RFC 7468 clause 5). */
export function pem(certificate: Uint8Array): string {
  const lines = Buffer.from(certificate)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
