/** What reports take of a decision: never a card, and of a person a pseudonym that stays within the report. */
import type { CardMode } from '../config/policy-schema.ts';
import type { Outcome } from '../gateway/verification.ts';

export interface Tapped {
  readonly atMs: number;
  readonly gateway: string;
  readonly device: string;
  readonly scene: string;
  /** Number in the plan; null where nobody knows the scene any more. */
  readonly service: number | null;
  readonly outcome: Outcome;
  /** Whether the card was proven. All below is null, or empty, where it was not. */
  readonly proven: boolean;
  /** Null too where it is no card of the city. */
  readonly cardMode: CardMode | null;
  readonly region: string | null;
  /** Groups of people that its holder belongs to, in order of name. */
  readonly groups: readonly string[];
  /** Pseudonym of the holder, in hex. */
  readonly subject: string | null;
  /** Says under which key the pseudonym was made: the same person has another under another. */
  readonly key: string;
}
