import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { base64urlBytes } from '../../../../workers/codecs/base64url.ts';

describe('base64url', () => {
  it.each([
    ['', 'nothing'],
    ['A', 'a lone character'],
    ['AAAAA', 'a lone character after whole groups'],
    ['AA==', 'padding'],
    ['AAA=', 'padding'],
    ['+_8A', 'the other alphabet'],
    ['-/8A', 'the other alphabet'],
    ['AB', 'bits behind one byte'],
    ['AAB', 'bits behind two bytes'],
    ['AAAA\n', 'a newline'],
    ['AA AA', 'a space'],
    [' AAAA', 'a space before'],
    ['AA.A', 'a full stop'],
    ['\u0141AAA', 'a character that is A in its low byte'],
    ['AAA\u{1f600}', 'a character outside the basic plane'],
  ])('refuses %j: %s', (text) => {
    expect(base64urlBytes(text)).toBeNull();
  });

  it('reads what it is the spelling of, and nothing else that is one character away', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.string({ minLength: 1, maxLength: 1 }),
        (bytes, at, other) => {
          const text = Buffer.from(bytes).toString('base64url');
          expect(base64urlBytes(text)).toEqual(Buffer.from(bytes));
          const place = at % text.length;
          const changed = text.slice(0, place) + other + text.slice(place + 1);
          const read = base64urlBytes(changed);
          if (read !== null) expect(read.toString('base64url')).toBe(changed);
        },
      ),
    );
  });
});
