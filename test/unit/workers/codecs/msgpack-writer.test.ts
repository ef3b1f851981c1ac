import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { Unpackr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { MsgpackWriter } from '../../../../workers/codecs/msgpack-writer.ts';
import { parseStrictMsgpack } from '../../../../workers/codecs/strict-msgpack.ts';

const writer = new MsgpackWriter();
const written = (value: unknown) => writer.reset().value(value).copy();
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, int64AsType: 'number' });
const wide = { depth: 10, entries: 100_000, bytes: 10_000_000 };

describe('the MessagePack writer', () => {
  it.each([
    [0, '00'],
    [127, '7f'],
    [128, 'cc80'],
    [255, 'ccff'],
    [256, 'cd0100'],
    [65_535, 'cdffff'],
    [65_536, 'ce00010000'],
    [0xffff_ffff, 'ceffffffff'],
    [0x1_0000_0000, 'd30000000100000000'],
    [Number.MAX_SAFE_INTEGER, 'd3001fffffffffffff'],
    [-1, 'ff'],
    [-32, 'e0'],
    [-33, 'd0df'],
    [-128, 'd080'],
    [-129, 'd1ff7f'],
    [-32_768, 'd18000'],
    [-32_769, 'd2ffff7fff'],
    [-0x8000_0000, 'd280000000'],
    [-0x8000_0001, 'd3ffffffff7fffffff'],
    [Number.MIN_SAFE_INTEGER, 'd3ffe0000000000001'],
    [1.5, 'cb3ff8000000000000'],
    [-0, 'cb8000000000000000'],
    [null, 'c0'],
    [true, 'c3'],
    [false, 'c2'],
    ['é', 'a2c3a9'],
    [{ a: undefined, b: 1 }, '81a16201'],
  ])('writes %j as short as it goes', (value, expected) => {
    expect(Buffer.from(written(value)).toString('hex')).toBe(expected);
  });

  it.each([0, 1, 15, 16, 31, 32, 47, 48, 49, 255, 256, 65_535, 65_536, 70_000])(
    'writes text, bytes and entries of length %i so that others read them',
    (length) => {
      const value = {
        text: 'x'.repeat(length),
        umlauts: 'ü'.repeat(length),
        bytes: new Uint8Array(length).fill(7),
        items: new Array(length).fill(1),
      };
      expect(decode(written(value))).toEqual(value);
      expect(parseStrictMsgpack(written(value), wide)).toEqual({ ok: true, value });
    },
  );

  it('writes what other decoders read, whatever it is', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 3, withCrossShrink: true },
        fc.maxSafeInteger(),
        fc.double({ noNaN: true }),
        fc.string({ unit: 'grapheme' }),
        fc.boolean(),
        fc.constant(null),
        fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)),
        fc.array(tie('value'), { maxLength: 20 }),
        fc.dictionary(fc.stringMatching(/^[a-z0-9]{1,12}$/), tie('value'), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (v) => {
        expect(decode(written(v))).toEqual(v);
        expect(parseStrictMsgpack(written(v), wide)).toEqual({ ok: true, value: v });
        expect(unpackr.unpack(written(v))).toEqual(v);
      }),
      { seed: 6, numRuns: 300 },
    );
  });

  it('hands out copies that stay, and views that do not', () => {
    const first = writer.reset().text('one').copy();
    const view = writer.reset().text('two').view();
    expect(decode(view)).toBe('two');
    writer.reset().text('six');
    expect(decode(first)).toBe('one');
    expect(decode(view)).toBe('six');
    expect(first.buffer.byteLength).toBe(first.length);
  });

  it('hands out pieces of shared memory that stay as they were, however many and long', () => {
    const lengths = Array.from({ length: 400 }, (_, i) => (i * 97) % 5_000);
    const pieces = lengths.map((length, i) => writer.reset().raw(new Uint8Array(length).fill(i)).pooled());
    for (const [i, piece] of pieces.entries()) {
      expect(piece.length).toBe(lengths[i]);
      expect(piece.every((byte) => byte === i % 256)).toBe(true);
    }
  });

  it.each([0, 1, 48, 49, 20_000])('copies a stretch of %i bytes out of others', (length) => {
    const bytes = Uint8Array.from({ length: length + 20 }, (_, i) => i % 251);
    const written = writer
      .reset()
      .bool(true)
      .rawRange(bytes, 7, 7 + length)
      .nil()
      .copy();
    expect(written).toEqual(new Uint8Array([0xc3, ...bytes.subarray(7, 7 + length), 0xc0]));
  });

  it('refuses what has no place in a message', () => {
    expect(() => written(() => {})).toThrow(TypeError);
    expect(() => written([1n])).toThrow(TypeError);
    expect(() => written([undefined])).toThrow(TypeError);
  });
});
