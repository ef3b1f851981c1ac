/** What can happen to a guest of a stay: the guest in, the guest after it out. No clock and no register here. */
import { documentKind } from '../../config/hotel/read-rules.ts';
import type { HotelRules } from '../../config/hotel/rules-schema.ts';
import { ProblemResponse } from '../http/problem.ts';
import { needsOf } from '../verification/needs.ts';
import { isPresent } from './rows.ts';
import type { Guest, GuestClaims, GuestDecision, GuestState } from './stay.ts';

export interface Change {
  readonly rules: HotelRules;
  readonly nowMs: number;
  /** YYYY-MM-DD at the hotel. */
  readonly today: string;
  /** Account or client. */
  readonly by: string;
}

/** Of the claims those that a clerk gives. */
export type Fields = Partial<{ readonly [Field in keyof GuestClaims]: string }>;

/** The guest with `needs`, and the state that follows from those. A referred guest stays so until somebody decides. */
export function settled(guest: Guest, { rules, today }: Pick<Change, 'rules' | 'today'>): Guest {
  const isPersonCompared = guest.attestation !== null;
  const kind = documentKind(rules, guest.claims.document_kind);
  const asked = needsOf(rules, { claims: guest.claims, guardian: guest.guardian, isPersonCompared }, today);
  // Of what is written down alone somebody must have seen document and person.
  const isUnseen = guest.evidence.document === 'declared' && !isPersonCompared;
  const needs =
    isUnseen && !asked.includes('person_compared') ? [...asked, 'person_compared' as const] : asked;
  const claims = kind?.number_kept === false ? { ...guest.claims, document_number: null } : guest.claims;
  const isOpen = guest.state === 'in_house' || guest.state === 'held';
  return {
    ...guest,
    claims,
    needs,
    state: isOpen ? (needs.length === 0 ? 'in_house' : 'held') : guest.state,
  };
}

export interface Completion {
  readonly guardian?: { readonly contact: string; readonly relationship: string } | undefined;
  readonly person_compared?: boolean | undefined;
  readonly fields?: Fields | undefined;
}

/** What was needed is given. Throws ProblemResponse where a field is there already: that is a correction. */
export function completed(
  guest: Guest,
  { guardian, person_compared, fields = {} }: Completion,
  change: Change,
): Guest {
  refuseUnless(guest, ['in_house', 'held', 'referred']);
  const there = Object.keys(fields).filter((field) => guest.claims[field as keyof GuestClaims]);
  if (there.length > 0) {
    const errors = there.map((field) => ({
      pointer: `/fields/${field}`,
      detail: 'it is there: correct it, with a reason',
    }));
    throw new ProblemResponse('desk.invalid', { errors });
  }
  const seen = person_compared === true ? compared(guest, change) : guest;
  return settled(
    { ...seen, claims: { ...seen.claims, ...fields }, guardian: guardian ?? guest.guardian },
    change,
  );
}

/** Nothing is overwritten without a trace: what it was is kept, with who and why. */
export function corrected(guest: Guest, fields: Fields, reason: string, change: Change): Guest {
  refuseUnless(guest, ['in_house', 'held', 'referred', 'checked_out']);
  const before = Object.fromEntries(
    Object.keys(fields).map((field) => [field, guest.claims[field as keyof GuestClaims] ?? null]),
  );
  const isByHand = 'full_name' in fields || 'document_number' in fields;
  return settled(
    {
      ...guest,
      claims: { ...guest.claims, ...fields },
      // What a clerk wrote is signed by nobody.
      evidence: isByHand ? { ...guest.evidence, claims: 'declared' } : guest.evidence,
      corrections: [...guest.corrections, { atMs: change.nowMs, by: change.by, reason, before }],
    },
    change,
  );
}

/** A clerk decides for a referred guest. */
export function decided(guest: Guest, accept: boolean, reason: string, change: Change): Guest {
  refuseUnless(guest, ['referred']);
  if (!accept) return { ...guest, state: 'reverted', revertedFor: reason };
  return settled({ ...compared(guest, change), state: 'in_house' }, change);
}

export function checkedOut(guest: Guest, { nowMs }: Pick<Change, 'nowMs'>): Guest {
  refuseUnless(guest, ['in_house', 'held', 'referred']);
  return { ...guest, state: 'checked_out', checkedOutAtMs: nowMs };
}

export function reverted(guest: Guest, reason: string): Guest {
  refuseUnless(guest, ['in_house', 'held', 'referred', 'checked_out']);
  return { ...guest, state: 'reverted', revertedFor: reason };
}

/** By a later list: whoever was referred for want of one is let in by it; nothing that was accepted becomes undone. */
export function judgedAgain(guest: Guest, again: NonNullable<GuestDecision['again']>, change: Change): Guest {
  if (guest.decision === null || !isPresent(guest)) return guest;
  const next: Guest = { ...guest, decision: { ...guest.decision, again } };
  const isForGateway = guest.decision.code.startsWith('refer.');
  const isLetIn = guest.state === 'referred' && isForGateway && again.outcome === 'allow';
  return isLetIn ? settled({ ...next, state: 'in_house' }, change) : next;
}

/** A clerk says that person and document were compared. */
export function compared(guest: Guest, { by, nowMs }: Pick<Change, 'by' | 'nowMs'>): Guest {
  const evidence = { ...guest.evidence, holder: 'person' as const };
  return { ...guest, evidence, attestation: guest.attestation ?? { by, atMs: nowMs } };
}

function refuseUnless({ state }: Guest, among: readonly GuestState[]): void {
  if (!among.includes(state)) throw new ProblemResponse('desk.not_now');
}
