/**
 * One decision as it is kept: everything needed to judge it again, and nothing that names a person. Subjects and
 * credentials appear only as pseudonyms under the journal's key.
 */
import type { Code } from '../../../config/codes.ts';
import type { ListedState } from '../../../lists/list-handle.ts';
import type { LiveAnswer } from '../../live/live-answer.ts';
import type { DecisionAnswer, Mode, TapId } from '../../verification.ts';

/**
 * State of a card as its issuer last said. `unknown`: whoever was asked answers for that issuer and does not know the
 * card, or nobody could be asked (then the source is `none`). `not_covered`: the list says nothing of that issuer.
 */
export type CardState = ListedState | 'unknown' | 'not_covered';

/** What became of the live question; `not_wanted`: the policy, or a failed proof, left nothing to ask. */
export type LiveOutcome = LiveAnswer['kind'] | 'not_wanted';

export interface StatusRecord {
  readonly state: CardState;
  /** Who said so. */
  readonly source: 'live' | 'list' | 'none';
  /** Revision of the list that was asked; null where none was. */
  readonly listRevision: string | null;
  /** Age of what the source said, milliseconds: since the list was issued, or since the platform's own time of it. */
  readonly ageMs: number;
  readonly entitlements: number;
  readonly live: LiveOutcome;
  /**
   * The card's key on that list, 16 bytes, by which a later revision is asked again without a card number; null where
   * no list was asked, the list gives none, or the state rests on a status list of tokens instead.
   */
  readonly listKey: Uint8Array | null;
  /** Of the named list the policy wants; null where it wants none, or nothing was proven. */
  readonly named: 'member' | 'absent' | 'no_list' | null;
}

/** Taps allowed on the word of a stale list before this one, since it became stale. */
export interface BudgetRecord {
  /** Of the card; null when no room was left to count another card. */
  readonly card: number | null;
  readonly device: number;
  readonly outage: number;
}

export interface ProofRecord {
  readonly ok: boolean;
  readonly code: Code;
  readonly failed: string | null;
  /** Null unless the proof was accepted. */
  readonly issuer: string | null;
  readonly region: string | null;
  readonly mode: string | null;
  /** Pseudonyms, 16 bytes. */
  readonly credential: Uint8Array | null;
  readonly subject: Uint8Array | null;
  readonly claims: Readonly<Record<string, string | number | boolean>>;
}

export interface ReplayRecord {
  /** Pseudonym of (credential, nonce), 16 bytes; null when nothing was proven. */
  readonly key: Uint8Array | null;
  readonly untilMs: number;
  readonly seenBefore: boolean;
}

export interface DecisionRecord {
  /** 1: made before modes took part in decisions; what it lacks then has the value that changes nothing. */
  readonly v: 1 | 2;
  /** Position in the journal, from 1, without gaps. */
  readonly position: number;
  readonly tap: TapId;
  /** Keyed digest of the presentation, 16 bytes: tells a resend from another tap under the same number. */
  readonly digest: Uint8Array;
  readonly family: string;
  readonly scene: string;
  readonly policy: string;
  readonly policyRevision: string;
  readonly trustRevision: string;
  /** Whether that trust was past its expiry, within its signed grace. */
  readonly trustGrace: boolean;
  readonly mode: Mode;
  /** Whether an operator set the mode. */
  readonly modeForced: boolean;
  readonly atMs: number;
  readonly proof: ProofRecord;
  readonly status: StatusRecord;
  readonly replay: ReplayRecord;
  /** Null unless the decision rests on a list in mode `stale`. */
  readonly budget: BudgetRecord | null;
  readonly answer: DecisionAnswer;
}
