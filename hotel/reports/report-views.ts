/** A report as the API says it. */
import { type Static, Type } from 'typebox';
import { AtMs } from '../http/answers.ts';
import type { Guest, Stay } from '../stays/stay.ts';
import { maskedNumber } from '../verification/masked.ts';
import { REPORT_KINDS, REPORT_STATES, type Report } from './report.ts';
import { isOverdue } from './report-machine.ts';

const strict = { additionalProperties: false } as const;
const orNull = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) =>
  Type.Union([schema, Type.Null()]);

export const ReportSchema = Type.Object(
  {
    report_id: Type.String(),
    stay_id: Type.String(),
    guest_id: Type.String(),
    kind: Type.Enum([...REPORT_KINDS]),
    target: Type.String({ description: 'Whom it goes to, by the local rules.' }),
    state: Type.Enum([...REPORT_STATES]),
    due_at_ms: AtMs('By then it must have been accepted'),
    overdue: Type.Boolean(),
    created_at_ms: AtMs('Written'),
    attempts: Type.Integer({ minimum: 0 }),
    next_attempt_at_ms: orNull(AtMs('Next attempt, or question after it')),
    sent_at_ms: orNull(AtMs('Handed over')),
    receipt: orNull(Type.String()),
    rejected_for: orNull(Type.String({ description: 'In their own words.' })),
    file_id: orNull(Type.String({ description: 'The file or batch that it went with.' })),
    guest: orNull(
      Type.Object(
        {
          room: Type.String(),
          full_name: Type.String(),
          document_kind: Type.String(),
          document_number_masked: orNull(Type.String()),
        },
        { ...strict, description: 'Null: it was erased, or who asks may not see guests.' },
      ),
    ),
  },
  { ...strict, title: 'Report' },
);
export type ReportView = Static<typeof ReportSchema>;

/** `of` null: who asks may not see guests. */
export function reportView(
  report: Report,
  nowMs: number,
  of: { readonly guest: Guest; readonly stay: Stay } | null,
): ReportView {
  const claims = of?.guest.claims;
  return {
    ...{ report_id: report.reportId, stay_id: report.stayId, guest_id: report.guestId },
    ...{ kind: report.kind, target: report.target, state: report.state },
    ...{ due_at_ms: report.dueAtMs, overdue: isOverdue(report, nowMs), created_at_ms: report.createdAtMs },
    ...{ attempts: report.attempts, next_attempt_at_ms: report.nextAttemptAtMs },
    ...{ sent_at_ms: report.sentAtMs, receipt: report.receipt, rejected_for: report.rejectedFor },
    file_id: report.handover,
    guest:
      of && claims
        ? {
            ...{ room: of.stay.room, full_name: claims.full_name, document_kind: claims.document_kind },
            document_number_masked: claims.document_number ? maskedNumber(claims.document_number) : null,
          }
        : null,
  };
}
