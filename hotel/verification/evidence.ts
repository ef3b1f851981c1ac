/** What a presentation shows, in four fields, and whether that is what a scene asks for at least. */
import type { DeskDecision, DeskShown, PinAnswer } from '../../gateway/desk/desk-core.ts';
import type { Match } from '../matching/match.ts';
import type { Evidence, StatusEvidence } from '../stays/stay.ts';

/** From least to most. */
export const DOCUMENT_EVIDENCE = ['declared', 'read', 'proven'] as const;
export const STATUS_EVIDENCE = ['none', 'stale', 'list', 'live'] as const;
export const HOLDER_EVIDENCE = ['none', 'device', 'pin', 'person'] as const;
export const CLAIMS_EVIDENCE = ['declared', 'matched', 'signed'] as const;

/** Of a guest who showed nothing that could be read. */
export const DECLARED: Evidence = {
  document: 'declared',
  status: { source: 'none', ageMs: 0 },
  holder: 'none',
  claims: 'declared',
};

export interface ShownEvidence {
  readonly decision: Pick<DeskDecision, 'mode' | 'shown'>;
  /** Whether the credential itself says the name. */
  readonly isNameSigned: boolean;
  readonly match: Match | null;
  readonly pin: PinAnswer['said'] | null;
}

export function evidenceOf({ decision: { mode, shown }, isNameSigned, match, pin }: ShownEvidence): Evidence {
  if (shown === null) return { ...DECLARED, document: 'read' };
  return {
    document: 'proven',
    status: statusOf(shown, mode),
    holder: pin === 'yes' ? 'pin' : shown.holderBound ? 'device' : 'none',
    claims: isNameSigned ? 'signed' : isMatched(match) ? 'matched' : 'declared',
  };
}

function isMatched(match: Match | null): boolean {
  return match !== null && match.name === 'yes' && match.documentNumber !== 'no';
}

function statusOf({ status }: DeskShown, mode: DeskDecision['mode']): StatusEvidence {
  const { state, source, ageMs } = status;
  if (source === 'none' || state === 'not_covered') return { source: 'none', ageMs: 0 };
  if (source === 'list' && (mode === 'stale' || mode === 'closed')) return { source: 'stale', ageMs };
  return { source, ageMs };
}

/** What a scene asks for at least; a field that is not named: anything. */
export interface LeastEvidence {
  readonly document?: Evidence['document'];
  readonly status?: StatusEvidence['source'];
  readonly holder?: Evidence['holder'];
  readonly claims?: Evidence['claims'];
}

export function isEnough(evidence: Evidence, least: LeastEvidence): boolean {
  const reaches = <Value extends string>(order: readonly Value[], has: Value, asked: Value | undefined) =>
    asked === undefined || order.indexOf(has) >= order.indexOf(asked);
  return (
    reaches(DOCUMENT_EVIDENCE, evidence.document, least.document) &&
    reaches(STATUS_EVIDENCE, evidence.status.source, least.status) &&
    reaches(HOLDER_EVIDENCE, evidence.holder, least.holder) &&
    reaches(CLAIMS_EVIDENCE, evidence.claims, least.claims)
  );
}
