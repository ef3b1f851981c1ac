/** BER-TLV as EMV Book 3, Annex B has it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressedNumeric, track2CardNumber } from '../../../../workers/codecs/compressed-numeric.ts';
import { fromHex, toHex } from '../../../../workers/codecs/hex.ts';
import { parseDol, readTlv, TAG_NAME_PATTERN } from '../../../../workers/codecs/tlv.ts';

const read = (hex: string, offset = 0) => {
  const element = readTlv(fromHex(hex), offset);
  return element && { ...element, value: toHex(element.value) };
};

describe('readTlv', () => {
  it('reads tags of one, two and three bytes and lengths of one, two and three', () => {
    expect(read('5a021234')).toEqual({ tag: '5A', constructed: false, value: '1234', end: 4 });
    expect(read('9f3702aabb')).toEqual({ tag: '9F37', constructed: false, value: 'aabb', end: 5 });
    expect(read('df810101ff')).toEqual({ tag: 'DF8101', constructed: false, value: 'ff', end: 5 });
    expect(read('7000')).toEqual({ tag: '70', constructed: true, value: '', end: 2 });
    expect(read(`9081${'80'}${'00'.repeat(128)}`)?.end).toBe(131);
    expect(read(`90820100${'00'.repeat(256)}`)?.end).toBe(260);
    expect(read('ffff5a0112', 2)?.end).toBe(5);
  });

  it.each([
    ['nothing', ''],
    ['no length', '5a'],
    ['a tag that does not end', '9f'],
    ['a second tag byte that does not end', '9f81'],
    ['a tag of four bytes', '9f81818101ff'],
    ['an indefinite length', '70800000'],
    ['a length of three bytes', `90830000${'01ff'}`],
    ['a length cut off', '9082ff'],
    ['a value cut off', '5a031234'],
  ])('refuses %s', (_, hex) => {
    expect(read(hex)).toBeNull();
  });

  it('never throws, and an element lies inside its data', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 320 }), (bytes, offset) => {
        const element = readTlv(bytes, offset);
        if (element === null) return;
        expect(element.end).toBeGreaterThan(offset + 1);
        expect(element.end).toBeLessThanOrEqual(bytes.length);
        expect(element.tag).toMatch(new RegExp(TAG_NAME_PATTERN));
      }),
      { seed: 1, numRuns: 2_000 },
    );
  });
});

describe('parseDol', () => {
  it('reads tags and lengths, and refuses a list cut off', () => {
    expect(parseDol(fromHex('9f37049a037f0201'))).toEqual([
      { tag: '9F37', constructed: false, length: 4 },
      { tag: '9A', constructed: false, length: 3 },
      { tag: '7F02', constructed: true, length: 1 },
    ]);
    expect(parseDol(fromHex(''))).toEqual([]);
    expect(parseDol(fromHex('9f37'))).toBeNull();
    expect(parseDol(fromHex('9f37049f'))).toBeNull();
  });
});

describe('TAG_NAME_PATTERN', () => {
  it.each(['5A', '5a', '9F37', '5F2A', 'DF8101', '1E', '01', 'bf0c'])('takes %s', (name) => {
    expect(name).toMatch(new RegExp(TAG_NAME_PATTERN));
  });
  it.each(['', '5', '9F', '5A5A', '9F81', '9F378', 'DF818101', 'zz', '__proto__', '5A ', '5A\n'])(
    'refuses %j',
    (name) => {
      expect(name).not.toMatch(new RegExp(TAG_NAME_PATTERN));
    },
  );
});

describe('compressed numeric', () => {
  it('takes digits with F behind them only', () => {
    expect(compressedNumeric(fromHex('6228000100001117ffff'))).toBe('6228000100001117');
    expect(compressedNumeric(fromHex('622800ff'))).toBe('622800');
    expect(compressedNumeric(fromHex('12345f'))).toBe('12345');
    expect(compressedNumeric(fromHex('ffff'))).toBe('');
    expect(compressedNumeric(fromHex('12f3'))).toBeNull();
    expect(compressedNumeric(fromHex('12ad'))).toBeNull();
  });

  it('reads the card number of track 2', () => {
    expect(track2CardNumber(fromHex('6228000100001117d20122010000f'.padEnd(30, 'f')))).toBe(
      '6228000100001117',
    );
    expect(track2CardNumber(fromHex('622800010000111d20'))).toBe('622800010000111');
    expect(track2CardNumber(fromHex('d201'.padEnd(6, 'f')))).toBeNull();
    expect(track2CardNumber(fromHex('6228000100001117'))).toBeNull();
    expect(track2CardNumber(fromHex('62f8d201'))).toBeNull();
  });
});
