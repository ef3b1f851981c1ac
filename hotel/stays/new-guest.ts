/** A guest out of what was shown and what was given. Pure; what cannot be taken is told by field. */
import { documentKind } from '../../config/hotel/read-rules.ts';
import { type FieldFault, ProblemResponse } from '../http/problem.ts';
import { DECLARED } from '../verification/evidence.ts';
import { isMinor } from '../verification/needs.ts';
import type { Declared } from '../verification/verification.ts';
import type { KeptVerification } from '../verification/verifications.ts';
import { type Change, compared, settled } from './guest-changes.ts';
import type { Guest, GuestClaims } from './stay.ts';

export interface GuestWish {
  /** Null: nothing was shown. */
  readonly kept: KeptVerification | null;
  readonly declared: Declared | null;
  readonly isPersonCompared: boolean;
  readonly guardian: Guest['guardian'];
  /** JSON Pointer of the guest in the request. */
  readonly pointer: string;
}

/** Throws ProblemResponse `desk.invalid`, or `desk.denied` for whom the gateway denied. */
export function newGuest(
  wish: GuestWish,
  ids: { readonly guestId: string; readonly stayId: string },
  change: Change,
): Guest {
  const { kept, guardian, isPersonCompared, pointer } = wish;
  if (kept?.judged.outcome === 'deny') throw new ProblemResponse('desk.denied');
  const claims = claimsOf(wish, change);
  const errors = faultsOf(claims, change, pointer);
  if (errors.length > 0) throw new ProblemResponse('desk.invalid', { errors });
  const guest: Guest = {
    ...ids,
    state: kept?.judged.outcome === 'refer' ? 'referred' : 'in_house',
    claims,
    evidence: kept?.judged.evidence ?? DECLARED,
    ...(kept?.judged.hasPortrait === true && { hasPortrait: true as const }),
    decision: decisionOf(kept),
    credential: kept?.shown.decision.shown?.credential ?? null,
    ...{ needs: [], attestation: null, guardian, corrections: [] },
    ...{ checkedInAtMs: change.nowMs, checkedOutAtMs: null, revertedFor: null },
  };
  return settled(isPersonCompared ? compared(guest, change) : guest, change);
}

function claimsOf({ kept, declared, pointer }: GuestWish, { rules }: Change): GuestClaims {
  const known = kept?.judged.claims ?? declared;
  const missing = (field: string, detail: string) =>
    new ProblemResponse('desk.invalid', { errors: [{ pointer: `${pointer}/declared/${field}`, detail }] });
  if (known?.full_name === undefined) {
    throw missing('full_name', 'the credential does not say a name: give the one of the document');
  }
  if (known.document_kind === undefined || documentKind(rules, known.document_kind) === null) {
    throw missing('document_kind', 'say which kind of document it is (GET /v1/hotel)');
  }
  const { full_name, document_kind, document_number = null } = known;
  const { birth_date, sex, nationality, ethnicity, address } = known;
  const others = { birth_date, sex, nationality, ethnicity, address };
  const said = Object.entries(others).filter((each): each is [string, string] => each[1] !== undefined);
  return { full_name, document_kind, document_number, ...Object.fromEntries(said) };
}

function faultsOf(claims: GuestClaims, { rules, today }: Change, pointer: string): FieldFault[] {
  const kind = documentKind(rules, claims.document_kind);
  if (kind?.minors_only !== true || isMinor(rules, claims, today)) return [];
  const detail = `only taken of guests below ${rules.minors.age_below}: ask for another document`;
  return [{ pointer: `${pointer}/declared/document_kind`, detail }];
}

function decisionOf(kept: KeptVerification | null): Guest['decision'] {
  if (kept === null) return null;
  const { decisionId, atMs, mode, scene, family } = kept.shown.decision;
  const { outcome, code } = kept.judged;
  return { decisionId, outcome, code, atMs, mode, scene, family, again: null };
}
