/**
 * What a hotel keeps: a stay, its guests, and what each guest was checked in on. All of it is personal: it is kept sealed,
 * and leaves the desk only to who may see it.
 */
import type { Mode, Outcome } from '../../gateway/verification.ts';

/** How sure the desk is of the document: proven by signatures, read from its chip or code without proof, or written down. */
export type DocumentEvidence = 'proven' | 'read' | 'declared';
/** How the holder was tied to it: nothing, a key in a device, a PIN, or a clerk who compared person and document. */
export type HolderEvidence = 'none' | 'device' | 'pin' | 'person';
/** Where name and number come from: signed in the credential, matched by the platform or a list, or written down. */
export type ClaimsEvidence = 'signed' | 'matched' | 'declared';

export interface StatusEvidence {
  /** `live`: asked just then. `list`: by a list that was fresh. `stale`: by one past its time. `none`: nobody could say. */
  readonly source: 'live' | 'list' | 'stale' | 'none';
  /** Milliseconds. */
  readonly ageMs: number;
}

/** Four fields, not one level: which combinations are how much is a table (`evidence-levels.ts`). */
export interface Evidence {
  readonly document: DocumentEvidence;
  readonly status: StatusEvidence;
  readonly holder: HolderEvidence;
  readonly claims: ClaimsEvidence;
}

/** Of a person, by the names of `config/personal-claims.ts`, and what a register asks beside those. */
export interface GuestClaims {
  readonly full_name: string;
  /** A kind of the local rules. */
  readonly document_kind: string;
  readonly document_number: string | null;
  readonly birth_date?: string;
  readonly sex?: string;
  readonly nationality?: string;
  readonly ethnicity?: string;
  readonly address?: string;
}

/** What the gateway decided, and what it would be under later lists. */
export interface GuestDecision {
  readonly decisionId: string;
  readonly outcome: Outcome;
  readonly code: string;
  readonly atMs: number;
  readonly mode: Mode;
  readonly scene: string;
  readonly family: string;
  /** Judged again when the platform was back; null: not yet, or there was no need. */
  readonly again: { readonly outcome: Outcome; readonly code: string; readonly atMs: number } | null;
}

/** Needed before the guest counts as checked in. */
export const NEEDS = [
  'full_name',
  'document_number',
  'birth_date',
  'sex',
  'nationality',
  'ethnicity',
  'address',
  'guardian_contact',
  'relationship',
  'person_compared',
] as const;
export type Need = (typeof NEEDS)[number];

export type GuestState =
  /** Verified and complete. */
  | 'in_house'
  /** Something is needed (`needs`). */
  | 'held'
  /** Referred: a clerk decides, or the gateway does when the platform is back. */
  | 'referred'
  | 'checked_out'
  /** Taken back with a reason. */
  | 'reverted';

export interface Correction {
  readonly atMs: number;
  /** Account or client. */
  readonly by: string;
  readonly reason: string;
  /** What it was before, field by field; nothing is overwritten without a trace. */
  readonly before: Readonly<Record<string, string | null>>;
}

/** A clerk compared person and document. */
export interface Attestation {
  readonly by: string;
  readonly atMs: number;
}

export interface Guest {
  readonly guestId: string;
  readonly stayId: string;
  readonly state: GuestState;
  readonly claims: GuestClaims;
  readonly evidence: Evidence;
  /** Whether the issuer of the credential signed a portrait; the portrait itself is not kept. */
  readonly hasPortrait?: true;
  /** Null: nothing was shown, the document was written down. */
  readonly decision: GuestDecision | null;
  /** Pseudonym of the credential, 16 bytes in hex; null where none was proven. */
  readonly credential: string | null;
  readonly needs: readonly Need[];
  readonly attestation: Attestation | null;
  /** Of a minor, beside the signed birth date: who answers for the guest. */
  readonly guardian: { readonly contact: string; readonly relationship: string } | null;
  readonly corrections: readonly Correction[];
  readonly checkedInAtMs: number;
  readonly checkedOutAtMs: number | null;
  readonly revertedFor: string | null;
}

export interface Stay {
  readonly stayId: string;
  readonly hotelId: string;
  readonly room: string;
  /** YYYY-MM-DD, local to the hotel. */
  readonly arrival: string;
  readonly departure: string;
  readonly state: 'in_house' | 'departed' | 'reverted';
  readonly guestIds: readonly string[];
  readonly createdAtMs: number;
  readonly createdBy: string;
  readonly desk: string | null;
  readonly departedAtMs: number | null;
  readonly revertedFor: string | null;
}
