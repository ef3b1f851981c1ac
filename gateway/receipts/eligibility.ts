/** Whether a decision has a receipt for a purpose: pure. */
import type { Code } from '../../config/codes.ts';
import type { ReceiptPurpose } from '../../config/policy-schema.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import type { Device } from '../verification.ts';

export interface Eligible {
  readonly record: Pick<DecisionRecord, 'scene' | 'atMs' | 'answer' | 'proof'>;
  readonly device: Pick<Device, 'scenes'>;
  readonly purpose: ReceiptPurpose;
  /** Purposes that the scene gives receipts for, by the rules in force now. */
  readonly receipts: readonly ReceiptPurpose[];
  readonly nowMs: number;
  readonly ageMaxMs: number;
}

/** Null: it has one. */
export function eligibilityFault({
  record,
  device,
  purpose,
  receipts,
  nowMs,
  ageMaxMs,
}: Eligible): Code | null {
  if (!device.scenes.includes(record.scene)) return 'tap.scene_not_allowed';
  if (!receipts.includes(purpose)) return 'receipt.purpose_not_taken';
  if (!hasOutcome(record, purpose)) return 'receipt.not_allowed';
  return nowMs - record.atMs > ageMaxMs ? 'receipt.too_old' : null;
}

/**
 * Nothing is stated of what was not proven: a scene that opens when nothing is known (`allow.closed`) allows that too. Money
 * moves on `allow` alone. That a credential was shown is true whatever became of it: a receipt of identity says the outcome,
 * for whoever has to explain a refusal.
 */
function hasOutcome({ answer, proof }: Eligible['record'], purpose: ReceiptPurpose): boolean {
  return proof.ok && (answer.outcome === 'allow' || purpose === 'identity');
}
