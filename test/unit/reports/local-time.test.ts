/** Days and hours of a zone, also where its clocks are put forward. */
import { expect, test } from 'vitest';
import { dayAfter, LocalTimeError, localTime, monthAfter } from '../../../reports/local-time.ts';

test('Shanghai has one offset', () => {
  const time = localTime('Asia/Shanghai');
  const ms = Date.parse('2026-11-29T16:00:00Z');
  expect([time.dayOf(ms), time.hourOf(ms), time.textOf(ms)]).toEqual([
    '2026-11-30',
    0,
    '2026-11-30T00:00:00+08:00',
  ]);
  expect([time.dayOf(ms - 1), time.hourOf(ms - 1)]).toEqual(['2026-11-29', 23]);
  expect(time.startOf('2026-11-30')).toBe(ms);
});

test('a day of 23 hours', () => {
  const time = localTime('Europe/Berlin');
  const [start, end] = [time.startOf('2026-03-29'), time.startOf('2026-03-30')];
  expect((end - start) / 3_600_000).toBe(23);
  expect(time.textOf(start)).toBe('2026-03-29T00:00:00+01:00');
  expect(time.textOf(end)).toBe('2026-03-30T00:00:00+02:00');
});

test.each(['2026-02-30', '2026-13-01', 'today', ''])('%j is no day', (day) => {
  expect(() => localTime('Asia/Shanghai').startOf(day)).toThrow(LocalTimeError);
});

test('a zone that there is not is told with one that there is', () => {
  expect(() => localTime('Asia/Chungking_')).toThrow(
    /no time zone "Asia\/Chungking_"; one is called Asia\/Shanghai/,
  );
});

test('after a day, a month', () => {
  expect([dayAfter('2026-12-31'), monthAfter('2026-12'), monthAfter('2026-01')]).toEqual([
    '2027-01-01',
    '2027-01',
    '2026-02',
  ]);
});
