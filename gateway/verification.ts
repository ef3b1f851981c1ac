/**
 * The core's interface: what goes in (a device's presentation), what comes out (an answer), and the facts that the decision
 * was made of. A desk, a bench or a cluster uses this and nothing below it.
 */
import type { Code } from '../config/codes.ts';
import type { ListedState } from '../lists/list-handle.ts';
import type { DisclosedClaims, PersonalText, PublicClaims } from '../workers/claims.ts';
import type { Mode } from './knowledge/mode/mode.ts';
import type { LiveAnswer } from './live/live-answer.ts';

export type { Mode } from './knowledge/mode/mode.ts';

/** Shedding order: a gate's tap goes before a desk's, a desk's before a batch's. */
export const DEVICE_CLASSES = ['gate', 'desk', 'batch'] as const;
export type DeviceClass = (typeof DEVICE_CLASSES)[number];

/** An authenticated device, as enrolled. */
export interface Device {
  readonly deviceId: string;
  readonly class: DeviceClass;
  /** Scenes it may name; the first is meant when a tap names none. */
  readonly scenes: readonly string[];
  /** Names the enrolment it was authenticated under; never shown. */
  readonly enrolment: string;
}

/** Names one tap for ever. `stream` is chosen by the client when its own counter starts, 16 bytes in hex. */
export interface TapId {
  readonly deviceId: string;
  readonly stream: string;
  readonly seq: number;
}

/** Result of decode: a presentation whose shape is known good. */
export interface Presentation {
  readonly family: string;
  /** The family's input, packed once: it is digested, and goes to a thread, as it is. */
  readonly packedInput: Uint8Array;
  /** Presentations with the same key cost about the same to prove. */
  readonly costKey: string;
  /** Null: the device's first scene. */
  readonly scene: string | null;
  /** What the client asks for, milliseconds; null: the default of the device's class. */
  readonly deadlineMs: number | null;
}

/** What a transport hands to the pipeline. */
export interface IncomingTap {
  readonly id: TapId;
  /** Only there, and true, when the gateway drew the stream for this request: nothing of it was decided before. */
  readonly drawnStream?: true;
  readonly device: Device;
  readonly presentation: Presentation;
  /** Only there, and true, for a caller in this process that must know whose credential it was (`DecisionAnswer.shown`). */
  readonly wantsShown?: true;
  /** Called exactly once. */
  readonly reply: (answer: Answer) => void;
}

/** Whose credential was shown, and what was known of it. In memory alone: no transport writes it. */
export interface ShownCredential {
  readonly issuer: string;
  readonly region: string;
  readonly credentialId: PersonalText;
  /** Pseudonyms, 16 bytes. */
  readonly credential: Uint8Array;
  readonly subject: Uint8Array;
  readonly holderBound: boolean;
  readonly status: StatusFacts;
}

export type Outcome = 'allow' | 'deny' | 'refer';

/** A decision, already durable. Sent again unchanged when the tap is sent again. */
export interface DecisionAnswer {
  readonly kind: 'decision';
  readonly seq: number;
  readonly decisionId: string;
  readonly outcome: Outcome;
  readonly code: Code;
  /** When it was decided, milliseconds since 1970 UTC by the gateway's clock. */
  readonly atMs: number;
  readonly mode: Mode;
  readonly scene: string;
  /** What a gate may show: issuer, region, kind of account. Never a number or a name. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /**
   * Personal claims that the scene asks for, where it does not deny. Only in the first answer, whose decision was made just
   * now: they are never kept, so a tap that is sent again gets its decision without them.
   */
  readonly disclosed?: DisclosedClaims;
  /** As `disclosed`, for a tap that `wantsShown`. */
  readonly shown?: ShownCredential;
  /** Only there, and true, when trust was past its expiry and used within its signed grace. */
  readonly trustGrace?: true;
}

/** The tap was not judged. */
export interface RefusalAnswer {
  readonly kind: 'refusal';
  readonly seq: number;
  readonly code: Code;
  readonly retry: boolean;
  /** When trying again makes sense, milliseconds from now; 0 where it does not. */
  readonly retryAfterMs: number;
}

export type Answer = DecisionAnswer | RefusalAnswer;

