/** What a presentation and what was given beside it come to, together. Pure: answers in, the judgement of the desk out. */
import type { Code } from '../../config/codes.ts';
import type { HotelRules } from '../../config/hotel/rules-schema.ts';
import type { DeskDecision, PinAnswer } from '../../gateway/desk/desk-core.ts';
import type { Outcome } from '../../gateway/verification.ts';
import { type Match, signedName } from '../matching/match.ts';
import { shownText } from '../matching/plain-text.ts';
import type { Evidence, GuestClaims, Need } from '../stays/stay.ts';
import { evidenceOf, isEnough } from './evidence.ts';
import { needsOf } from './needs.ts';
import type { Declared } from './verification.ts';

export type KnownClaims = Partial<GuestClaims> & Pick<GuestClaims, 'document_kind'>;

export interface Shown {
  readonly decision: DeskDecision;
  readonly declared: Declared | null;
  readonly match: Match | null;
  readonly pin: PinAnswer | null;
}

export interface Judged {
  readonly outcome: Outcome;
  readonly code: Code;
  readonly evidence: Evidence;
  readonly claims: KnownClaims;
  readonly needs: readonly Need[];
  readonly hasPortrait: boolean;
}

/** `today`: YYYY-MM-DD at the hotel. */
export function judged(rules: HotelRules, shown: Shown, today: string): Judged {
  const { decision, declared, match, pin } = shown;
  const claims = claimsOf(rules, decision, declared);
  const isNameSigned = signedName(decision.disclosed) !== null;
  const evidence = evidenceOf({ decision, isNameSigned, match, pin: pin?.said ?? null });
  const code =
    decision.outcome === 'allow' ? (referral(rules, shown, evidence) ?? decision.code) : decision.code;
  return {
    outcome: code === decision.code ? decision.outcome : 'refer',
    ...{ code, evidence, claims },
    needs:
      decision.outcome === 'deny'
        ? []
        : needsOf(rules, { claims, guardian: null, isPersonCompared: false }, today),
    hasPortrait: decision.disclosed?.['portrait'] !== undefined,
  };
}

/** Why a credential that is good is referred all the same; null: it is not. */
function referral(rules: HotelRules, { decision, match, pin }: Shown, evidence: Evidence): Code | null {
  if (match?.name === 'no') return 'desk.name_differs';
  if (match?.documentNumber === 'no') return 'desk.number_differs';
  if (pin?.said === 'no') return 'desk.pin_wrong';
  if (pin?.said === 'later') return 'desk.pin_later';
  const least = rules.least_evidence.find(({ scene }) => scene === decision.scene);
  return least === undefined || isEnough(evidence, least) ? null : 'desk.evidence_short';
}

/** What is signed before what was given. */
function claimsOf(
  rules: HotelRules,
  { disclosed, family }: DeskDecision,
  declared: Declared | null,
): KnownClaims {
  const { document_kind, ...given } = declared ?? {};
  const signed = signedClaims(disclosed);
  return {
    ...given,
    ...signed,
    document_kind: document_kind ?? rules.families[family] ?? rules.documents[0]?.kind ?? '',
  };
}

function signedClaims(disclosed: Readonly<Record<string, string>> | null): Partial<GuestClaims> {
  if (disclosed === null) return {};
  const name = signedName(disclosed);
  const number = disclosed['national_id'] ?? disclosed['document_number'];
  const { birth_date, sex, nationality, address } = disclosed;
  const shown = {
    ...(name !== null && { full_name: name }),
    ...(number !== undefined && { document_number: number }),
    ...(birth_date !== undefined && { birth_date }),
    ...(sex !== undefined && { sex }),
    ...(nationality !== undefined && { nationality }),
    ...(address !== undefined && { address }),
  };
  return Object.fromEntries(Object.entries(shown).map(([field, text]) => [field, shownText(text)]));
}
