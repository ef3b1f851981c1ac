/** CBOR from a stranger: what is read, and what is refused, each with its code. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CborProfile } from '../../../../workers/codecs/cbor-profile.ts';
import { readCbor } from '../../../../workers/codecs/cbor-reader.ts';
import { CborTape, cborKey } from '../../../../workers/codecs/cbor-tape.ts';
import { CborWriter } from '../../../../workers/codecs/cbor-writer.ts';
import { fromHex, toHex } from '../../../../workers/codecs/hex.ts';

const STRICT: CborProfile = { longHeads: false, floats: false, dates: false, tags: new Set() };
const LAX: CborProfile = { longHeads: true, floats: true, dates: true, tags: null };

const tape = new CborTape();
const fault = (hex: string, profile = LAX) => readCbor(tape, fromHex(hex), profile);
const nested = (depth: number) => `${'81'.repeat(depth)}00`;
const head = (major: number, count: number) =>
  toHex(Uint8Array.of((major << 5) | 25, count >> 8, count & 0xff));
/** A map of so many integer keys, each to 0. */
const mapOf = (keys: readonly number[]) =>
  head(5, keys.length) + keys.map((key) => `${head(0, key)}00`).join('');

describe('refused', () => {
  test.each([
    ['nothing', '', 'credential.truncated'],
    ['a head without its argument', '18', 'credential.truncated'],
    ['a head with half its argument', '1a0102', 'credential.truncated'],
    ['a text that ends early', '6261', 'credential.truncated'],
    ['a byte string of 2^63 bytes', '5b7fffffffffffffff', 'credential.truncated'],
    ['an array that ends early', '8200', 'credential.truncated'],
    ['an array of 2^64 - 1 items', '9bffffffffffffffff', 'credential.truncated'],
    ['a map without its last value', 'a20102', 'credential.truncated'],
    ['a tag before nothing', 'd818', 'credential.truncated'],
    ['bytes after the end', '0000', 'credential.trailing'],
    ['reserved additional information', '1c', 'credential.malformed'],
    ['a break on its own', 'ff', 'credential.malformed'],
    ['an integer of indefinite length', '1f', 'credential.malformed'],
    ['a tag of indefinite length', 'df00', 'credential.malformed'],
    ['a simple value in the longer form', 'f818', 'credential.malformed'],
    ['encoded CBOR that is text', 'd8186161', 'credential.malformed'],
    ['a date that is a number', 'c000', 'credential.malformed'],
    ['seconds that are text', 'c16161', 'credential.malformed'],
    ['seconds that are no number', 'c1f97e00', 'credential.malformed'],
    ['an indefinite byte string', '5f4100ff', 'credential.indefinite_length'],
    ['an indefinite text', '7f6161ff', 'credential.indefinite_length'],
    ['an indefinite array', '9fff', 'credential.indefinite_length'],
    ['an indefinite map', 'bfff', 'credential.indefinite_length'],
    ['17 arrays in each other', nested(17), 'credential.too_deep'],
    ['17 tags before each other', `${'d820'.repeat(17)}00`, 'credential.too_deep'],
    ['4,096 items in an array', head(4, 4096) + '00'.repeat(4096), 'credential.too_many_items'],
    [
      '4,096 items in two arrays',
      `82${head(4, 4000)}${'00'.repeat(4000)}${head(4, 100)}${'00'.repeat(100)}`,
      'credential.too_many_items',
    ],
    ['a key twice', 'a201000100', 'credential.duplicate_key'],
    ['a key twice, once with a longer head', 'a20100180100', 'credential.duplicate_key'],
    ['a text key twice', 'a3616100616200616100', 'credential.duplicate_key'],
    ['a text key twice, once with a longer head', 'a26161007801' + '6100', 'credential.duplicate_key'],
    ['a negative key twice', 'a220003800' + '00', 'credential.duplicate_key'],
    ['a key twice in a map in a map', 'a101a201000100', 'credential.duplicate_key'],
    ['a key twice among 17 that ascend', mapOf([...Array(16).keys(), 15]), 'credential.duplicate_key'],
    ['a key twice among 300 without order', mapOf([...Array(299).keys(), 7]), 'credential.duplicate_key'],
    ['a byte string as key', 'a1410000', 'credential.key_type'],
    ['an array as key', 'a18000', 'credential.key_type'],
    ['a tag before a key', 'a1d8200000', 'credential.key_type'],
    ['true as key', 'a1f500', 'credential.key_type'],
    ['a byte of no UTF-8', '61ff', 'credential.encoding'],
    ['an overlong form', '62c080', 'credential.encoding'],
    ['a surrogate', '63eda080', 'credential.encoding'],
    ['a text cut within a character', '61c3', 'credential.encoding'],
    ['2^53', '1b0020000000000000', 'credential.integer_too_large'],
    ['2^64 - 1', '1bffffffffffffffff', 'credential.integer_too_large'],
    ['-2^53', '3b001fffffffffffff', 'credential.integer_too_large'],
    ['an unassigned simple value', 'f0', 'credential.type_not_allowed'],
    ['a simple value in two bytes', 'f8ff', 'credential.type_not_allowed'],
  ])('%s', (_name, hex, code) => {
    expect(fault(hex)).toBe(code);
  });

  test.each([
    ['a longer head than needed', '1800', 'credential.not_shortest'],
    ['a longer head of 2 bytes', '1900ff', 'credential.not_shortest'],
    ['a longer head of 4 bytes', '1a0000ffff', 'credential.not_shortest'],
    ['a longer head of 8 bytes', '1b00000000ffffffff', 'credential.not_shortest'],
    ['a longer head of a map', 'b90000', 'credential.not_shortest'],
    ['a float', 'f93c00', 'credential.type_not_allowed'],
    ['a date', 'c06161', 'credential.type_not_allowed'],
    ['a tag', 'd8184100', 'credential.type_not_allowed'],
  ])('by a profile that leaves it out: %s', (_name, hex, code) => {
    expect(fault(hex, STRICT)).toBe(code);
    expect(fault(hex)).toBeNull();
  });

  test('what lies beyond the given end', () => {
    const bytes = fromHex('ff820102ff');
    expect(readCbor(tape, bytes, STRICT, 1, 4)).toBeNull();
    expect(toHex(tape.whole(0))).toBe('820102');
    expect(readCbor(tape, bytes, STRICT, 1, 3)).toBe('credential.truncated');
    expect(readCbor(tape, bytes, STRICT, 1, 5)).toBe('credential.trailing');
  });
});

