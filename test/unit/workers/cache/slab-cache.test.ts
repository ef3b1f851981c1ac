/** The memory of proving threads beside a plain Map: it may forget, within its rules, and never mistakes or exceeds anything. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CacheSpace, SlabCache } from '../../../../workers/cache/slab-cache.ts';

const HEAD_BYTES = 16;
const sizeOf = (key: Uint8Array, value: Uint8Array) =>
  Math.ceil((HEAD_BYTES + key.length + value.length) / 8) * 8;
const used = (cache: SlabCache) => [...cache.usage().values()].reduce((sum, each) => sum + each, 0);
const bytes = (length: number, fill: number) => new Uint8Array(length).fill(fill);
const numbered = (number: number, length = 8) => {
  const key = new Uint8Array(length);
  new DataView(key.buffer).setUint32(0, number);
  return key;
};
/** An assertion of vitest each would take the most of the time. */
const check = (fault: string, holds: boolean) => {
  if (!holds) throw new Error(fault);
};
const holds = (cache: SlabCache, at: number, value: Uint8Array) =>
  Buffer.compare(cache.bytes.subarray(at, at + value.length), value) === 0;
const valueAt = (cache: SlabCache, at: number, length: number) => cache.bytes.slice(at, at + length);

describe('against a Map', () => {
  /** Few hashes for many keys, so that keys run together in the table; lengths around its steps. */
  const key = fc.record({
    hash: fc.constantFrom(0, 1, -1, 0x7fff_ffff, -0x8000_0000, 17, 18),
    bytes: fc.tuple(fc.nat(40), fc.nat(3)).map(([length, fill]) => bytes(length, fill)),
    space: fc.nat(3),
  });
  const command = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('keep' as const), key, length: fc.nat(300) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('find' as const), key }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('reopen' as const), space: fc.nat(3) }) },
  );
  const size = fc.oneof(
    fc.constantFrom(0, 1, 8, 127, 128, 129, 255, 256, 257, 1_023, 1_024, 4_096),
    fc.integer({ min: 128, max: 6_000 }),
  );

  test('whatever is found is what was kept under the same key and space, and memory stays within its bound', () => {
    fc.assert(
      fc.property(size, fc.array(command, { maxLength: 300 }), (size, commands) => {
        const cache = new SlabCache(size);
        const spaces: CacheSpace[] = [0, 1, 2, 3].map((part) => cache.open(`part_${part % 2}`));
        const model = new Map<string, Uint8Array>();
        const nameOf = (hash: number, key: Uint8Array, { id }: CacheSpace) => `${id} ${hash} ${key}`;
        commands.forEach((command, round) => {
          if (command.do === 'reopen') {
            cache.close(spaces[command.space] as CacheSpace);
            spaces[command.space] = cache.open(`part_${command.space % 2}`);
            return;
          }
          const { hash, bytes: shown } = command.key;
          const space = spaces[command.key.space] as CacheSpace;
          const name = nameOf(hash, shown, space);
          const at = cache.find(space, hash, shown);
          const known = model.get(name);
          check('finds what it never had', known !== undefined || at < 0);
          if (at >= 0 && known) check('another value', holds(cache, at, known));
          if (at < 0) model.delete(name);
          if (command.do === 'find') return;
          const value = bytes(command.length, round);
          cache.keep(space, hash, shown, value);
          const kept = cache.find(space, hash, shown);
          // What is there stays; whatever has room in the whole memory is kept, at the cost of what is older.
          if (at >= 0 && known) check('its value changed', kept >= 0 && holds(cache, kept, known));
          else if (kept >= 0) check('not the value', holds(cache, kept, value));
          else check('not kept', sizeOf(shown, value) > cache.bytes.length);
          if (at < 0 && kept >= 0) model.set(name, value);
          check('too much', used(cache) <= cache.bytes.length && cache.capacityBytes <= size);
        });
      }),
      { seed: 14, numRuns: 500 },
    );
  });

  test('of what nobody asks for, the newest stay: as many as have room, but for one length at the end', () => {
    const lengths = fc.array(fc.integer({ min: 160, max: 400 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(fc.integer({ min: 1_024, max: 8_192 }), lengths, (size, values) => {
        const cache = new SlabCache(size);
        const space = cache.open('part');
        values.forEach((length, i) => void cache.keep(space, i, numbered(i), bytes(length, i)));
        const stays = values.map((_, i) => cache.find(space, i, numbered(i)) >= 0);
        const first = stays.indexOf(true);
        expect(stays.slice(first)).toEqual(stays.slice(first).map(() => true));
        const sizes = values.map((length) => sizeOf(numbered(0), bytes(length, 0)));
        expect(cache.entries).toBe(values.length - first);
        expect(used(cache)).toBe(sizes.slice(first).reduce((sum, each) => sum + each, 0));
        // What went had to: with it, and an end of memory too short for the longest, there would not have been room.
        const left = cache.bytes.length - used(cache);
        if (first > 0) expect(left).toBeLessThan((sizes[first - 1] as number) + Math.max(...sizes));
      }),
      { seed: 14, numRuns: 300 },
    );
  });
});

