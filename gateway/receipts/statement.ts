/** What a receipt says of a decision, out of its record alone: pure, and nothing of a person but a scoped pseudonym. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import { macOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import type { ReceiptRequest, ReceiptStatement } from './receipt.ts';

/** Cut of the HMAC (NIST SP 800-107 clause 5.3.3). */
const SUBJECT_BYTES = 16;

export interface StatementMoment {
  readonly gatewayId: string;
  readonly profile: CryptoProfile;
  readonly receiptId: string;
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number;
  readonly service: number;
  /** Of the pseudonyms in receipts, 32 bytes. */
  readonly subjectKey: Uint8Array;
}

export function statementOf(
  record: DecisionRecord,
  { purpose, reference, amount, currency }: ReceiptRequest,
  { gatewayId, profile, receiptId, nowMs, service, subjectKey }: StatementMoment,
): ReceiptStatement {
  const { answer, proof, status } = record;
  const { subject } = proof;
  return {
    iss: gatewayId,
    iat: Math.floor(nowMs / 1_000),
    jti: receiptId,
    ...(subject && { sub: scopedSubject(subjectKey, profile, purpose, service, subject) }),
    purpose,
    reference,
    ...(amount !== null && currency !== null && { amount: { minor_units: amount, currency } }),
    decision: {
      id: answer.decisionId,
      outcome: answer.outcome,
      code: answer.code,
      decided_at_ms: record.atMs,
    },
    scene: record.scene,
    service,
    evidence: {
      family: record.family,
      proof: proof.mode,
      holder_bound: proof.claims['holderBound'] !== false,
      status: {
        state: status.state,
        source: status.source,
        age_ms: status.ageMs,
        list_revision: status.listRevision,
        live: status.live,
      },
      mode: record.mode,
      policy: record.policy,
      policy_revision: record.policyRevision,
      trust_revision: record.trustRevision,
      trust_grace: record.trustGrace,
    },
    groups: groupsHeld(record.groups),
  };
}

/** Those that somebody said yes for: the card, a claim or a list. */
function groupsHeld(groups: DecisionRecord['groups']): string[] {
  return Object.keys(groups)
    .filter((name) => groups[name] !== 'none' && groups[name] !== 'unknown')
    .sort();
}

/**
 * Two receipts of one purpose at one service show whether they are of one person; receipts of another, the journal and
 * whatever else holds pseudonyms do not.
 */
function scopedSubject(
  key: Uint8Array,
  profile: CryptoProfile,
  purpose: string,
  service: number,
  subject: Uint8Array,
): string {
  const scope = Buffer.from(`onecard.receipt.subject.v1\0${purpose}\0${service}\0`, 'utf8');
  const mac = algorithmFor('receipt-subject', profile);
  const name = macOf(mac, key, Buffer.concat([scope, subject]));
  return name.subarray(0, SUBJECT_BYTES).toString('base64url');
}
