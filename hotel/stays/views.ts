/** Stays and guests as the API shows them: numbers masked. */
import { type Static, Type } from 'typebox';
import { AtMs } from '../http/answers.ts';
import { levelsOf } from '../verification/evidence-levels.ts';
import { maskedClaims } from '../verification/masked.ts';
import {
  CodeSchema,
  EvidenceSchema,
  evidenceView,
  LevelsSchema,
  levelsView,
  MaskedClaimsSchema,
  ModeSchema,
  NeedsSchema,
  WordsSchema,
} from '../verification/verification.ts';
import { isRefusedNow } from './rows.ts';
import type { Guest, GuestDecision, Stay } from './stay.ts';

const strict = { additionalProperties: false } as const;
const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
export const RowId = Type.String({ pattern: '^[a-z0-9.-]{1,64}$' });
const outcome = Type.Enum(['allow', 'deny', 'refer']);

export const GUEST_STATES = ['in_house', 'held', 'referred', 'checked_out', 'reverted'] as const;
export const STAY_STATES = ['in_house', 'departed', 'reverted'] as const;

const DecisionSchema = Type.Object(
  {
    ...{ outcome, code: CodeSchema, at_ms: AtMs('When it was decided'), mode: ModeSchema },
    again: nullable(
      Type.Object({ outcome, code: CodeSchema, at_ms: AtMs('When it was judged again') }, strict),
    ),
  },
  strict,
);

export const GuestSchema = Type.Object(
  {
    ...{ guest_id: RowId, stay_id: RowId, room: Type.String() },
    state: Type.Enum([...GUEST_STATES], {
      description:
        'held: something is needed. referred: a clerk decides, or the gateway when the platform is back.',
    }),
    ...MaskedClaimsSchema.properties,
    full_name: Type.String(),
    ...{ evidence: EvidenceSchema, levels: LevelsSchema },
    decision: nullable(DecisionSchema),
    again_words: nullable(WordsSchema),
    needs: NeedsSchema,
    person_compared: nullable(
      Type.Object({ by: Type.String(), at_ms: AtMs('When person and document were compared') }, strict),
    ),
    guardian_given: Type.Boolean(),
    checked_in_at_ms: AtMs('When'),
    checked_out_at_ms: nullable(AtMs('When')),
    reverted_for: nullable(Type.String()),
    corrections: Type.Array(
      Type.Object(
        {
          ...{ at_ms: AtMs('When'), by: Type.String(), reason: Type.String() },
          fields: Type.Array(Type.String()),
        },
        strict,
      ),
    ),
  },
  { ...strict, title: 'Guest' },
);
export type GuestView = Static<typeof GuestSchema>;

export const StaySchema = Type.Object(
  {
    ...{ stay_id: RowId, room: Type.String(), arrival: Type.String(), departure: Type.String() },
    state: Type.Enum([...STAY_STATES]),
    guests: Type.Array(GuestSchema),
    created_at_ms: AtMs('When'),
    departed_at_ms: nullable(AtMs('When')),
    reverted_for: nullable(Type.String()),
  },
  { ...strict, title: 'Stay' },
);
export type StayView = Static<typeof StaySchema>;

export function guestView(guest: Guest, { room }: Pick<Stay, 'room'>): GuestView {
  const { evidence, decision, attestation } = guest;
  return {
    ...{ guest_id: guest.guestId, stay_id: guest.stayId, room, state: guest.state },
    ...maskedClaims(guest.claims),
    full_name: guest.claims.full_name,
    evidence: evidenceView(evidence),
    levels: levelsView(levelsOf(evidence, guest.hasPortrait === true)),
    decision: decision === null ? null : decisionView(decision),
    again_words: againWords(guest),
    needs: [...guest.needs],
    person_compared: attestation === null ? null : { by: attestation.by, at_ms: attestation.atMs },
    guardian_given: guest.guardian !== null,
    checked_in_at_ms: guest.checkedInAtMs,
    checked_out_at_ms: guest.checkedOutAtMs,
    reverted_for: guest.revertedFor,
    corrections: guest.corrections.map(({ atMs, by, reason, before }) => ({
      ...{ at_ms: atMs, by, reason, fields: Object.keys(before) },
    })),
  };
}

export function stayView(stay: Stay, guests: readonly Guest[]): StayView {
  return {
    ...{ stay_id: stay.stayId, room: stay.room, arrival: stay.arrival, departure: stay.departure },
    state: stay.state,
    guests: guests.map((guest) => guestView(guest, stay)),
    created_at_ms: stay.createdAtMs,
    departed_at_ms: stay.departedAtMs,
    reverted_for: stay.revertedFor,
  };
}

function decisionView({ outcome: said, code, atMs, mode, again }: GuestDecision) {
  return {
    ...{ outcome: said, code, at_ms: Math.floor(atMs), mode },
    again:
      again === null ? null : { outcome: again.outcome, code: again.code, at_ms: Math.floor(again.atMs) },
  };
}

/** What was accepted is never shown as failed. Null: it was not judged again. */
function againWords(guest: Guest): { zh: string; en: string } | null {
  const again = guest.decision?.again ?? null;
  if (again === null) return null;
  if (isRefusedNow(guest))
    return { zh: '当时已接受，现在会被拒绝', en: 'Accepted then, would be refused now' };
  if (guest.state === 'referred') {
    return again.outcome === 'deny'
      ? { zh: '恢复连接后核验：不通过，请人工决定', en: 'Judged again: not verified, a person decides' }
      : { zh: '恢复连接后核验：仍需人工决定', en: 'Judged again: a person still decides' };
  }
  return again.outcome === 'allow'
    ? { zh: '恢复连接后核验通过', en: 'Judged again: verified' }
    : { zh: '当时已接受，现在需要人工核验', en: 'Accepted then, a person would look now' };
}
