import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Direction } from '../../../../config/policy-schema.ts';
import { Passages } from '../../../../gateway/tap/5-decide/passages.ts';

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const direction = (passes: 'entry' | 'exit', area = 'a'): Direction => ({
  ...{ area, passes, out_of_turn: 'deny' },
  inside_ms_max: HOUR_MS,
});
const [entry, exit] = [direction('entry'), direction('exit')];
const person = (number: number) => {
  const bytes = new Uint8Array(16);
  // Pseudonyms are random in every byte.
  new DataView(bytes.buffer).setUint32(0, Math.imul(number, 0x9e37_79b1));
  return bytes;
};
const [ann, ben, eve] = [person(1), person(2), person(3)];
const watched = (maxEntries: number, ...areas: string[]) => {
  const passages = new Passages(maxEntries);
  for (const area of ['a', ...areas]) passages.watch(area);
  return passages;
};
const OUTSIDE = { state: 'outside', sinceMs: 0 };
const UNKNOWN = { state: 'unknown', sinceMs: 0 };
const inside = (sinceMs: number) => ({ state: 'inside', sinceMs });

test('who entered is inside until the exit, in that area alone', () => {
  const passages = watched(10, 'b');
  expect(passages.find(entry, ann, NOW)).toEqual(OUTSIDE);
  passages.move(entry, ann, NOW);
  expect(passages.find(exit, ann, NOW + 1)).toEqual(inside(NOW));
  expect(passages.find(direction('exit', 'b'), ann, NOW + 1)).toEqual(OUTSIDE);
  expect(passages.find(exit, ben, NOW + 1)).toEqual(OUTSIDE);
  passages.move(exit, ann, NOW + 2);
  expect(passages.find(exit, ann, NOW + 3)).toEqual(OUTSIDE);
});

test('who entered too long ago is inside no more, also by a shorter rule of the exit', () => {
  const passages = watched(10);
  passages.move(entry, ann, NOW);
  expect(passages.find(exit, ann, NOW + HOUR_MS - 1)).toEqual(inside(NOW));
  expect(passages.find(exit, ann, NOW + HOUR_MS)).toEqual(OUTSIDE);
  expect(passages.find({ ...exit, inside_ms_max: 10 }, ann, NOW + 10)).toEqual(OUTSIDE);
});

test('a clock that is set back forgets nothing', () => {
  const passages = watched(10);
  passages.move(entry, ann, NOW);
  expect(passages.find(entry, ann, NOW - 9 * HOUR_MS)).toEqual(inside(NOW));
});

describe('full', () => {
  test('whoever is not found is unknown while the entry that had no room would count', () => {
    const passages = watched(1);
    passages.move(entry, ann, NOW);
    expect(passages.find(entry, ben, NOW)).toEqual(OUTSIDE);
    passages.move(entry, ben, NOW + 5);
    expect(passages.unremembered).toBe(1);
    expect(passages.find(exit, ben, NOW + 6)).toEqual(UNKNOWN);
    expect(passages.find(exit, ann, NOW + 6)).toEqual(inside(NOW));
    passages.move(exit, ann, NOW + 7);
    expect(passages.find(exit, eve, NOW + HOUR_MS + 4)).toEqual(UNKNOWN);
    expect(passages.find(exit, eve, NOW + HOUR_MS + 5)).toEqual(OUTSIDE);
  });

  test('other areas know what they knew, and there is room again when somebody leaves', () => {
    const passages = watched(1, 'b');
    passages.move(entry, ann, NOW);
    passages.move(entry, ben, NOW);
    expect(passages.find(direction('exit', 'b'), eve, NOW)).toEqual(OUTSIDE);
    passages.move(exit, ann, NOW);
    passages.move(entry, eve, NOW);
    expect(passages.find(exit, eve, NOW)).toEqual(inside(NOW));
    expect(passages.size).toBe(1);
  });

  test('what is over makes room, by the time that may be forgotten by', () => {
    const passages = watched(100);
    for (let i = 0; i < 100; i += 1) passages.move(entry, person(i), NOW);
    passages.move(entry, person(100), NOW + HOUR_MS, NOW);
    expect(passages.unremembered).toBe(1);
    passages.move(entry, person(101), NOW + HOUR_MS);
    expect(passages.unremembered).toBe(1);
    expect(passages.size).toBeLessThanOrEqual(100);
  });
});

