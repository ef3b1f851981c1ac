/** The states of a report. */
import { describe, expect, test } from 'vitest';
import type { Report } from '../../../../hotel/reports/report.ts';
import {
  isOverdue,
  pauseMs,
  type ReportHappening,
  reportAfter,
} from '../../../../hotel/reports/report-machine.ts';
import { newReport, REPORT_INDEX, reportPut } from '../../../../hotel/reports/report-rows.ts';

const TARGET = {
  target: 'psb',
  guests: 'all',
  due_ms: { register: 7_200_000, change: 7_200_000, check_out: 86_400_000, suspicious: 3_600_000 },
} as const;
const queued = newReport({
  reportId: 'r-1',
  kind: 'register',
  guest: { guestId: 'g-1', stayId: 's-1' },
  target: TARGET,
  nowMs: 1_000,
});
const followed = (report: Report, ...happenings: readonly ReportHappening[]) =>
  happenings.reduce<Report | null>(
    (now, happening) => now && reportAfter(now, happening, { nowMs: 5_000, retryMs: 100 }),
    report,
  );

describe('a report', () => {
  test('is handed over, judged, and taken with a receipt', () => {
    const sent = followed(queued, { kind: 'claimed', handover: 'b-1' }, { kind: 'handed_over' });
    expect(sent).toMatchObject({ state: 'sent', handover: 'b-1', attempts: 1, sentAtMs: 5_000 });
    const taken = followed(queued, { kind: 'claimed', handover: 'b-1' }, { kind: 'accepted', receipt: 'R9' });
    expect(taken).toMatchObject({ state: 'accepted', receipt: 'R9', nextAttemptAtMs: null });
  });

  test('is with them for all we know after an attempt whose end nobody saw', () => {
    const claimed = { kind: 'claimed', handover: 'b-1' } as const;
    const unknown = followed(queued, claimed, { kind: 'failed', isWithThem: true });
    expect(unknown).toMatchObject({ state: 'queued', handover: 'b-1', nextAttemptAtMs: 5_100 });
    const refused = followed(queued, claimed, { kind: 'failed', isWithThem: false });
    expect(refused).toMatchObject({ state: 'queued', handover: null, attempts: 1 });
    const asked = followed(queued, claimed, { kind: 'handed_over' }, { kind: 'not_known' });
    expect(asked).toMatchObject({ state: 'queued', handover: null, sentAtMs: null, nextAttemptAtMs: 5_000 });
  });

  test('that was refused waits for a person, and can be taken by hand', () => {
    const rejected = followed(queued, { kind: 'rejected', reason: 'room unknown' });
    expect(rejected).toMatchObject({ state: 'rejected', rejectedFor: 'room unknown', nextAttemptAtMs: null });
    if (rejected === null) throw new Error('it was refused');
    expect(followed(rejected, { kind: 'retried' })).toMatchObject({
      state: 'queued',
      rejectedFor: null,
      attempts: 0,
    });
    expect(followed(rejected, { kind: 'accepted', receipt: 'R1' })).toMatchObject({ state: 'accepted' });
  });

  test('does nothing that its state does not allow', () => {
    const held: Report = { ...queued, state: 'held', nextAttemptAtMs: null };
    expect(followed(held, { kind: 'claimed', handover: 'b' })).toBeNull();
    expect(followed(held, { kind: 'accepted', receipt: 'R' })).toBeNull();
    expect(followed(held, { kind: 'released' })).toMatchObject({ state: 'queued', nextAttemptAtMs: 5_000 });
    const taken: Report = { ...queued, state: 'accepted', receipt: 'R' };
    for (const kind of ['retried', 'withdrawn', 'told_overdue', 'released', 'not_known'] as const)
      expect(followed(taken, { kind }), kind).toBeNull();
    expect(followed(taken, { kind: 'rejected', reason: 'late' })).toBeNull();
    // What they may have got cannot be taken back unasked.
    expect(followed({ ...queued, state: 'sent' }, { kind: 'withdrawn' })).toBeNull();
  });

  test('waits longer after each attempt, up to 32 times the first pause', () => {
    expect([1, 2, 3, 6, 7, 60].map((attempts) => pauseMs(attempts, 10))).toEqual([10, 20, 40, 320, 320, 320]);
  });

  test('is overdue at its due time until it was taken', () => {
    expect(isOverdue(queued, 7_200_999)).toBe(false);
    expect(isOverdue(queued, 7_201_000)).toBe(true);
    expect(isOverdue({ ...queued, state: 'held' }, 7_201_000)).toBe(true);
    expect(isOverdue({ ...queued, state: 'accepted' }, 7_201_000)).toBe(false);
  });

  test('is found by what it waits for, and no more when it is taken', () => {
    const names = (report: Report) =>
      reportPut(report, { purgeDay: '2030-01-01', version: null }).indexes.map(({ index }) => index);
    const { state, guest, openDue, untoldDue, next, handover } = REPORT_INDEX;
    expect(names(queued)).toEqual([state, guest, openDue, untoldDue, next]);
    expect(names({ ...queued, handover: 'b', overdueToldAtMs: 9 })).toEqual([
      state,
      guest,
      openDue,
      next,
      handover,
    ]);
    expect(names({ ...queued, state: 'accepted', nextAttemptAtMs: null })).toEqual([state, guest]);
  });
});
