/** What became of asking the platform for one credential's status, within a deadline. */

import type { ListedState } from '../../lists/list-handle.ts';
import type { PersonalText } from '../../workers/claims.ts';

/**
 * Three that must never be taken for one another: the platform knows no such card (`unknown`), it does not answer for
 * that issuer (`not_covered`), and it could not be asked, or not in time (the last three).
 */
export type LiveAnswer =
  | {
      readonly kind: 'answered';
      readonly state: ListedState;
      readonly entitlements: number;
      /** Time of the platform's knowledge, milliseconds since 1970 UTC. */
      readonly asOfMs: number;
    }
  | { readonly kind: 'unknown'; readonly asOfMs: number }
  | { readonly kind: 'not_covered' }
  | NoAnswer;

/** Why there is no answer, whatever was asked for. */
export type NoAnswer =
  /** No answer before the deadline. */
  | { readonly kind: 'late' }
  /** An error, or an answer that could not be used. */
  | { readonly kind: 'failed' }
  /** The breaker is open, or too many questions are under way. */
  | { readonly kind: 'not_asked' };

/** Who asks, and until when. */
export interface Asked {
  readonly class: AskingClass;
  /** The tap's own deadline by the monotonic clock (`performance.now()`); the class's deadline applies as well. */
  readonly deadlineAt: number;
}

/** Who asks: each kind of point has its deadline, and its own breaker. */
export type AskingClass = 'gate' | 'desk';

export interface LiveQuestion extends Asked {
  readonly issuer: string;
  /** Goes to the platform only. */
  readonly credentialId: PersonalText;
}

/** What the platform is asked within a tap's time. */
export interface Platform<Question extends Asked, Answer> {
  /** Calls back exactly once, never within the call, and never after the deadline by more than a turn of the event loop. */
  ask(question: Question, reply: (answer: Answer | NoAnswer) => void): void;
}

export type LiveStatus = Platform<LiveQuestion, LiveAnswer>;
