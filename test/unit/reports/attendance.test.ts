/** Turns from entries and exits: which day they belong to, and what is missing in them. */
import { describe, expect, test } from 'vitest';
import { AttendanceCount, type AttendanceRow } from '../../../reports/attendance.ts';
import { attendanceCsv } from '../../../reports/attendance-text.ts';
import { localTime } from '../../../reports/local-time.ts';
import type { Tapped } from '../../../reports/tapped.ts';

const time = localTime('Asia/Shanghai');
const HOUR_MS = 3_600_000;
const scenes = new Map([
  ['5/in', { passes: 'entry' as const, insideMsMax: 16 * HOUR_MS, retentionDays: 90 }],
  ['5/out', { passes: 'exit' as const, insideMsMax: 16 * HOUR_MS, retentionDays: 90 }],
]);
const at = (text: string) => Date.parse(`${text}+08:00`);

function tapped(scene: string, text: string, over: Partial<Tapped> = {}): Tapped {
  return {
    atMs: at(text),
    gateway: 'gw-1',
    device: 'site-1',
    scene,
    service: 5,
    outcome: 'allow',
    proven: true,
    cardMode: 'physical',
    region: 'cq',
    groups: [],
    subject: 'anna',
    key: 'k',
    ...over,
  };
}

/** Of 30 November, or of the days given; the report is made at noon of 2 December. */
function reported(taps: readonly Tapped[], from = '2026-11-30', until = '2026-12-01', now = '2026-12-02') {
  const count = new AttendanceCount(
    {
      scenes,
      fromMs: time.startOf(from),
      untilMs: time.startOf(until),
      nowMs: at(`${now}T12:00:00`),
      personOf: (_key, subject) => subject,
    },
    time,
  );
  for (const each of taps) count.add(each);
  return count.report();
}

const short = (row: AttendanceRow) => {
  const clock = (ms: number | null) => (ms === null ? '-' : time.textOf(ms).slice(5, 16));
  const { person, day, firstEntryMs, lastExitMs, insideMs, turns, openTurns, exitsWithoutEntry } = row;
  return `${person} ${day} ${clock(firstEntryMs)} ${clock(lastExitMs)} ${insideMs / HOUR_MS}h ${turns} ${openTurns} ${exitsWithoutEntry}`;
};
const IN = (text: string, over: Partial<Tapped> = {}) => tapped('5/in', text, over);
const OUT = (text: string, over: Partial<Tapped> = {}) => tapped('5/out', text, over);

describe('a day', () => {
  test.each<[string, readonly Tapped[], readonly string[]]>([
    [
      'two turns',
      [
        IN('2026-11-30T08:00:00'),
        OUT('2026-11-30T12:00:00'),
        IN('2026-11-30T13:00:00'),
        OUT('2026-11-30T18:30:00'),
      ],
      ['anna 2026-11-30 11-30T08:00 11-30T18:30 9.5h 2 0 0'],
    ],
    [
      'in any order, of two gateways',
      [OUT('2026-11-30T12:00:00', { gateway: 'gw-2' }), IN('2026-11-30T08:00:00')],
      ['anna 2026-11-30 11-30T08:00 11-30T12:00 4h 1 0 0'],
    ],
    [
      'a night: it belongs to the day it begins on',
      [IN('2026-11-30T22:00:00'), OUT('2026-12-01T06:00:00')],
      ['anna 2026-11-30 11-30T22:00 12-01T06:00 8h 1 0 0'],
    ],
    ['the night before: not to this one', [IN('2026-11-29T22:00:00'), OUT('2026-11-30T06:00:00')], []],
    ['nobody left', [IN('2026-11-30T08:00:00')], ['anna 2026-11-30 11-30T08:00 - 0h 0 1 0']],
    [
      'entered twice',
      [IN('2026-11-30T08:00:00'), IN('2026-11-30T09:00:00'), OUT('2026-11-30T10:00:00')],
      ['anna 2026-11-30 11-30T08:00 11-30T10:00 1h 1 1 0'],
    ],
    ['left without having entered', [OUT('2026-11-30T08:00:00')], ['anna 2026-11-30 - 11-30T08:00 0h 0 0 1']],
    [
      'left later than anybody stays inside',
      [IN('2026-11-30T01:00:00'), OUT('2026-11-30T17:00:01')],
      ['anna 2026-11-30 11-30T01:00 11-30T17:00 0h 0 1 1'],
    ],
    ['was not let in', [IN('2026-11-30T08:00:00', { outcome: 'deny' })], []],
    ['was not proven', [IN('2026-11-30T08:00:00', { subject: null, proven: false })], []],
    ['was elsewhere', [tapped('29/entry', '2026-11-30T08:00:00')], []],
  ])('%s', (_what, taps, expected) => {
    expect(reported(taps).rows.map(short)).toEqual(expected);
  });
});

test('a month: by person, then day', () => {
  const taps = [
    IN('2026-11-02T08:00:00', { subject: 'bela' }),
    OUT('2026-11-02T09:00:00', { subject: 'bela' }),
    IN('2026-11-30T23:59:59'),
    OUT('2026-12-01T00:59:59'),
    IN('2026-11-01T00:00:00'),
    OUT('2026-11-01T01:00:00'),
    IN('2026-12-01T08:00:00'),
  ];
  expect(reported(taps, '2026-11-01', '2026-12-01').rows.map(short)).toEqual([
    'anna 2026-11-01 11-01T00:00 11-01T01:00 1h 1 0 0',
    'anna 2026-11-30 11-30T23:59 12-01T00:59 1h 1 0 0',
    'bela 2026-11-02 11-02T08:00 11-02T09:00 1h 1 0 0',
  ]);
});

test('what is older than the scene keeps is left out, and counted', () => {
  const taps = [IN('2026-11-30T08:00:00'), OUT('2026-11-30T12:00:00')];
  // 90 days before noon of 28 February is noon of 30 November.
  const { rows, pastRetention } = reported(taps, '2026-11-30', '2026-12-01', '2027-02-28');
  expect(pastRetention).toBe(1);
  expect(rows.map(short)).toEqual(['anna 2026-11-30 - 11-30T12:00 0h 0 0 1']);
});

test('CSV: no spreadsheet runs a name', () => {
  const report = reported([IN('2026-11-30T08:00:00', { subject: '=cmd|"x"' }), OUT('2026-11-30T09:00:00')]);
  expect(attendanceCsv(report, time)).toBe(
    'person,day,first_entry,last_exit,inside_minutes,turns,open_turns,exits_without_entry\r\n' +
      '"\'=cmd|""x""",2026-11-30,2026-11-30T08:00:00+08:00,,0,0,1,0\r\n' +
      'anna,2026-11-30,,2026-11-30T09:00:00+08:00,0,0,0,1\r\n',
  );
});
