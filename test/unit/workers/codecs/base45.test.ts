import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base45Bytes } from '../../../../workers/codecs/base45.ts';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** RFC 9285 clause 4.2, by its text. */
function spell(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) {
    const isPair = i + 1 < bytes.length;
    let value = isPair ? (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0) : (bytes[i] ?? 0);
    for (let digit = 0; digit < (isPair ? 3 : 2); digit++) {
      text += ALPHABET[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

describe('base45', () => {
  // RFC 9285 clauses 4.3 and 4.4.
  it.each([
    ['BB8', 'AB'],
    ['%69 VD92EX0', 'Hello!!'],
    ['UJCLQE7W581', 'base-45'],
    ['QED8WEX0', 'ietf!'],
    ['', ''],
  ])('reads %j as %j', (text, expected) => {
    expect(Buffer.from(base45Bytes(text) ?? 'none').toString()).toBe(expected);
  });

  it.each([
    ['GGW', '65,536 in three characters'],
    [':::', '91,124 in three characters'],
    ['V5', '256 in two characters'],
    ['::', '2,024 in two characters'],
    ['B', 'a lone character'],
    ['BB8B', 'a lone character after a group'],
    ['bb8', 'lower case'],
    ['BB8\n', 'a newline as a lone character'],
    ['BB\n', 'a newline in a group'],
    ['BB8B\n', 'a newline in a pair'],
    ['BB_', 'a character that is not of the alphabet'],
    ['BB\u0138', 'a character that is 8 in its low byte'],
    ['BB\uff18', 'a full-width digit'],
    ['\ud83d\ude008', 'a character outside the basic plane'],
  ])('refuses %j: %s', (text) => {
    expect(base45Bytes(text)).toBeNull();
  });

  it('reads what was spelled, from a place on, and refuses every other spelling', () => {
    const unit = fc.constantFrom(...ALPHABET, 'a', '\n', '\u0100');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.nat(), unit, (bytes, at, other) => {
        const text = spell(bytes);
        expect(Buffer.from(base45Bytes(`HC1:${text}`, 4) ?? 'none')).toEqual(Buffer.from(bytes));
        if (text === '') return;
        const place = at % text.length;
        const changed = text.slice(0, place) + other + text.slice(place + 1);
        const read = base45Bytes(changed);
        if (read !== null) expect(spell(read)).toBe(changed);
      }),
    );
  });

  it('takes the largest group and no larger', () => {
    expect(base45Bytes('FGW')).toEqual(Buffer.from([0xff, 0xff]));
    expect(base45Bytes('U5')).toEqual(Buffer.from([0xff]));
  });
});
