/** Overlays and compaction against a Map. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CardList } from '../../../lists/card-list.ts';
import { compact } from '../../../lists/compact.ts';
import { listOf } from '../../../lists/list-builder.ts';
import {
  type CardStatus,
  LISTED_STATES,
  type ListHandle,
  type ListHead,
} from '../../../lists/list-handle.ts';
import { buildOverlay, mergeOverlays, overlayBytes, withChanges } from '../../../lists/overlay.ts';
import { builderOf, type ListChange, packed, sourceCards, UNKNOWN } from './list-fixture.rig.ts';

const ISSUER = 'cq-rail';
const keys = new CardList(builderOf([]).toHandle());
const change = (id: string, state: number, entitlements = 0): ListChange => ({
  key: keys.keyOf(ISSUER, id),
  state,
  entitlements,
});
const next = ({ head }: ListHandle): ListHead => ({ ...head, revision: head.revision + 1 });

/** How a Map says what a list should. */
function expectSame(handle: ListHandle, model: ReadonlyMap<string, CardStatus>, ids: number): void {
  const list = new CardList(handle);
  expect(list.size).toBe(model.size);
  for (let id = 0; id < ids; id += 1) {
    expect(list.lookup(ISSUER, String(id))).toEqual(model.get(String(id)) ?? UNKNOWN);
  }
}

test('any run of deltas, merges and compactions says what a Map says', () => {
  const IDS = 60;
  const entry = fc.tuple(
    fc.nat(IDS - 1),
    fc.nat(LISTED_STATES.length),
    fc.constantFrom(0, 1, 0xffff_ffff, 77),
  );
  const delta = fc.uniqueArray(entry, { maxLength: 40, selector: ([id]) => id });
  const step = fc.oneof(
    { weight: 5, arbitrary: delta },
    { weight: 1, arbitrary: fc.constant('compact' as const) },
  );
  fc.assert(
    fc.property(delta, fc.array(step, { maxLength: 12 }), (first, steps) => {
      const model = new Map<string, CardStatus>();
      const builder = builderOf([]);
      const apply = (changes: typeof first) => {
        for (const [id, state, entitlements] of changes) {
          const name = LISTED_STATES[state - 1];
          if (name) model.set(String(id), { state: name, entitlements });
          else model.delete(String(id));
        }
      };
      apply(first);
      for (const [id, { state, entitlements }] of model) {
        builder.add(ISSUER, id, state as (typeof LISTED_STATES)[number], entitlements);
      }
      let handle = builder.toHandle();
      for (const each of steps) {
        if (each === 'compact') {
          handle = compact(handle);
          expect(handle.overlays).toEqual([]);
        } else {
          apply(each);
          const changes = each.map(([id, state, entitlements]) => change(String(id), state, entitlements));
          handle = withChanges(handle, next(handle), packed(changes));
        }
        expectSame(handle, model, IDS);
      }
    }),
    { seed: 6, numRuns: 150 },
  );
});

test('100,000 cards: two deltas, then compaction, through exceptions and new values', () => {
  const cards = sourceCards(100_000, 300);
  const model = new Map(
    cards.map(({ issuer, id, state, entitlements }) => [`${issuer} ${id}`, { state, entitlements }]),
  );
  let handle = builderOf(cards).toHandle();
  const apply = (ids: readonly string[], state: number, entitlements: number) => {
    const changes = ids.map((id) => ({ key: keys.keyOf('cq-campus', id), state, entitlements }));
    handle = withChanges(handle, next(handle), packed(changes));
    for (const id of ids) {
      const name = LISTED_STATES[state - 1];
      if (name) model.set(`cq-campus ${id}`, { state: name, entitlements });
      else model.delete(`cq-campus ${id}`);
    }
  };
  const campus = cards.filter(({ issuer }) => issuer === 'cq-campus').map(({ id }) => id);
  apply(campus.slice(0, 5_000), 4, 123_456);
  apply([...campus.slice(4_000, 7_000), 'new-1', 'new-2'], 0, 0);
  apply(
    Array.from({ length: 3_000 }, (_, i) => `new-${i}`),
    2,
    3,
  );
  const compacted = compact(handle);
  expect(compacted.head).toEqual(handle.head);
  for (const each of [handle, compacted]) {
    const list = new CardList(each);
    expect(list.size).toBe(model.size);
    let wrong = 0;
    for (const { issuer, id } of cards) {
      const { state, entitlements } = list.lookup(issuer, id);
      const expected = model.get(`${issuer} ${id}`) ?? UNKNOWN;
      if (state !== expected.state || entitlements !== expected.entitlements) wrong += 1;
    }
    for (let i = 0; i < 4_000; i += 1) {
      if (list.lookup('cq-campus', `new-${i}`).state !== (i < 3_000 ? 'suspended' : 'unknown')) wrong += 1;
    }
    expect(wrong).toBe(0);
  }
});