test('what is found again outlives any number of others that are not', () => {
  const cache = new SlabCache(4_096);
  const space = cache.open('part');
  cache.keep(space, 7, numbered(7), bytes(64, 7));
  for (let i = 100; i < 5_000; i += 1) {
    expect(cache.find(space, 7, numbered(7)), `after ${i}`).toBeGreaterThanOrEqual(0);
    cache.keep(space, i, numbered(i), bytes(64, i % 256));
  }
});

test('one newcomer does not go through all that was found: after a few, the next oldest gives way', () => {
  const cache = new SlabCache(16_384);
  const space = cache.open('part');
  let count = 0;
  for (; used(cache) + 200 < cache.bytes.length; count += 1)
    cache.keep(space, count, numbered(count), bytes(64, 1));
  for (let i = 0; i < count; i += 1) cache.find(space, i, numbered(i));
  cache.keep(space, -1, numbered(99_999), bytes(200, 2));
  expect(cache.find(space, -1, numbered(99_999))).toBeGreaterThanOrEqual(0);
  // The sixteen oldest were renewed.
  const stays = Array.from({ length: count }, (_, i) => cache.find(space, i, numbered(i)) >= 0);
  expect(stays.slice(0, 16)).toEqual(Array(16).fill(true));
  expect(stays.indexOf(false)).toBe(16);
});

test('a closed space is never found again, takes no second chance, and nothing is kept in it', () => {
  const cache = new SlabCache(8_192);
  const [before, after] = [cache.open('part'), cache.open('part')];
  for (let i = 0; i < 50; i += 1) cache.keep(before, i, numbered(i), bytes(64, 1));
  for (let i = 0; i < 50; i += 1) expect(cache.find(before, i, numbered(i))).toBeGreaterThanOrEqual(0);
  expect(cache.find(after, 1, numbered(1))).toBe(-1);
  cache.close(before);
  const next = cache.open('part');
  cache.keep(before, 60, numbered(60), bytes(64, 1));
  expect(cache.find(before, 60, numbered(60))).toBe(-1);
  for (let i = 0; i < 85; i += 1) cache.keep(after, i, numbered(i), bytes(64, 2));
  // They had room only because nothing of the closed space was renewed.
  const stays = Array.from({ length: 85 }, (_, i) => cache.find(after, i, numbered(i)) >= 0);
  expect(stays).toEqual(Array(85).fill(true));
  for (let i = 0; i < 50; i += 1) expect(cache.find(next, i, numbered(i))).toBe(-1);
});

test('with the last space everything goes', () => {
  const cache = new SlabCache(8_192);
  const space = cache.open('part');
  for (let i = 0; i < 20; i += 1) cache.keep(space, i, numbered(i), bytes(64, 1));
  cache.close(space);
  expect([cache.entries, used(cache)]).toEqual([0, 0]);
});

test('refuses what is no size, and entries beyond 65,535 bytes', () => {
  for (const size of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new SlabCache(size)).toThrow(RangeError);
  }
  const cache = new SlabCache(1_000_000);
  const space = cache.open('part');
  expect(() => cache.keep(space, 1, bytes(65_536, 0), bytes(1, 0))).toThrow(RangeError);
  expect(() => cache.keep(space, 1, bytes(1, 0), bytes(65_536, 0))).toThrow(RangeError);
  cache.keep(space, 1, bytes(65_535, 3), bytes(65_535, 4));
  const at = cache.find(space, 1, bytes(65_535, 3));
  expect(valueAt(cache, at, 65_535)).toEqual(bytes(65_535, 4));
});
