/** What a gateway answers to a tap, as this client gives it on (docs/protocol.md). */
import type { Code } from '../config/codes.ts';

export type Outcome = 'allow' | 'deny' | 'refer';

/** What the gateway knew of the cards when it decided (docs/offline.md). */
export type Mode = 'live' | 'lists' | 'stale' | 'closed';

/** A decision, durable at the gateway: the same tap sent again gets it unchanged. */
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
   * Personal claims that the scene asks for, where it does not deny; not when a tap is sent again, since the gateway keeps none.
   */
  readonly disclosed?: Readonly<Record<string, string>>;
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
