/** Against the vectors of SipHash's authors, and a second implementation over big integers, written from the paper. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { listKeyHash } from '../../../lists/list-key.ts';
import { sipAbsorb, sipFinish, sipInit, sipMessage } from '../../../lists/siphash.ts';

const MASK = (1n << 64n) - 1n;
const rotate = (x: bigint, by: bigint) => ((x << by) | (x >> (64n - by))) & MASK;
const word = (bytes: Uint8Array, at: number) => Buffer.from(bytes).readBigUInt64LE(at);

function reference(key: Uint8Array, message: Uint8Array): string {
  const [k0, k1] = [word(key, 0), word(key, 8)];
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn ^ 0xeen;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const rounds = (count: number) => {
    for (let i = 0; i < count; i += 1) {
      v0 = (v0 + v1) & MASK;
      v1 = rotate(v1, 13n) ^ v0;
      v0 = rotate(v0, 32n);
      v2 = (v2 + v3) & MASK;
      v3 = rotate(v3, 16n) ^ v2;
      v0 = (v0 + v3) & MASK;
      v3 = rotate(v3, 21n) ^ v0;
      v2 = (v2 + v1) & MASK;
      v1 = rotate(v1, 17n) ^ v2;
      v2 = rotate(v2, 32n);
    }
  };
  const padded = new Uint8Array((Math.floor(message.length / 8) + 1) * 8);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  for (let at = 0; at < padded.length; at += 8) {
    const m = word(padded, at);
    v3 ^= m;
    rounds(2);
    v0 ^= m;
  }
  const out = Buffer.alloc(16);
  v2 ^= 0xeen;
  rounds(4);
  out.writeBigUInt64LE(v0 ^ v1 ^ v2 ^ v3, 0);
  v1 ^= 0xddn;
  rounds(4);
  out.writeBigUInt64LE(v0 ^ v1 ^ v2 ^ v3, 8);
  return out.toString('hex');
}

function ours(key: Uint8Array, message: Uint8Array, firstBlocks = 0): string {
  const blocks = Math.floor(message.length / 8) + 1;
  const padded = new Uint8Array(blocks * 8);
  padded.set(message);
  padded[padded.length - 1] = message.length;
  const state = sipInit(key);
  const next = new Int32Array(8);
  sipMessage(padded.length).set(padded);
  sipAbsorb(state, firstBlocks, next);
  sipMessage(padded.length).set(padded.subarray(8 * firstBlocks));
  const out = new Uint32Array(4);
  sipFinish(next, blocks - firstBlocks, out);
  return Buffer.from(out.buffer).toString('hex');
}

const counting = (length: number) => Uint8Array.from({ length }, (_, i) => i);

test.each([
  [0, 'a3817f04ba25a8e66df67214c7550293'],
  [1, 'da87c1d86b99af44347659119b22fc45'],
  [7, 'a1f1ebbed8dbc153c0b84aa61ff08239'],
  [8, '3b62a9ba6258f5610f83e264f31497b4'],
  [63, '5150d1772f50834a503e069a973fbd7c'],
])('vector of the authors, %i bytes', (length, expected) => {
  expect(ours(counting(16), counting(length))).toBe(expected);
  expect(reference(counting(16), counting(length))).toBe(expected);
});

test('any key and message, taken in whole or in two goes', () => {
  const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
  fc.assert(
    fc.property(bytes(16), fc.uint8Array({ maxLength: 300 }), fc.nat(40), (key, message, first) => {
      const whole = Math.min(first, Math.floor(message.length / 8));
      expect(ours(key, message, whole)).toBe(reference(key, message));
    }),
    { seed: 4, numRuns: 300 },
  );
});

test("a card's key is that of the message list-key.ts describes", () => {
  const key = counting(16);
  const hash = listKeyHash(key);
  const out = new Uint32Array(4);
  const keyOf = (issuer: string, id: string) => {
    hash(issuer, id, out);
    return Buffer.from(out.buffer).toString('hex');
  };
  const described = (issuer: string, id: string) => {
    const name = Buffer.from(issuer, 'utf8');
    const first = Buffer.alloc(Math.ceil((2 + name.length) / 8) * 8);
    first.writeUInt16LE(name.length);
    name.copy(first, 2);
    return reference(key, Buffer.concat([first, Buffer.from(id, 'utf8')]));
  };
  const text = fc.string({ unit: 'grapheme', maxLength: 128 }).filter((each) => each.isWellFormed());
  fc.assert(
    fc.property(text, text, (issuer, id) => {
      expect(keyOf(issuer, id)).toBe(described(issuer, id));
    }),
    { seed: 5, numRuns: 300 },
  );
  for (let length = 0; length < 40; length += 1) {
    expect(keyOf('渝'.repeat(length), '7'.repeat(length))).toBe(
      described('渝'.repeat(length), '7'.repeat(length)),
    );
  }
  // Longer than the place where messages are laid out is at first.
  for (const length of [5_000, 100_000, 40]) {
    expect(keyOf('a', '7'.repeat(length))).toBe(described('a', '7'.repeat(length)));
  }
});

test('no two cards have the same message', () => {
  const hash = listKeyHash(counting(16));
  const pairs = [
    ['ab', 'c'],
    ['a', 'bc'],
    ['', 'abc'],
    ['abc', ''],
    ['a\0', 'bc'],
    ['a', '\0bc'],
    ['a', 'bc\0'],
    ['a', '\ud800'],
    ['a', '\ud801'],
    ['a', '\ufffd'],
  ];
  const keys = pairs.map(([issuer = '', id = '']) => {
    const out = new Uint32Array(4);
    hash(issuer, id, out);
    return String(out);
  });
  expect(new Set(keys).size).toBe(pairs.length);
});

test('more issuers than are kept change nothing', () => {
  const hash = listKeyHash(counting(16));
  const keys = () =>
    Array.from({ length: 1_000 }, (_, i) => {
      const out = new Uint32Array(4);
      hash(`issuer-${i}`, '1', out);
      return String(out);
    });
  const first = keys();
  expect(new Set(first).size).toBe(1_000);
  expect(keys()).toEqual(first);
});

test('a key of another length is misuse', () => {
  expect(() => listKeyHash(new Uint8Array(15))).toThrow(RangeError);
});
