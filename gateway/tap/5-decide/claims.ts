/**
 * What may be taken once, or counted, for all gateways of a cluster. What a tap takes at this gateway alone, the replay window
 * holds (`replay-window.ts`); both keep the same contract.
 */
import type { TapId } from '../../verification.ts';

/** What a tap that was judged here wants. */
export interface Claim {
  /** Shared names of the showing that it uses up; none: it uses none up. */
  readonly names: readonly Uint8Array[];
  /** Up to when it could be shown again, milliseconds since 1970 UTC. */
  readonly untilMs: number;
  readonly tap: TapId;
  /** The card whose uses are counted, on one revision of the list; null: nothing is counted. */
  readonly card: { readonly listRevision: string; readonly credentialId: string } | null;
}

export interface Claimed {
  /**
   * - `first`: taken for this tap; - `same`: this tap has it already, so it was sent again after another gateway took it;
   * - `seen`: another tap has it; - `no_answer`: nobody said in time; - `not_wanted`.
   */
  readonly showing: 'first' | 'same' | 'seen' | 'no_answer' | 'not_wanted';
  /** How often the card was used before, at all gateways; null: not counted, or nobody said in time. */
  readonly cardTaps: number | null;
}

export interface Claims {
  /** Calls back once, never within the call, in order. */
  takeAll(claims: readonly Claim[], onClaimed: (claimed: readonly Claimed[]) => void): void;
  /** Calls back for all that was answered meanwhile: to be woken for it would cost more than to ask while awake. */
  collect(): void;
  /** What the tap does not use after all. A showing that another has stays with that. */
  giveBack(claim: Claim, what: { readonly showing: boolean; readonly card: boolean }): void;
}
