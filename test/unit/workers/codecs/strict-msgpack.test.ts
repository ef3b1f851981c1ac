import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { parseStrictMsgpack } from '../../../../workers/codecs/strict-msgpack.ts';

const limits = { depth: 4, entries: 8, bytes: 1024 };
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
const code = (bytes: Uint8Array, within = limits) => {
  const result = parseStrictMsgpack(bytes, within);
  return result.ok ? 'ok' : result.code;
};

describe('strict MessagePack', () => {
  it.each([
    ['nothing', '', 'request.truncated'],
    ['a map without its value', '81 a161', 'request.truncated'],
    ['a map without its key', '82 a161 01', 'request.truncated'],
    ['bin that ends early', 'c4 05 0102', 'request.truncated'],
    ['bin without its length', 'c5 01', 'request.truncated'],
    ['bin that claims 4 GiB', 'c6 ffffffff 00', 'request.truncated'],
    ['a string that claims 4 GiB', 'db ffffffff 61', 'request.truncated'],
    ['an integer cut short', 'cf 0000', 'request.truncated'],
    ['a key cut short', '81 a361', 'request.truncated'],
    ['a second value', '01 01', 'request.trailing'],
    ['bytes after a map', '81 a161 01 c0', 'request.trailing'],
    ['an equal key', '82 a161 01 a161 02', 'request.duplicate_key'],
    ['an equal key in another encoding', '82 a161 01 d90161 02', 'request.duplicate_key'],
    ['an equal key further in', '81 a162 83 a161 01 a162 90 a161 02', 'request.duplicate_key'],
    ['a numeric key', '81 01 01', 'request.malformed'],
    ['a bin key', '81 c40161 01', 'request.malformed'],
    ['a key that is not ASCII', '81 a2c3a9 01', 'request.malformed'],
    ['the key __proto__', `81 a9${Buffer.from('__proto__').toString('hex')} 80`, 'request.malformed'],
    ['a key that is too long', `81 d941${'61'.repeat(65)} 01`, 'request.malformed'],
    ['text that is not UTF-8', '81 a161 a2c328', 'request.malformed'],
    ['the byte that is never used', 'c1', 'request.malformed'],
    ['a timestamp', 'd6ff 00000000', 'request.malformed'],
    ['an extension', 'c7 0105 00', 'request.malformed'],
    ['a record definition of msgpackr', 'd47240 91a161 01', 'request.malformed'],
    ['an unsigned integer of 2^53', 'cf 0020000000000000', 'request.malformed'],
    ['a signed integer below -2^53', 'd3 ffdfffffffffffff', 'request.malformed'],
    ['five levels', '91 91 91 91 91 01', 'request.too_deep'],
    ['nine entries', '99 010101010101010101', 'request.too_many_items'],
    ['a map that claims 2^32 entries', 'df ffffffff', 'request.too_many_items'],
    ['an array that claims 2^32 entries', 'dd ffffffff', 'request.too_many_items'],
  ])('refuses %s', (_name, text, expected) => {
    expect(code(hex(text))).toBe(expected);
  });

  it('refuses more bytes than allowed before it looks at them', () => {
    expect(code(new Uint8Array(1025))).toBe('request.too_large');
  });

  it('answers a million nested arrays at once', () => {
    const bytes = new Uint8Array(1_000_000).fill(0x91);
    expect(code(bytes, { depth: 6, entries: 8, bytes: 1_000_000 })).toBe('request.too_deep');
    expect(code(bytes, { depth: 2_000_000, entries: 8, bytes: 1_000_000 })).toBe('request.truncated');
  });

  it('reads the largest integers a number holds', () => {
    expect(parseStrictMsgpack(hex('cf 001fffffffffffff'), limits)).toEqual({
      ok: true,
      value: Number.MAX_SAFE_INTEGER,
    });
    expect(parseStrictMsgpack(hex('d3 ffe0000000000001'), limits)).toEqual({
      ok: true,
      value: Number.MIN_SAFE_INTEGER,
    });
  });

  it('returns bytes that outlive the buffer they came in', () => {
    const frame = encode({ a: new Uint8Array([1, 2, 3]) });
    const result = parseStrictMsgpack(frame, limits);
    frame.fill(0xff);
    expect(result).toEqual({ ok: true, value: { a: new Uint8Array([1, 2, 3]) } });
    expect(result.ok && (result.value as { a: Uint8Array }).a.constructor).toBe(Uint8Array);
  });

  it('tells apart more short keys than it remembers', () => {
    const letters = Array.from('\0\x01 0159AFaf~\x7f');
    const pairs = letters.flatMap((one) => letters.map((other) => one + other));
    const keys = [
      '',
      ...letters,
      ...pairs,
      ...pairs.flatMap((pair) => pairs.slice(0, 60).map((end) => pair + end)),
    ];
    expect(keys.length).toBeGreaterThan(10_000);
    for (const round of [keys, keys.toReversed()]) {
      for (const key of round) {
        const result = parseStrictMsgpack(encode({ [key]: 1 }), limits);
        expect(result.ok && Object.keys(result.value as object)).toEqual([key]);
      }
    }
  });

  it('does not let one message see the keys of another', () => {
    expect(code(hex('81 a161 01'))).toBe('ok');
    expect(code(hex('82 a162 81 a163 01 a161 81 a163 01'))).toBe('ok');
    expect(code(hex('92 81 a161 01 81 a161 01'))).toBe('ok');
  });

  const key = fc.stringMatching(/^[a-z0-9]{1,12}$/);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.maxSafeInteger(),
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => new Uint8Array(bytes)),
      fc.array(tie('value'), { maxLength: 5 }),
      fc.dictionary(key, tie('value'), { maxKeys: 5, noNullPrototype: true }),
    ),
  }));
  const wide = { depth: 10, entries: 100, bytes: 100_000 };

  it('reads what two other encoders write', () => {
    const packr = new Packr({ useRecords: false });
    fc.assert(
      fc.property(value, (v) => {
        expect(parseStrictMsgpack(encode(v), wide)).toEqual({ ok: true, value: v });
        expect(parseStrictMsgpack(packr.pack(v), wide)).toEqual({ ok: true, value: v });
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('answers every damaged message with a code or a value', () => {
    fc.assert(
      fc.property(value, fc.nat(), fc.uint8Array({ maxLength: 3 }), (v, position, damage) => {
        const bytes = Buffer.from(encode(v));
        const at = position % (bytes.length + 1);
        const damaged = Buffer.concat([bytes.subarray(0, at), damage, bytes.subarray(at + 1)]);
        const result = parseStrictMsgpack(damaged, wide);
        if (!result.ok) expect(result.code).toMatch(/^request\./);
      }),
      { seed: 4, numRuns: 1_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const result = parseStrictMsgpack(bytes, wide);
        if (!result.ok) expect(result.code).toMatch(/^request\./);
      }),
      { seed: 5, numRuns: 1_000 },
    );
  });
});