/** What a device asks for when it asks for a challenge. */
export interface ChallengeWish {
  /** Null: the device's first scene. */
  readonly scene: string | null;
  /** Four: an unpredictable number for a chip card. Without it: of the length the gateway chooses. */
  readonly bytes?: 4 | undefined;
}

export interface IssuedChallenge {
  /** Base64url without padding, of four bytes or of 32 to 64. */
  readonly challenge: string;
  readonly expiresInMs: number;
}

export interface ChallengeRefusal {
  readonly code: Code;
  readonly retryAfterMs: number;
}

/** Issues challenges, each bound to the device and a scene. */
export interface ChallengeIssuer {
  issue(device: Device, wish: ChallengeWish): IssuedChallenge | ChallengeRefusal;
}

/** The door of the pipeline. */
export interface TapIntake {
  submit(tap: IncomingTap): void;
}

/**
 * State of a card as its issuer last said. `unknown`: whoever was asked answers for that issuer and does not know the
 * card, or nobody could be asked (then the source is `none`). `not_covered`: the list says nothing of that issuer.
 */
export type CardState = ListedState | 'unknown' | 'not_covered';

/** What became of the live question; `not_wanted`: the policy, or a failed proof, left nothing to ask. */
export type LiveOutcome = LiveAnswer['kind'] | 'not_wanted';

export interface StatusFacts {
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
}

/** Which source said that somebody belongs to a group; `none`: one said no; `unknown`: none could say. */
export type GroupSaid = 'card' | 'claim' | 'list' | 'none' | 'unknown';

/** By a named list: on it, not on it, or it is not at hand. */
export type ListSaid = 'member' | 'absent' | 'no_list';

/** Where the gateway knows somebody to be in the scene's area; `unknown`: it had no room to remember. */
export interface PassageFacts {
  readonly state: 'inside' | 'outside' | 'unknown';
  /** When whoever is inside entered, milliseconds since 1970 UTC; else 0. */
  readonly sinceMs: number;
}

/** Taps allowed on the word of a stale list before this one, since it became stale. */
export interface BudgetFacts {
  /** Of the card; null when no room was left to count another card. */
  readonly card: number | null;
  readonly device: number;
  readonly outage: number;
}

export interface VerdictFacts {
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
  /** What both were called before the algorithms were changed. Only while that may be asked for. */
  readonly former?: { readonly credential: Uint8Array; readonly subject: Uint8Array };
  /** `holderBound` is among them, and false, where nothing that was shown proves possession of a key. */
  readonly claims: PublicClaims;
}

/**
 * How far `seenBefore` reaches. `gateway`: this gateway alone, since there is no store, nothing was to be taken, or it cannot be
 * copied to another gate. `shared`: the store of the cluster answered. `local`: the store should have, and did not in time, so
 * this gateway alone.
 */
export type ReplayScope = 'gateway' | 'shared' | 'local';

export interface ReplayFacts {
  /** Pseudonym of (credential, nonce), 16 bytes; null when nothing was proven, or nothing tells one showing from another. */
  readonly key: Uint8Array | null;
  readonly untilMs: number;
  readonly seenBefore: boolean;
  readonly scope: ReplayScope;
  /**
   * Names of this showing under the keys that gateways of a cluster have in common, 16 bytes each: none without a cluster,
   * and for what cannot be copied to another gate. Two records of one presentation, at gateways with a key in common, share
   * a name.
   */
  readonly shared: readonly Uint8Array[];
}

/**
 * All that a decision is made of, and is made of again: nothing here names a person. Whoever keeps, uploads or judges again
 * is given this; only what a scene's caller asked for beside it is disclosed, and never kept.
 */
export interface Facts {
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
  readonly proof: VerdictFacts;
  readonly status: StatusFacts;
  /** Of the groups that the scene asks for; of no others. Empty where nothing was proven. */
  readonly groups: Readonly<Record<string, GroupSaid>>;
  /** Of the named lists that the scene, or a group of those, asks for. Empty where nothing was proven. */
  readonly lists: Readonly<Record<string, ListSaid>>;
  /** Before this tap; null where the scene has no direction, or nothing was proven. */
  readonly passage: PassageFacts | null;
  readonly replay: ReplayFacts;
  /** Null unless the decision rests on a list in mode `stale`. */
  readonly budget: BudgetFacts | null;
}
