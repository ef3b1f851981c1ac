import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseInstantMs, wholeSecondMs } from '../../../../workers/codecs/instant.ts';

describe('moments in text', () => {
  test.each([
    ['2026-11-20T08:00:00Z', Date.UTC(2026, 10, 20, 8)],
    ['2026-11-20T08:00:00.5Z', Date.UTC(2026, 10, 20, 8, 0, 0, 500)],
    ['2026-11-20T08:00:00.123999999Z', Date.UTC(2026, 10, 20, 8, 0, 0, 123)],
    ['2026-11-20T16:00:00+08:00', Date.UTC(2026, 10, 20, 8)],
    ['2026-11-20T02:30:00-05:30', Date.UTC(2026, 10, 20, 8)],
    ['2026-11-20T08:00:00-00:00', Date.UTC(2026, 10, 20, 8)],
    ['2028-02-29T00:00:00Z', Date.UTC(2028, 1, 29)],
    ['1969-12-31T23:59:59Z', -1000],
  ])('%s', (text, expected) => {
    expect(parseInstantMs(text)).toBe(expected);
  });

  test.each([
    '',
    '2026-11-20',
    '2026-11-20T08:00:00',
    '2026-11-20T08:00Z',
    '2026-11-20 08:00:00Z',
    '2026-11-20t08:00:00z',
    '2026-11-20T24:00:00Z',
    '2026-11-20T08:60:00Z',
    '2026-11-20T08:00:60Z',
    '2026-02-29T08:00:00Z',
    '2026-04-31T08:00:00Z',
    '2026-13-01T08:00:00Z',
    '2026-00-01T08:00:00Z',
    '2026-01-00T08:00:00Z',
    '0050-01-01T08:00:00Z',
    '+002026-11-20T08:00:00Z',
    '2026-11-20T08:00:00.Z',
    '2026-11-20T08:00:00.1234567890Z',
    '2026-11-20T08:00:00+0800',
    '2026-11-20T08:00:00+24:00',
    '2026-11-20T08:00:00Z\n',
    ' 2026-11-20T08:00:00Z',
  ])('%j is none', (text) => {
    expect(parseInstantMs(text)).toBeNull();
  });
});

describe('instants as bytes', () => {
  const wholeSecond = (text: string) => wholeSecondMs(Buffer.from(text), 0, Buffer.byteLength(text));

  test('are the same as in text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
        const text = `${new Date(seconds * 1_000).toISOString().slice(0, 19)}Z`;
        expect(wholeSecond(text)).toBe(seconds * 1_000);
      }),
    );
  });

  test.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-04-00T00:00:00Z',
    '2026-04-30T24:00:00Z',
    '2026-04-30T23:60:00Z',
    '2026-04-30T23:00:60Z',
    '2026-04-30 23:00:00Z',
    '20x6-04-30T23:00:00Z',
    '1969-04-30T23:00:00Z',
    '2026-04-30T23:00:00+',
  ])('%s is none', (text) => {
    expect(wholeSecond(text)).toBeNaN();
  });
});
