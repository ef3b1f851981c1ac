/**
 * What a desk asks the gateway for, whatever thread it runs on. A desk is a client of the core (`verification.ts`): it shows
 * presentations as any device, and beside that asks what only this gateway can ask the platform.
 */
import type { Code } from '../../config/codes.ts';
import type { Mode, Outcome } from '../verification.ts';

/** What a clerk's desk shows. Bytes are hex, as in `POST /v1/verifications`. */
export interface DeskPresentation {
  /** Of a family, or `scan` for what a scanner read. */
  readonly family: string;
  readonly credential: unknown;
  readonly context: unknown;
}

export interface DeskTap {
  /** Workplace, one of `hotel.desks`. */
  readonly desk: string;
  /** One of `hotel.scenes`. */
  readonly scene: string;
  readonly presentation: DeskPresentation;
}

/** A decision, already in the journal. */
export interface DeskDecision {
  readonly kind: 'decision';
  readonly decisionId: string;
  readonly outcome: Outcome;
  readonly code: Code;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  readonly mode: Mode;
  readonly scene: string;
  readonly family: string;
  /** As in DecisionAnswer. */
  readonly facts: Readonly<Record<string, string | number | boolean>>;
  /** Personal claims that the scene asks for. Null: none, or it was decided before. Never kept but in the register. */
  readonly disclosed: Readonly<Record<string, string>> | null;
  /** Whose credential it was; null where nothing was proven, or it was decided before. */
  readonly shown: DeskShown | null;
}

export interface DeskShown {
  /** By this the gateway knows the credential for `hotel.limits.verification_lifetime_ms`: for match and PIN. Drawn at random. */
  readonly ref: string;
  /** Pseudonyms under this gateway's key, 16 bytes in hex. */
  readonly credential: string;
  readonly subject: string;
  readonly issuer: string;
  readonly region: string;
  /** Whether possession of a key was proven. */
  readonly holderBound: boolean;
  readonly status: {
    readonly state: string;
    readonly source: 'live' | 'list' | 'none';
    /** Milliseconds. */
    readonly ageMs: number;
  };
}

/** It was not judged. */
export interface DeskRefusal {
  readonly kind: 'refusal';
  readonly code: Code;
  readonly retry: boolean;
  readonly retryAfterMs: number;
}

export interface DeskChallenge {
  readonly kind: 'challenge';
  /** Base64url without padding. */
  readonly challenge: string;
  readonly expiresInMs: number;
}

/** HMAC of the normalised value under the match key, 64 characters of hex; `sm3:` before one that is of SM3. */
export interface MatchDigests {
  readonly name: string;
  readonly documentNumber: string | null;
}

export interface MatchAnswer {
  readonly kind: 'match';
  /** `unknown`: whoever was asked does not know the person, or nobody could be asked. */
  readonly name: MatchSaid;
  readonly documentNumber: MatchSaid;
  /** `list`: by the named list `reserved-guests`. */
  readonly source: 'live' | 'list' | 'none';
  readonly ageMs: number;
}
export type MatchSaid = 'yes' | 'no' | 'unknown';

export interface PinAnswer {
  readonly kind: 'pin';
  /** `later`: the platform wants the card to wait. */
  readonly said: 'yes' | 'no' | 'none_set' | 'later' | 'unknown';
  readonly retryAfterMs: number;
}

/** What is signed of a card's PIN for times without the platform. `unknown`: nothing, or it is past its time. */
export type PinHash =
  | {
      readonly kind: 'hash';
      /** PHC string of argon2id, or of it over HMAC-SM3, made with the secret of `hotel.pin_secret_file`. */
      readonly hash: string;
      readonly ageMs: number;
    }
  | { readonly kind: 'none_set'; readonly ageMs: number }
  | { readonly kind: 'unknown' };

export interface JudgedAgain {
  readonly outcome: Outcome;
  readonly code: Code;
}

/** How the gateway stands, for whoever works at a desk. */
export interface Standing {
  readonly mode: Mode;
  readonly forced: boolean;
  /** Milliseconds since 1970 UTC. */
  readonly sinceMs: number;
  readonly nowMs: number;
  /** Of the card list; null: there is none. */
  readonly listAgeMs: number | null;
  readonly listFreshUntilMs: number | null;
  readonly listStaleUntilMs: number | null;
  /** Decisions that the platform does not have yet. */
  readonly outboxWaiting: number;
  readonly scenes: readonly SceneStanding[];
}

export interface SceneStanding {
  readonly scene: string;
  readonly families: readonly string[];
  readonly disclose: readonly string[];
  /** What the scene does in this mode with a card that is good: as its policy says. */
  readonly now: Outcome;
  readonly title: Words | null;
  /** What the policy says with that outcome; null: nothing. */
  readonly words: Words | null;
}

export interface Words {
  readonly zh: string;
  readonly en: string;
}

/** Sums since the gateway's start, for the board of operators. Whoever reads it makes rates of two. */
export interface BoardReading {
  readonly atMs: number;
  readonly mode: Mode;
  readonly modeSinceMs: number;
  readonly lists: readonly { readonly name: string; readonly ageMs: number; readonly cards: number }[];
  readonly connections: number;
  /** Enrolled gates that have a connection now, and those that have none. */
  readonly gates: { readonly up: GateNames; readonly down: GateNames };
  readonly decided: readonly {
    readonly outcome: string;
    readonly code: string;
    readonly count: number;
  }[];
  /** Cumulative counts of answered taps by upper bound in seconds, as a Prometheus histogram, gates and desks. */
  readonly latency: readonly {
    readonly class: string;
    readonly buckets: readonly (readonly [leSeconds: number, count: number])[];
    readonly count: number;
    readonly sumSeconds: number;
  }[];
  readonly queued: number;
  readonly outboxWaiting: number;
}

export interface GateNames {
  readonly count: number;
  /** The first 200 by name. */
  readonly names: readonly string[];
}

export interface DeskCore {
  /** Never rejects for what was shown. Rejects when the gateway does not answer in time. */
  verify(tap: DeskTap): Promise<DeskDecision | DeskRefusal>;
  /** `bytes` four: an unpredictable number for a chip card. */
  challenge(wish: {
    readonly desk: string;
    readonly scene: string;
    readonly bytes?: 4;
  }): Promise<DeskChallenge | DeskRefusal>;
  /** `ref` unknown or past its time: `unknown` from `none`. */
  match(ref: string, digests: MatchDigests): Promise<MatchAnswer>;
  /** Asks the platform, online alone. */
  pin(ref: string, pin: string): Promise<PinAnswer>;
  /** `ref` unknown or past its time: `unknown`. */
  pinHash(ref: string): Promise<PinHash>;
  /** What a decision would be under the lists of now; null: it is not in the journal, or cannot be judged again. */
  judgeAgain(decisionId: string): Promise<JudgedAgain | null>;
  standing(): Promise<Standing>;
  board(): Promise<BoardReading>;
}
