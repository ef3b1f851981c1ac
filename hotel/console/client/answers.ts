/** What the desk answers with, as its OpenAPI document says. */
import type { Role, Scope } from '../../people/actor.ts';

export interface Session {
  readonly account: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly desk: string | null;
  readonly csrf: string;
  readonly must_change_password: boolean;
  readonly passkeys: number;
  readonly idle_until_ms: number;
  readonly absolute_until_ms: number;
}

/** In both languages. */
export interface BothWords {
  readonly zh: string;
  readonly en: string;
}

export interface DocumentKind {
  readonly kind: string;
  readonly title: BothWords;
  /** Names of claims. */
  readonly fields: readonly string[];
  readonly number_kept: boolean;
  readonly minors_only: boolean;
  readonly compare_person: boolean;
}

export interface HotelInfo {
  readonly hotel_id: string;
  readonly title: string;
  readonly desks: readonly string[];
  readonly scenes: readonly string[];
  readonly document_kinds: readonly DocumentKind[];
  readonly report: { readonly adapter: 'manual' | 'file' | 'http'; readonly due_ms: number };
}

export type Outcome = 'allow' | 'refer' | 'deny';

export interface EvidenceAnswer {
  readonly document: 'proven' | 'read' | 'declared';
  readonly status: { readonly source: 'live' | 'list' | 'stale' | 'none'; readonly age_ms: number };
  readonly holder: 'none' | 'device' | 'pin' | 'person';
  readonly claims: 'signed' | 'matched' | 'declared';
}

export interface Levels {
  readonly ial: 'none' | 'IAL1' | 'IAL2';
  readonly superior: boolean;
  readonly eidas: 'none' | 'low' | 'substantial';
  readonly gbt40651: number;
}

export type Said = 'yes' | 'no' | 'unknown' | 'not_asked';

export interface Verification {
  /** Null: it was not judged, and cannot be used for a check-in. */
  readonly verification_id: string | null;
  readonly outcome: Outcome | 'none';
  readonly code: string;
  readonly mode: string | null;
  readonly at_ms: number;
  readonly scene: string;
  readonly family: string;
  readonly evidence: EvidenceAnswer | null;
  readonly levels: Levels | null;
  readonly claims: MaskedClaims | null;
  /** Base64 of a JPEG or JPEG 2000. */
  readonly portrait?: string;
  readonly needs: readonly string[];
  readonly match: {
    readonly name: Said;
    readonly document_number: Said;
    readonly source: 'signed' | 'live' | 'list' | 'none';
    readonly age_ms: number;
  } | null;
  readonly pin: { readonly said: string; readonly retry_after_ms: number } | null;
  readonly words: BothWords;
  readonly next_step: { readonly step: string; readonly zh: string; readonly en: string };
  readonly retry_after_ms: number;
  readonly expires_at_ms: number | null;
}

export interface MaskedClaims {
  readonly full_name?: string;
  readonly document_kind: string;
  readonly document_number_masked: string | null;
  readonly birth_date?: string;
  readonly sex?: string;
  readonly nationality?: string;
}

/** What the guest says of himself or herself. */
export type Declared = Readonly<Record<string, string>>;

export interface GuestAnswer {
  readonly guest_id: string;
  readonly stay_id: string;
  readonly room: string;
  readonly state: 'in_house' | 'held' | 'referred' | 'checked_out' | 'reverted';
  readonly full_name: string;
  readonly document_kind: string;
  readonly document_number_masked: string | null;
  readonly evidence: EvidenceAnswer;
  readonly levels: Levels;
  readonly decision: {
    readonly outcome: Outcome;
    readonly code: string;
    readonly at_ms: number;
    readonly mode: string;
    readonly again: { readonly outcome: Outcome; readonly code: string; readonly at_ms: number } | null;
  } | null;
  readonly again_words: BothWords | null;
  readonly needs: readonly string[];
  readonly checked_in_at_ms: number;
  readonly checked_out_at_ms: number | null;
  readonly corrections: readonly {
    readonly at_ms: number;
    readonly by: string;
    readonly reason: string;
    readonly fields: readonly string[];
  }[];
}

export interface StayAnswer {
  readonly stay_id: string;
  readonly room: string;
  readonly arrival: string;
  readonly departure: string;
  readonly state: 'in_house' | 'departed' | 'reverted';
  readonly guests: readonly GuestAnswer[];
  readonly created_at_ms: number;
}
