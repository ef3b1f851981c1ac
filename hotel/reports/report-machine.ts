/** The states of a report: what happened to it in, the report after it out. No time, no disk, no network. */
import type { Report } from './report.ts';

export type ReportHappening =
  /** What its guest needed is there. */
  | { readonly kind: 'released' }
  /** It waits for an earlier report of its guest. */
  | { readonly kind: 'postponed' }
  /** Nobody but a person hands over here. */
  | { readonly kind: 'left_to_person' }
  /** It is about to leave, in a batch or a file of this name: on disk before it does, since nobody knows after a crash. */
  | { readonly kind: 'claimed'; readonly handover: string }
  | { readonly kind: 'handed_over' }
  /** An attempt came to nothing. `isWithThem` false: they have certainly not got it. */
  | { readonly kind: 'failed'; readonly isWithThem: boolean }
  /** They were asked, and have never got it. */
  | { readonly kind: 'not_known' }
  /** They were asked, and have it, and have not judged it yet. */
  | { readonly kind: 'still_judged' }
  | { readonly kind: 'accepted'; readonly receipt: string }
  | { readonly kind: 'rejected'; readonly reason: string }
  /** Somebody wants it handed over now: what was wrong is corrected, or the pause is too long. */
  | { readonly kind: 'retried' }
  | { readonly kind: 'withdrawn' }
  | { readonly kind: 'told_overdue' };

const FROM: Readonly<Record<ReportHappening['kind'], readonly Report['state'][]>> = {
  released: ['held'],
  postponed: ['queued'],
  left_to_person: ['queued'],
  claimed: ['queued'],
  handed_over: ['queued'],
  failed: ['queued', 'sent'],
  not_known: ['queued', 'sent'],
  still_judged: ['queued', 'sent'],
  // A person who typed it in there has a receipt for it, whatever was said here before.
  accepted: ['queued', 'sent', 'rejected'],
  rejected: ['queued', 'sent'],
  retried: ['queued', 'sent', 'rejected'],
  withdrawn: ['queued', 'held', 'rejected'],
  told_overdue: ['queued', 'sent', 'rejected', 'held'],
};

/** `retryMs`: pause after the first attempt, see `pauseMs`. Null: that cannot happen to a report in its state. */
export function reportAfter(
  report: Report,
  happening: ReportHappening,
  { nowMs, retryMs }: { readonly nowMs: number; readonly retryMs: number },
): Report | null {
  if (!FROM[happening.kind].includes(report.state)) return null;
  const attempts = report.attempts + 1;
  const tried = { attempts, nextAttemptAtMs: nowMs + pauseMs(attempts, retryMs) };
  switch (happening.kind) {
    case 'released':
      return { ...report, state: 'queued', nextAttemptAtMs: nowMs };
    case 'postponed':
      return { ...report, nextAttemptAtMs: nowMs + retryMs };
    case 'left_to_person':
      return { ...report, nextAttemptAtMs: null };
    case 'claimed':
      return { ...report, handover: happening.handover, nextAttemptAtMs: nowMs + retryMs };
    case 'handed_over':
    case 'still_judged':
      return { ...report, state: 'sent', sentAtMs: report.sentAtMs ?? nowMs, ...tried };
    case 'failed':
      return {
        ...report,
        ...tried,
        ...(!happening.isWithThem && report.state === 'queued' && { handover: null }),
      };
    case 'not_known':
      return { ...report, state: 'queued', handover: null, sentAtMs: null, nextAttemptAtMs: nowMs };
    case 'accepted':
      return {
        ...report,
        attempts,
        ...{ state: 'accepted', receipt: happening.receipt, rejectedFor: null, nextAttemptAtMs: null },
      };
    case 'rejected':
      return {
        ...report,
        attempts,
        ...{ state: 'rejected', rejectedFor: happening.reason, nextAttemptAtMs: null },
        // They refused it, so they do not have it.
        ...{ handover: null, sentAtMs: null },
      };
    case 'retried':
      return {
        ...report,
        ...(report.state === 'rejected' && { state: 'queued', rejectedFor: null }),
        ...{ attempts: 0, nextAttemptAtMs: nowMs },
      };
    case 'withdrawn':
      return { ...report, state: 'withdrawn', nextAttemptAtMs: null };
    case 'told_overdue':
      return { ...report, overdueToldAtMs: nowMs };
  }
}

const DOUBLINGS_MAX = 5;

/** Milliseconds until the next attempt: `retryMs` after the first, twice as long after each further one, 32 times at most. */
export function pauseMs(attempts: number, retryMs: number): number {
  return retryMs * 2 ** Math.min(DOUBLINGS_MAX, Math.max(0, attempts - 1));
}

/** Whether somebody still has to see to it. */
export function isOpen({ state }: Pick<Report, 'state'>): boolean {
  return state !== 'accepted' && state !== 'withdrawn';
}

export function isOverdue(report: Pick<Report, 'state' | 'dueAtMs'>, nowMs: number): boolean {
  return isOpen(report) && report.dueAtMs <= nowMs;
}
