/** In which order public security is told of one guest, and what it need not be told. Pure. */
import type { Guest } from '../stays/stay.ts';
import type { Report } from './report.ts';

export type ReportStep =
  /** To be handed over now. */
  | { readonly step: 'hand_over' }
  /** They may have it: they are asked first. */
  | { readonly step: 'ask' }
  /** For an earlier report of the guest. */
  | { readonly step: 'wait' }
  /** Never to be sent. `register`: what becomes of the guest's rejected first report at the same time. */
  | { readonly step: 'withdraw'; readonly register?: 'retried' | 'withdrawn' };

/**
 * For a report that is queued or sent. `others`: reports of the same guest to the same target. `guest` null: it was erased.
 * Nobody is told of a change or a departure of a guest they were never told of; and a first report that has not left says
 * what was corrected meanwhile.
 */
export function reportStep(report: Report, others: readonly Report[], guest: Guest | null): ReportStep {
  if (report.handover !== null) return { step: 'ask' };
  if (guest === null) return { step: 'withdraw' };
  if (report.kind === 'suspicious') return { step: 'hand_over' };
  const isTakenBack = guest.state === 'reverted';
  if (report.kind === 'register') return { step: isTakenBack ? 'withdraw' : 'hand_over' };
  const register = others.find(({ kind }) => kind === 'register');
  if (register === undefined || register.state === 'accepted') return { step: 'hand_over' };
  if (register.state === 'withdrawn') return { step: 'withdraw' };
  if (report.kind === 'check_out') return { step: 'wait' };
  if (register.state === 'rejected')
    return { step: 'withdraw', register: isTakenBack ? 'withdrawn' : 'retried' };
  return { step: register.handover === null ? 'withdraw' : 'wait' };
}
