import { expect, test } from 'vitest';
import { falsePositiveChance, openBase } from '../../../lists/base-table.ts';
import { CardList } from '../../../lists/card-list.ts';
import { ListBuilder } from '../../../lists/list-builder.ts';
import { parseList } from '../../../lists/list-file.ts';
import type { ListedState } from '../../../lists/list-handle.ts';
import { builderOf, LIST_OPTIONS, NOT_COVERED, sourceCards, UNKNOWN } from './list-fixture.rig.ts';

const fault = (of: string) => expect.objectContaining({ name: 'ListBuildError', code: of });

test.each([
  ['few values', 3],
  ['more values than the dictionary holds', 5_000],
])('200,000 cards and as many that are not on it, %s', (_, values) => {
  const cards = sourceCards(200_000, values);
  const built = builderOf(cards).toHandle();
  const loaded = parseList(builderOf(cards).toBytes(), { maxCards: 200_000 });
  const exceptions = openBase(built.base).exceptions;
  expect(exceptions > 0).toBe(values > 31);
  expect(falsePositiveChance(openBase(built.base))).toBeLessThan(1e-12);
  for (const list of [new CardList(built), new CardList(loaded)]) {
    expect(list.size).toBe(200_000);
    let wrong = 0;
    for (const { issuer, id, state, entitlements } of cards) {
      const found = list.lookup(issuer, id);
      if (found.state !== state || found.entitlements !== entitlements) wrong += 1;
      const absent = list.lookup(issuer, `${id}x`);
      if (absent.state !== 'unknown' || absent.entitlements !== 0) wrong += 1;
      if (list.lookup('elsewhere', id).state !== 'not_covered') wrong += 1;
    }
    expect(wrong).toBe(0);
  }
});

test('says what it is', () => {
  const list = new CardList(builderOf(sourceCards(5, 2)).toHandle());
  expect(list.revision).toBe('00112233.7');
  expect(list.head).toEqual({
    name: 'cards',
    generation: LIST_OPTIONS.generation,
    revision: 7,
    chainHash: 'ab'.repeat(32),
    issuedAtMs: 1_000,
    freshUntilMs: 2_000,
    staleUntilMs: 3_000,
  });
  expect(list.covers).toEqual(['cq-rail', 'cq-campus']);
});

test('a card can be asked for by its key, which deltas name', () => {
  const list = new CardList(
    builderOf([{ issuer: 'cq-rail', id: '1', state: 'lost', entitlements: 9 }]).toHandle(),
  );
  const key = list.keyOf('cq-rail', '1');
  expect(key).toHaveLength(16);
  expect(list.lookupKey('cq-rail', key)).toEqual({ state: 'lost', entitlements: 9 });
  expect(list.lookupKey('cq-rail', list.keyOf('cq-rail', '2'))).toEqual(UNKNOWN);
  expect(list.lookupKey('elsewhere', key)).toEqual(NOT_COVERED);
  expect(() => list.lookupKey('cq-rail', key.subarray(1))).toThrow(RangeError);
});

test('a list of keys alone is the same list', () => {
  const cards = sourceCards(1_000, 50);
  const byId = builderOf(cards);
  const byKey = new ListBuilder(LIST_OPTIONS);
  const keys = new CardList(byId.toHandle());
  for (const { issuer, id, state, entitlements } of cards)
    byKey.addKey(keys.keyOf(issuer, id), state, entitlements);
  expect(Buffer.compare(byKey.toBytes(), byId.toBytes())).toBe(0);
  expect(() => byKey.addKey(new Uint8Array(15), 'good', 0)).toThrow(fault('unusable'));
});

test('the order in which cards come changes nothing', () => {
  const cards = sourceCards(5_000, 50);
  expect(Buffer.compare(builderOf(cards).toBytes(), builderOf(cards.toReversed()).toBytes())).toBe(0);
});

test('an empty list knows no card', () => {
  const list = new CardList(parseList(builderOf([]).toBytes(), { maxCards: 0 }));
  expect(list.size).toBe(0);
  expect(list.lookup('cq-rail', '1')).toEqual(UNKNOWN);
  expect(list.lookup('elsewhere', '1')).toEqual(NOT_COVERED);
});

test('generation and key are drawn anew when none is given', () => {
  const { generation: _, hashKey: __, ...options } = LIST_OPTIONS;
  const [one, other] = [new ListBuilder(options).toHandle(), new ListBuilder(options).toHandle()];
  expect(one.head.generation).not.toBe(other.head.generation);
  expect(Buffer.compare(one.hashKey, other.hashKey)).not.toBe(0);
});

test('a card twice is refused, without naming it', () => {
  const twice = { issuer: 'cq-rail', id: '6217001234567890123', state: 'good', entitlements: 0 } as const;
  const builder = builderOf([...sourceCards(100, 3), twice, { ...twice, state: 'lost' }]);
  expect(() => builder.build()).toThrow(fault('duplicate'));
  expect(() => builder.build()).toThrow(/^the list holds a card twice$/);
});

test('two cards that cannot be told apart are refused, not merged', () => {
  const builder = builderOf([]);
  const key = new Uint8Array(16);
  builder.addKey(key, 'good', 0);
  // The last four bytes are not kept; nor are all but eleven bits of the third word.
  builder.addKey(key.with(15, 1), 'lost', 0);
  expect(() => builder.build()).toThrow(fault('collision'));
});

test('more cards in one bucket than can be counted are refused', () => {
  const builder = builderOf([]);
  for (let i = 0; i < 256; i += 1) builder.addKey(new Uint8Array(16).with(4, i), 'good', 0);
  expect(() => builder.build()).toThrow(fault('crowded'));
});

test.each([
  ['an issuer not covered', 'elsewhere', 'good', 0],
  ['a state no list has', 'cq-rail', 'eaten', 0],
  ['negative entitlements', 'cq-rail', 'good', -1],
  ['entitlements of 33 bits', 'cq-rail', 'good', 2 ** 32],
  ['entitlements that are no whole number', 'cq-rail', 'good', 0.5],
])('%s is refused', (_, issuer, state, entitlements) => {
  expect(() => builderOf([]).add(issuer, '1', state as ListedState, entitlements)).toThrow(fault('unusable'));
});

test.each([
  ['fresh until before it was issued', { freshUntilMs: 500 }],
  ['stale before it is fresh no more', { staleUntilMs: 1_500 }],
  ['a name with a slash', { name: '../cards' }],
  ['a short generation', { generation: '00' }],
  ['a revision below zero', { revision: -1 }],
  ['a chain hash that is none', { chainHash: 'x' }],
  ['a key of another length', { hashKey: new Uint8Array(15) }],
  ['an issuer covered twice', { covers: ['a', 'a'] }],
])('%s is refused', (_, options) => {
  expect(() => builderOf([], options)).toThrow(fault('unusable'));
});
