import { expect, test } from 'vitest';
import type { CardListDocument } from '../../gateway/lists/card-list-document.ts';
import { buildCardList, CardListError } from '../../gateway/lists/document-list.ts';
import { LISTED_STATES } from '../../gateway/lists/list-handle.ts';

const document = (cards: CardListDocument['cards']): CardListDocument => ({
  kind: 'cards',
  revision: 'r7',
  issuedAtMs: 1_000,
  freshUntilMs: 2_000,
  staleUntilMs: 3_000,
  cards,
});

test('every card has its state and entitlements, and any other card is unknown', async () => {
  const cards = Array.from({ length: 5_000 }, (_, i): CardListDocument['cards'][number] => {
    const state = LISTED_STATES[i % LISTED_STATES.length] ?? 'good';
    return [`0366453${i % 3}`, `card-${i}`, state, i % 7 === 0 ? 0xffff_ffff : i];
  });
  const list = await buildCardList(document(cards), 5_000);
  expect(list.size).toBe(5_000);
  for (const [issuer, credentialId, state, entitlements] of cards) {
    expect(list.lookup(issuer, credentialId)).toEqual({ state, entitlements });
    expect(list.lookup(`${issuer}x`, credentialId).state).toBe('unknown');
    expect(list.lookup(issuer, `${credentialId}x`)).toEqual({ state: 'unknown', entitlements: 0 });
  }
});

test('issuer and credential are kept apart', async () => {
  const list = await buildCardList(document([['ab', 'c', 'good', 1]]), 10);
  expect(list.lookup('ab', 'c').state).toBe('good');
  expect(list.lookup('a', 'bc').state).toBe('unknown');
  expect(list.lookup('abc', '').state).toBe('unknown');
});

test('an empty list knows no card', async () => {
  const list = await buildCardList(document([]), 10);
  expect(list.size).toBe(0);
  expect(list.lookup('a', 'b').state).toBe('unknown');
});

test('says which revision it is and how long it is good', async () => {
  const { revision, issuedAtMs, freshUntilMs, staleUntilMs } = await buildCardList(document([]), 10);
  expect({ revision, issuedAtMs, freshUntilMs, staleUntilMs }).toEqual({
    revision: 'r7',
    issuedAtMs: 1_000,
    freshUntilMs: 2_000,
    staleUntilMs: 3_000,
  });
});

test.each([
  [
    'a card twice, in the same state',
    document([
      ['a', 'b', 'good', 0],
      ['a', 'b', 'good', 0],
    ]),
  ],
  [
    'a card twice, in two states',
    document([
      ['a', 'b', 'good', 0],
      ['x', 'y', 'good', 0],
      ['a', 'b', 'lost', 0],
    ]),
  ],
  ['more cards than allowed', document(Array.from({ length: 11 }, (_, i) => ['a', String(i), 'good', 0]))],
  ['stale before it is fresh no more', { ...document([]), staleUntilMs: 1_500 }],
  ['fresh until before it was issued', { ...document([]), freshUntilMs: 500 }],
])('%s is refused', async (_, unusable) => {
  await expect(buildCardList(unusable, 10)).rejects.toThrow(CardListError);
});

test('no message names a card', async () => {
  const twice = document([
    ['issuer-1', '6217001234567890123', 'good', 0],
    ['issuer-1', '6217001234567890123', 'good', 0],
  ]);
  await expect(buildCardList(twice, 10)).rejects.toThrow(/^the list holds a card twice$/);
});
