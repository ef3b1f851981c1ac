/** What public security is told of a guest. A state machine of its own: a check-in stands whatever becomes of its report. */

export type ReportKind = 'register' | 'change' | 'check_out' | 'suspicious';
export type ReportState =
  /** Waits to be handed over. */
  | 'queued'
  /** Handed over; nobody has said yet that it was taken. */
  | 'sent'
  /** Taken, with a receipt. */
  | 'accepted'
  /** Refused, with a reason: somebody must correct it. */
  | 'rejected'
  /** Not to be sent before something is known (a guest's `needs`). */
  | 'held';

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
  readonly nextAttemptAtMs: number | null;
  readonly sentAtMs: number | null;
  readonly receipt: string | null;
  /** Of a rejection: the target's own word. */
  readonly rejectedFor: string | null;
}
