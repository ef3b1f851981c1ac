/** What happened, for whoever integrates with the desk: ids and never a name. */

export const EVENT_KINDS = [
  'stay.checked_in',
  'stay.departed',
  'stay.reverted',
  'guest.checked_in',
  'guest.held',
  'guest.referred',
  'guest.completed',
  'guest.corrected',
  'guest.checked_out',
  'guest.reverted',
  'guest.judged_again',
  'report.accepted',
  'report.rejected',
  'report.overdue',
  'register.purged',
] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface DeskEvent {
  /** Goes up; the cursor of `GET /v1/events?after=`. */
  readonly seq: number;
  readonly kind: EventKind;
  readonly atMs: number;
  readonly stayId: string | null;
  readonly guestId: string | null;
  readonly reportId: string | null;
}
