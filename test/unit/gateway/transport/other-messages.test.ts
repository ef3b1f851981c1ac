/** Messages that are no taps: so many at once, so many a second, and a device that sends more is kept out for a while. */
import { expect, test } from 'vitest';
import { OtherMessages } from '../../../../gateway/transport/taps/other-messages.ts';

test('five seconds’ worth may come at once, and then as many as a second grants', () => {
  let now = 0;
  const others = new OtherMessages(10, () => now);
  const count = others.begin();
  for (let i = 0; i < 50; i += 1) expect(others.mayCome(count)).toBe(true);
  now = 100;
  expect([others.mayCome(count), others.mayCome(count)]).toEqual([true, false]);
});

test('a device is kept out for five seconds, and others are not', () => {
  let now = 0;
  const others = new OtherMessages(10, () => now);
  others.keepOut('gate-1');
  expect([others.isKeptOut('gate-1'), others.isKeptOut('gate-2')]).toEqual([true, false]);
  now = 5_000;
  expect(others.isKeptOut('gate-1')).toBe(false);
});