test('an area that other scenes brought was not watched before', () => {
  const passages = watched(10);
  const other = direction('exit', 'new');
  expect(passages.find(other, ann, NOW)).toEqual(UNKNOWN);
  expect(passages.find(other, ann, NOW + HOUR_MS)).toEqual(OUTSIDE);
});

describe('what could not be kept', () => {
  const found = (passages: Passages) => passages.find(entry, ann, NOW + 100);

  test('is undone', () => {
    const passages = watched(10);
    passages.move(entry, ann, NOW);
    passages.undo(entry, ann, NOW, passages.find(entry, ben, NOW));
    expect(found(passages)).toEqual(OUTSIDE);
    passages.move(entry, ann, NOW + 1);
    const before = passages.find(exit, ann, NOW + 2);
    passages.move(exit, ann, NOW + 2);
    passages.undo(exit, ann, NOW + 2, before);
    expect(found(passages)).toEqual(inside(NOW + 1));
    const again = found(passages);
    passages.move(entry, ann, NOW + 3);
    passages.undo(entry, ann, NOW + 3, again);
    expect(found(passages)).toEqual(inside(NOW + 1));
  });

  test('in any order, with any of several kept: the last that was kept counts', () => {
    const passes = fc.array(fc.record({ isEntry: fc.boolean(), isKept: fc.boolean() }), { maxLength: 6 });
    fc.assert(
      fc.property(passes, fc.boolean(), (all, lastFirst) => {
        const passages = watched(10);
        const taken = all.map(({ isEntry, isKept }, i) => {
          const one = isEntry ? entry : exit;
          const before = passages.find(one, ann, NOW + i);
          passages.move(one, ann, NOW + i);
          return { one, isKept, before, atMs: NOW + i };
        });
        // The journal keeps a first part, and fails from there on: in one batch the last is undone first, else the first.
        const firstLost = taken.findIndex(({ isKept }) => !isKept);
        const kept = firstLost < 0 ? taken : taken.slice(0, firstLost);
        const lost = firstLost < 0 ? [] : taken.slice(firstLost);
        for (const { one, atMs, before } of lastFirst ? lost.toReversed() : lost)
          passages.undo(one, ann, atMs, before);
        const last = kept.at(-1);
        expect(found(passages)).toEqual(last?.one.passes === 'entry' ? inside(last.atMs) : OUTSIDE);
      }),
      { seed: 20_261_130, numRuns: 2_000 },
    );
  });
});

test('as a plain map would have it, whatever comes', () => {
  const steps = fc.array(
    fc.record({
      who: fc.nat(40),
      isEntry: fc.boolean(),
      area: fc.constantFrom('a', 'b'),
      afterMs: fc.nat(HOUR_MS / 4),
    }),
    { minLength: 50, maxLength: 400 },
  );
  fc.assert(
    fc.property(steps, (all) => {
      const passages = watched(1_000, 'b');
      const plain = new Map<string, number>();
      let nowMs = NOW;
      for (const { who, isEntry, area, afterMs } of all) {
        nowMs += afterMs;
        const one = direction(isEntry ? 'entry' : 'exit', area);
        const since = plain.get(`${who} ${area}`);
        const isInside = since !== undefined && nowMs - since < HOUR_MS;
        expect(passages.find(one, person(who), nowMs)).toEqual(isInside ? inside(since) : OUTSIDE);
        passages.move(one, person(who), nowMs);
        if (isEntry) plain.set(`${who} ${area}`, nowMs);
        else plain.delete(`${who} ${area}`);
      }
    }),
    { seed: 20_261_130, numRuns: 200 },
  );
});

test('memory grows with people, up to its bound', () => {
  const passages = watched(500_000);
  expect(passages.bytes).toBe(0);
  for (let i = 0; i < 500_000; i += 1) passages.move(entry, person(i), NOW);
  expect(passages.size).toBe(500_000);
  expect(passages.bytes).toBeLessThan(19_000_000);
  expect(() => passages.move(entry, new Uint8Array(15), NOW)).toThrow(RangeError);
});
