/** Attendance as text: for a terminal, as CSV, and as JSON. Times are those of the city's clocks. */
import type { Attendance, AttendanceRow } from './attendance.ts';
import { type CsvValue, csvText } from './csv.ts';
import type { LocalTime } from './local-time.ts';
import { textTable } from './text-table.ts';

const COLUMNS = [
  'person',
  'day',
  'first_entry',
  'last_exit',
  'inside_minutes',
  'turns',
  'open_turns',
  'exits_without_entry',
] as const;

export function attendanceCsv({ rows }: Attendance, time: LocalTime): string {
  return csvText(
    COLUMNS,
    rows.map((row) => Object.values(fieldsOf(row, time))),
  );
}

export function attendanceJson(
  { rows, pastRetention }: Attendance,
  time: LocalTime,
  about: Readonly<Record<string, unknown>>,
): object {
  return {
    ...about,
    time_zone: time.zone,
    past_retention_taps: pastRetention,
    rows: rows.map((row) => fieldsOf(row, time)),
  };
}

export function attendanceTerminal({ rows }: Attendance, time: LocalTime): string {
  return textTable(
    COLUMNS.map((title, i) => ({ title: title.replaceAll('_', ' '), isNumber: i >= 4 })),
    rows.map((row) =>
      Object.values(fieldsOf(row, time)).map((value) => (value === null ? '-' : String(value))),
    ),
  );
}

function fieldsOf(row: AttendanceRow, time: LocalTime): Record<(typeof COLUMNS)[number], CsvValue> {
  const { person, day, firstEntryMs, lastExitMs, insideMs, turns, openTurns, exitsWithoutEntry } = row;
  return {
    person,
    day,
    first_entry: firstEntryMs === null ? null : time.textOf(firstEntryMs),
    last_exit: lastExitMs === null ? null : time.textOf(lastExitMs),
    inside_minutes: Math.floor(insideMs / 60_000),
    turns,
    open_turns: openTurns,
    exits_without_entry: exitsWithoutEntry,
  };
}
