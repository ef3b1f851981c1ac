/**
 * One decision as it is kept: everything needed to judge it again, and nothing that names a person. Subjects and
 * credentials appear only as pseudonyms under the journal's key.
 */
import type { Code } from '../../config/codes.ts';
import type { DecisionAnswer, Mode, TapId } from '../tap/tap.ts';

/** State of a card as its issuer last said; `unknown` means: on no list. */
export type CardState = 'good' | 'suspended' | 'lost' | 'replaced' | 'cancelled' | 'unknown';

export interface StatusRecord {
  readonly state: CardState;
  readonly source: 'list' | 'none';
  /** Revision of the list that was asked; null where none was. */
  readonly listRevision: string | null;
  /** Age of the answer, milliseconds since the list was issued. */
  readonly ageMs: number;
  readonly entitlements: number;
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
  readonly v: 1;
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
  readonly mode: Mode;
  readonly atMs: number;
  readonly proof: ProofRecord;
  readonly status: StatusRecord;
  readonly replay: ReplayRecord;
  readonly answer: DecisionAnswer;
}
