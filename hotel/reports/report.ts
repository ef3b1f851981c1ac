/** What public security is told of a guest. A state machine of its own: a check-in stands whatever becomes of its report. */

export const REPORT_KINDS = ['register', 'change', 'check_out', 'suspicious'] as const;
export type ReportKind = (typeof REPORT_KINDS)[number];

export const REPORT_STATES = [
  /** Waits to be handed over. */
  'queued',
  /** Handed over; nobody has said yet that it was taken. */
  'sent',
  /** Taken, with a receipt. */
  'accepted',
  /** Refused, with a reason: somebody must correct it. */
  'rejected',
  /** Not to be sent before something is known (a guest's `needs`). */
  'held',
  /** Never to be sent: its guest was taken back before anybody was told, or another report of the guest says it too. */
  'withdrawn',
] as const;
export type ReportState = (typeof REPORT_STATES)[number];

export interface Report {
  readonly reportId: string;
  readonly stayId: string;
  readonly guestId: string;
  readonly kind: ReportKind;
  /** Whom it goes to, as the local rules name it. */
  readonly target: string;
  readonly state: ReportState;
  /** Milliseconds since 1970 UTC: by then it must have been accepted. */
  readonly dueAtMs: number;
  readonly createdAtMs: number;
  readonly attempts: number;
  /** When it is handed over, or asked after, next; null: nothing is done of itself. */
  readonly nextAttemptAtMs: number | null;
  readonly sentAtMs: number | null;
  readonly receipt: string | null;
  /** Of a rejection: the target's own word. */
  readonly rejectedFor: string | null;
  /** The batch or file that it went with, or was about to; null: the other side has certainly not got it. */
  readonly handover: string | null;
  /** Of `suspicious`: what the clerk saw. Personal. */
  readonly note: string | null;
  /** When everybody who can act was told that it is overdue. */
  readonly overdueToldAtMs: number | null;
}
