/**
 * What crosses the line between the gateway's main thread and its proving threads. Plain data only: an Error loses
 * its code on the way, so a verdict is a value.
 */
import type { Code } from '../config/codes.ts';
import type { DisclosedClaims, PersonalText, PublicClaims } from './claims.ts';

/** One presentation to prove. */
export interface ProveItem {
  readonly family: string;
  /** The family's own input, as its `read` returned it: strings, numbers and Uint8Arrays. */
  readonly input: unknown;
  /** The clock to judge validity by, milliseconds since 1970 UTC. */
  readonly atMs: number;
  /** Names of personal claims that whoever asks may see. Default: none. */
  readonly disclose?: readonly string[];
}

/** The same on its way to a thread: the input is packed once, when it is decoded (`packing.ts`). */
export interface PackedItem extends Omit<ProveItem, 'input'> {
  readonly packedInput: Uint8Array;
  /** Where it was shown; part of what its presentation is named by. */
  readonly scene: string;
}

/** What a proven credential says of itself. */
export interface CredentialFacts {
  /** The credential itself (issuer and serial, or account), not the card number printed on it. */
  readonly credentialId: PersonalText;
  readonly issuer: string;
  readonly region: string;
  /** How it was proven, for example `dda` or `interoperable`. */
  readonly mode: string;
  /** Until when the same bytes could be presented again; null where the format sets no end. */
  readonly replayableUntilMs: number | null;
  readonly validUntilMs: number;
  readonly claims: PublicClaims;
  /**
   * Whether what was shown proves possession of a key. Where it does not, copies are as good as the credential until it
   * expires, and none of them is told from a second showing: it is never used up.
   */
  readonly holderBound: boolean;
  /** Of the claims that were asked for, those that it discloses. In memory alone. */
  readonly disclosed?: DisclosedClaims;
  /** Where its issuer keeps its status, for credentials that say so (draft-ietf-oauth-status-list, clause 6). */
  readonly statusReference?: StatusReference;
}

/** What is proven. Only ever present on an accepted proof. */
export interface ProofFacts extends CredentialFacts {
  /** Whose credential it is: a card number or an account. */
  readonly subject: PersonalText;
  /** With `credentialId`, names this one presentation (generation time, or unpredictable number). Never a signature. */
  readonly nonce: string;
}

/**
 * Where a credential's issuer keeps its status: an entry of a status list of tokens, or a name on a list of identifiers that
 * are revoked (ISO/IEC 18013-5, second edition).
 */
export type StatusReference = StatusListReference | IdentifierListReference;

export interface StatusListReference {
  readonly kind: 'status_list';
  readonly uri: string;
  readonly index: number;
}

export interface IdentifierListReference {
  readonly kind: 'identifier_list';
  readonly uri: string;
  /** Lower-case hex. */
  readonly id: string;
}

export interface CheckResult {
  readonly check: string;
  readonly ok: boolean;
}

export interface ProofVerdict {
  readonly ok: boolean;
  readonly code: Code;
  /** Name of the check that failed; null when accepted. */
  readonly failed: string | null;
  readonly facts: ProofFacts | null;
  /** Every check made, in order; empty unless the request asked for detail. */
  readonly checks: readonly CheckResult[];
}

/** The same as it leaves the thread: the subject and the presentation by name only (`names/naming.ts`). */
export interface NamedFacts extends CredentialFacts {
  /** 16 bytes each. */
  readonly credentialName: Uint8Array;
  readonly subjectName: Uint8Array;
  readonly replayName: Uint8Array;
  /** Of the showing under the keys of the cluster, 16 bytes each, one or two. Not there without one, nor where no copy passes. */
  readonly sharedNames?: readonly Uint8Array[];
  /** As they were called before the algorithms were changed. Only while that may be asked for. */
  readonly former?: FormerNames;
}

/** 16 bytes each. */
export interface FormerNames {
  readonly credential: Uint8Array;
  readonly subject: Uint8Array;
  readonly replay: Uint8Array;
}

/** A verdict as it leaves the thread. */
export interface NamedVerdict {
  readonly ok: boolean;
  readonly code: Code;
  readonly failed: string | null;
  /** Keyed digest of the whole presentation, 16 bytes. */
  readonly presentationDigest: Uint8Array;
  readonly facts: NamedFacts | null;
}

export interface ProveRequest {
  readonly trustRevision: string;
  readonly items: readonly PackedItem[];
}

/** Counts since the previous reply of the same worker. */
export interface ProveStats {
  readonly engine: string;
  readonly busyMs: number;
  readonly signatures: number;
  readonly chainHits: number;
  readonly chainMisses: number;
  readonly authorisationHits: number;
  readonly authorisationMisses: number;
  /** Places in the batch, from 0, of presentations with a certificate or authorisation that was not remembered; if any. */
  readonly coldItems?: readonly number[];
  /** Bytes of what the thread remembers now, by part; once a second. */
  readonly remembered?: ReadonlyMap<string, number>;
}

export type ProveReply =
  | { readonly kind: 'trust_missing' }
  | { readonly kind: 'verdicts'; readonly verdicts: readonly NamedVerdict[]; readonly stats: ProveStats };
