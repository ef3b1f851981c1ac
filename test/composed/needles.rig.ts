/** Looks for what must not be somewhere, in each form that it could be there in. */
import type { City } from '../../platform/city.ts';
import { toHex } from '../../workers/codecs/hex.ts';

export interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

/** A number as it could leak: digits, and packed two to a byte, each in every form of bytes. */
export function formsOf(what: string, digits: string): Needle[] {
  const even = digits.length % 2 === 0 ? digits : `${digits}f`;
  return [Buffer.from(digits, 'latin1'), Buffer.from(even, 'hex')].flatMap((raw) => formsOfBytes(what, raw));
}

/** A text as it could leak. */
export function formsOfText(what: string, text: string): Needle[] {
  return formsOfBytes(what, Buffer.from(text));
}

/** Bytes as they are, their hex, and their base64 wherever it begins. */
function formsOfBytes(what: string, bytes: Buffer): Needle[] {
  const hex = bytes.toString('hex');
  const base64 = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
    // Without the characters that what stands before or behind has a part in.
    return encoded.slice(before === 0 ? 0 : before + 1, (before + bytes.length) % 3 === 0 ? undefined : -1);
  });
  const texts = [
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64.map((text) => text.replaceAll('-', '+').replaceAll('_', '/')),
  ];
  return [bytes, ...texts.map((text) => Buffer.from(text, 'latin1'))].map((each) => ({ what, bytes: each }));
}

export function needlesOf(city: City): Needle[] {
  return Array.from({ length: city.size }, (_, index) => city.identity(index)).flatMap(
    ({ pan, paymentAccount, userAccount }, index) => [
      ...formsOf(`card number ${index}`, pan),
      ...formsOf(`payment account ${index}`, paymentAccount),
      ...formsOf(`user account ${index}`, toHex(userAccount).replace(/f+$/, '')),
    ],
  );
}

/** What is found, also in what the bytes hold as base64. */
export function foundIn(bytes: Buffer, needles: readonly Needle[]): string[] {
  const runs = bytes.toString('latin1').match(/[A-Za-z0-9_-]{24,}/g) ?? [];
  const places = [bytes, Buffer.concat(runs.map((run) => Buffer.from(run, 'base64url')))];
  const found = needles.filter((needle) => places.some((place) => place.includes(needle.bytes)));
  return [...new Set(found.map(({ what }) => what))];
}
