/** Reports as rows of the register, and those that what happened to a guest asks for. Nothing is read or written here. */
import type { IndexEntry, Put } from '../register/guest-register.ts';
import type { Guest, Stay } from '../stays/stay.ts';
import type { Report, ReportKind } from './report.ts';
import { isOpen } from './report-machine.ts';

/** Of the local rules (`config/hotel/rules-schema.ts`): who is told of which guests, and by when. */
export interface ReportTarget {
  readonly target: string;
  readonly guests: 'all' | 'mainland' | 'elsewhere';
  /** Milliseconds from what is reported until it must have been accepted. */
  readonly due_ms: Readonly<Record<ReportKind, number>>;
}

/** What of the local rules decides on reports. */
export interface ReportRules {
  readonly documents: readonly { readonly kind: string; readonly from: 'mainland' | 'elsewhere' }[];
  readonly reports: readonly ReportTarget[];
}

/** Who is told of a guest with such a document. One whose kind the rules know no more is told to all. */
export function targetsFor({ documents, reports }: ReportRules, documentKind: string): ReportTarget[] {
  const from = documents.find(({ kind }) => kind === documentKind)?.from;
  return reports.filter(({ guests }) => guests === 'all' || from === undefined || guests === from);
}

/** What of a guest public security is told; `completed`: what was needed came, and its report is released by itself. */
export type Reportable = 'checked_in' | 'corrected' | 'checked_out' | 'reverted';

const KIND_OF: Readonly<Record<Reportable, ReportKind>> = {
  checked_in: 'register',
  corrected: 'change',
  checked_out: 'check_out',
  // A change to "was never here"; withdrawn again where nobody was told of the guest yet.
  reverted: 'change',
};

/**
 * Rows that belong into the same commit as what happened. `guest` is the guest after it. Empty where nobody is to be told: a
 * referred guest is not checked in yet.
 */
export function reportsFor(
  happened: Reportable,
  {
    guest,
    purgeDay,
    rules,
    nowMs,
    newId,
  }: {
    readonly guest: Guest;
    readonly purgeDay: string;
    readonly rules: ReportRules;
    readonly nowMs: number;
    readonly newId: () => string;
  },
): Put<'report'>[] {
  if (guest.state === 'referred') return [];
  const kind = KIND_OF[happened];
  const waits = guest.state === 'held' && ({ state: 'held', nextAttemptAtMs: null } as const);
  return targetsFor(rules, guest.claims.document_kind).map((target) => {
    const report = newReport({ reportId: newId(), kind, guest, target, nowMs });
    return reportPut({ ...report, ...waits }, { purgeDay, version: null });
  });
}

export function newReport({
  reportId,
  kind,
  guest: { guestId, stayId },
  target: { target, due_ms },
  nowMs,
  note = null,
}: {
  readonly reportId: string;
  readonly kind: ReportKind;
  readonly guest: Pick<Guest, 'guestId'> & Pick<Stay, 'stayId'>;
  readonly target: ReportTarget;
  readonly nowMs: number;
  readonly note?: string | null;
}): Report {
  return {
    ...{ reportId, stayId, guestId, kind, target, state: 'queued', note },
    ...{ dueAtMs: nowMs + due_ms[kind], createdAtMs: nowMs, attempts: 0, nextAttemptAtMs: nowMs },
    ...{ sentAtMs: null, receipt: null, rejectedFor: null, handover: null, overdueToldAtMs: null },
  };
}

/** `version`: that of the row it takes the place of; null: it is new. */
export function reportPut(
  report: Report,
  { purgeDay, version }: { readonly purgeDay: string; readonly version: number | null },
): Put<'report'> {
  return {
    ...{ table: 'report', id: report.reportId, expectVersion: version, purgeDay, value: report },
    indexes: indexesOf(report),
  };
}

/** Times as plain values are in order as text. */
export const timeValue = (ms: number): string => String(Math.max(0, Math.floor(ms))).padStart(16, '0');

export const REPORT_INDEX = {
  state: 'report.state',
  guest: 'report.guest',
  /** When it is due, while somebody still has to see to it. */
  openDue: 'report.open-due',
  /** The same, until everybody was told that it is overdue. */
  untoldDue: 'report.untold-due',
  /** When it is handed over or asked after next. */
  next: 'report.next',
  /** Of a batch or file. */
  handover: 'report.handover',
} as const;

function indexesOf(report: Report): IndexEntry[] {
  const plain = (index: string, value: string | null): IndexEntry[] =>
    value === null ? [] : [{ index, kind: 'plain', value }];
  const due = isOpen(report) ? timeValue(report.dueAtMs) : null;
  const next = report.nextAttemptAtMs;
  return [
    ...plain(REPORT_INDEX.state, report.state),
    ...plain(REPORT_INDEX.guest, report.guestId),
    ...plain(REPORT_INDEX.openDue, due),
    ...plain(REPORT_INDEX.untoldDue, report.overdueToldAtMs === null ? due : null),
    ...plain(REPORT_INDEX.next, next === null ? null : timeValue(next)),
    ...plain(REPORT_INDEX.handover, report.handover),
  ];
}
