/** Looks for what must not be somewhere, in each form that it could be there in. */
import type { City } from '../../platform/city.ts';
import { toHex } from '../../workers/codecs/hex.ts';

export interface Needle {
  readonly what: string;
  readonly bytes: Buffer;
}

/** A number as it could leak: digits, their hex, packed two to a byte, and base64 of either wherever it begins. */
export function formsOf(what: string, digits: string): Needle[] {
  const even = digits.length % 2 === 0 ? digits : `${digits}f`;
  const raw = [Buffer.from(digits, 'latin1'), Buffer.from(even, 'hex')];
  const texts = raw.flatMap((bytes) => {
    const hex = bytes.toString('hex');
    const base64 = [0, 1, 2].map((before) => {
      const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64url');
      // Without the characters that what stands before or behind has a part in.
      return encoded.slice(before === 0 ? 0 : before + 1, (before + bytes.length) % 3 === 0 ? undefined : -1);
    });
    return [
      hex,
      hex.toUpperCase(),
      ...base64,
      ...base64.map((text) => text.replaceAll('-', '+').replaceAll('_', '/')),
    ];
  });
  return [...raw, ...texts.map((text) => Buffer.from(text, 'latin1'))].map((bytes) => ({ what, bytes }));
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