test('there are never more than a few overlays, whatever the deltas', () => {
  let handle = builderOf(sourceCards(10, 2)).toHandle();
  for (let i = 0; i < 300; i += 1) handle = withChanges(handle, next(handle), packed([change(String(i), 1)]));
  expect(handle.overlays.length).toBeLessThanOrEqual(8);
  expect(handle.size).toBe(310);
  expect(handle.head.revision).toBe(307);
  expect(overlayBytes(handle)).toBeGreaterThan(300 * 21);
});

test('an older list stays as it was when a newer one is made from it', () => {
  const before = builderOf([{ issuer: ISSUER, id: '1', state: 'good', entitlements: 5 }]).toHandle();
  const list = new CardList(before);
  const after = withChanges(before, next(before), packed([change('1', 4), change('2', 1, 5)]));
  compact(after);
  expect(list.lookup(ISSUER, '1')).toEqual({ state: 'good', entitlements: 5 });
  expect(list.lookup(ISSUER, '2')).toEqual(UNKNOWN);
  // The same-number replacement: old chip and new one change in one revision.
  expect(new CardList(after).lookup(ISSUER, '1').state).toBe('replaced');
  expect(new CardList(after).lookup(ISSUER, '2')).toEqual({ state: 'good', entitlements: 5 });
});

test('overlays can be merged: the newest says', () => {
  const older = buildOverlay(packed([change('1', 1), change('2', 2)]));
  const newer = buildOverlay(packed([change('2', 0), change('3', 3)]));
  const base = builderOf([]).toHandle();
  const says = (overlays: ListHandle['overlays']) => {
    const list = new CardList({ ...base, overlays });
    return ['1', '2', '3', '4'].map((id) => list.lookup(ISSUER, id).state);
  };
  const expected = ['good', 'unknown', 'lost', 'unknown'];
  expect(says([newer, older])).toEqual(expected);
  expect(says([mergeOverlays([newer, older])])).toEqual(expected);
});

test.each([
  ['a card twice', [change('1', 1), change('1', 2)], 'duplicate'],
  ['a state no list has', [change('1', 6)], 'unusable'],
  ['a short key', [{ ...change('1', 1), key: new Uint8Array(15) }], 'unusable'],
])('%s in one delta is refused', (_, changes, fault) => {
  expect(() => buildOverlay(packed(changes))).toThrow(
    expect.objectContaining({ name: 'ListBuildError', code: fault }),
  );
});

test('what a base cannot tell apart stays in overlays', () => {
  const [one, other] = [new Uint8Array(16), new Uint8Array(16).with(15, 1)];
  const base = builderOf([]).toHandle();
  const changes = [
    { key: one, state: 1, entitlements: 0 },
    { key: other, state: 2, entitlements: 0 },
  ];
  const handle = withChanges(base, next(base), packed(changes));
  expect(() => compact(handle)).toThrow(expect.objectContaining({ code: 'collision' }));
  expect(new CardList(handle).lookupKey(ISSUER, other).state).toBe('suspended');
});

test('a list with overlays has no file', () => {
  const base = builderOf([]).toHandle();
  const handle = withChanges(base, next(base), packed([change('1', 1)]));
  expect(() => listOf(handle)).toThrow(RangeError);
  expect(listOf(compact(handle)).header.cards).toBe(1);
});