describe('read', () => {
  test('nesting, items, and integers up to the bounds', () => {
    expect(fault(nested(16))).toBeNull();
    expect(fault(head(4, 4095) + '00'.repeat(4095))).toBeNull();
    expect(fault('1b001fffffffffffff')).toBeNull();
    expect(tape.integer(0)).toBe(Number.MAX_SAFE_INTEGER);
    expect(fault('3b001ffffffffffffe')).toBeNull();
    expect(tape.integer(0)).toBe(Number.MIN_SAFE_INTEGER);
  });

  test('keys that differ in type or length only', () => {
    expect(fault('a4' + '0100' + '2100' + '613100' + '62313100')).toBeNull();
    expect(fault(mapOf([...Array(300).keys()].reverse()))).toBeNull();
  });

  test('values by key, and where they lie', () => {
    expect(fault('a4' + '6161' + '820102' + '01' + '42beef' + '20' + 'f5' + '6162' + 'f6')).toBeNull();
    const array = tape.valueOf(0, cborKey('a'));
    expect(toHex(tape.whole(array))).toBe('820102');
    expect(tape.integer(array + 2)).toBe(2);
    expect(toHex(tape.byteString(tape.valueAt(0, 1)) ?? new Uint8Array())).toBe('beef');
    expect(tape.boolean(tape.valueAt(0, -1))).toBe(true);
    expect(tape.isNull(tape.valueOf(0, cborKey('b')))).toBe(true);
    expect(tape.valueOf(0, cborKey('c'))).toBe(-1);
    expect(tape.valueAt(0, 2)).toBe(-1);
    expect(tape.valueAt(0, 0)).toBe(-1);
  });

  test('key __proto__ as any other', () => {
    expect(fault('a1' + '695f5f70726f746f5f5f' + '01')).toBeNull();
    expect(tape.integer(tape.valueOf(0, cborKey('__proto__')))).toBe(1);
  });

  test('nothing where a value of another type stands', () => {
    expect(fault('8401616141aaf4')).toBeNull();
    expect(tape.text(1)).toBeNull();
    expect(tape.byteString(2)).toBeNull();
    expect(tape.integer(3)).toBeNaN();
    expect(tape.integer(4)).toBeNaN();
    expect(tape.boolean(1)).toBeNull();
    expect(tape.valueOf(0, cborKey('a'))).toBe(-1);
    expect(tape.tagged(0, 18)).toBe(-1);
  });
});

describe('any bytes', () => {
  test('never throw, and end within the bytes where they are accepted', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        if (readCbor(tape, bytes, LAX) !== null) return;
        expect(tape.ends[0]).toBe(bytes.length);
        expect(tape.nexts[0]).toBe(tape.length);
      }),
      { numRuns: 5_000 },
    );
  });

  test('what the writer writes is read back, in its shortest form', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        fc.maxSafeInteger(),
        fc.string(),
        fc.uint8Array({ maxLength: 300 }),
        tie('list'),
      ),
      list: fc.array(tie('any'), { maxLength: 5 }),
    })).any;
    const write = (writer: CborWriter, each: unknown): void => {
      if (typeof each === 'number') writer.integer(each);
      else if (typeof each === 'string') writer.text(each);
      else if (each instanceof Uint8Array) writer.byteString(each);
      else {
        writer.array((each as unknown[]).length);
        for (const item of each as unknown[]) write(writer, item);
      }
    };
    const read = (at: number): unknown => {
      if (!Number.isNaN(tape.integer(at))) return tape.integer(at);
      const bytes = tape.byteString(at);
      if (bytes !== null) return Uint8Array.from(bytes);
      const text = tape.text(at);
      if (text !== null) return text;
      const items: unknown[] = [];
      for (let i = at + 1; i < (tape.nexts[at] ?? 0); i = tape.nexts[i] ?? 0) items.push(read(i));
      return items;
    };
    fc.assert(
      fc.property(value, (each) => {
        // Lone surrogates have no UTF-8.
        fc.pre(JSON.stringify(each).isWellFormed() && !JSON.stringify(each).includes('\\ud'));
        const writer = new CborWriter();
        write(writer, each);
        expect(readCbor(tape, Uint8Array.from(writer.written()), STRICT)).toBeNull();
        expect(read(0)).toEqual(each === 0 ? 0 : each);
      }),
    );
  });
});
