/** Scanners that type, told from people by the times of their strokes. */
import { expect, test } from 'vitest';
import { judgeTyping, scanOfText } from '../../../../hotel/console/input/typed-code.ts';

const strokes = (text: string, gapMs: number | readonly number[], isComposing = false) => {
  let atMs = 1_000;
  return [...text].map((character, index) => {
    if (index > 0) atMs += typeof gapMs === 'number' ? gapMs : (gapMs[index % gapMs.length] ?? 0);
    return { text: character, atMs, isComposing };
  });
};

test.each([
  ['a scanner at 2 ms', strokes('HC1:6BFOXN0123', 2), 'code'],
  ['one that hesitates now and then', strokes('HC1:6BFOXN0123456789', [15, 15, 15, 38]), 'code'],
  ['a person', strokes('1203 by the harbour', 70), 'person'],
  ['a quick person', strokes('1203 by the harbour', 25), 'person'],
  ['too few characters', strokes('HC1:6BFOXN0', 2), 'person'],
  [
    'a gap that no scanner leaves',
    strokes('HC1:6BFOXN0123', [2, 2, 2, 2, 2, 2, 2, 2, 2, 101, 2, 2, 2, 2]),
    'person',
  ],
  ['an input method that is on', strokes('HC1:6B', 3, true), 'composing'],
  ['a person with an input method', strokes('ni hao ma', 120, true), 'person'],
  ['nothing', [], 'person'],
] as const)('%s', (_, typed, kind) => {
  expect(judgeTyping(typed).kind).toBe(kind);
});

test('hex of bytes is bytes, and text is text', () => {
  const hex = '8'.repeat(64);
  expect(scanOfText(` ${hex.toUpperCase()}\n`)).toEqual({ hex });
  expect(scanOfText('HC1:6BFOXN')).toEqual({ text: 'HC1:6BFOXN' });
  // A number on a card is no code in hex.
  expect(scanOfText('6214850212345678')).toEqual({ text: '6214850212345678' });
});
