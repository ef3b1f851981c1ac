/** The modes of the gateway (docs/offline.md), and what they are derived from. */

/** From most to least is known of the cards. */
export const MODES = ['live', 'lists', 'stale', 'closed'] as const;
export type Mode = (typeof MODES)[number];

export interface ModeState {
  readonly mode: Mode;
  /** Whether an operator set it. */
  readonly forced: boolean;
  /** Since when, milliseconds since 1970 UTC. */
  readonly sinceMs: number;
  /** Whether the platform may be asked for live status: it answers, whatever the age of the lists. */
  readonly mayAskLive: boolean;
}

/** What a mode follows from. */
export interface ModeInputs {
  /** Whether the platform answers within its deadline, with hysteresis. */
  readonly platformAnswers: boolean;
  /** Of the card list in force, milliseconds since 1970 UTC; null: there is none. */
  readonly list: { readonly freshUntilMs: number; readonly staleUntilMs: number } | null;
  /** End of the trust in force, with its signed grace; infinite for trust from a file. */
  readonly trustUsableUntilMs: number;
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

/** The mode in force at every moment. */
export interface ModeKeeper {
  readonly state: ModeState;
}
