import { describe, expect, test } from 'vitest';
import { equalBytes, fromHex, fromMatchedHex, HEX_PATTERN, toHex } from '../../../../workers/codecs/hex.ts';

describe('hex text', () => {
  test('bytes of it, in either case, back and forth', () => {
    expect(fromHex('00ffA5a5')).toEqual(Uint8Array.of(0, 255, 165, 165));
    expect(fromHex('')).toEqual(new Uint8Array());
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(fromHex(toHex(bytes))).toEqual(bytes);
    expect(fromMatchedHex(toHex(bytes))).toEqual(bytes);
  });

  // Node's own decoder takes the low byte of the last two for digits.
  test.each(['0', '0g', 'g0', ' 00', '00 ', '0x00', '00\n', '00\u0130\u0131', '\u0141\u0142'])(
    '%j is none',
    (text) => {
      expect(() => fromHex(text)).toThrow(TypeError);
      expect(new RegExp(HEX_PATTERN).test(text)).toBe(false);
    },
  );

  test('what shares memory keeps its bytes', () => {
    const texts = Array.from({ length: 2_000 }, (_, i) => i.toString(16).padStart(8, '0'));
    const all = texts.map(fromHex);
    expect(all.map(toHex)).toEqual(texts);
    expect(all.every((bytes, i) => equalBytes(bytes, fromHex(texts[i] ?? '')))).toBe(true);
  });
});
