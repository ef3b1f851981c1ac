/** What each family of presentations is to `onecard issue`. Adding one is adding a file and a line in `presentations.ts`. */
import type { City } from '../city.ts';
import { seeded } from '../seed.ts';
import type { ChipMode } from './chip-card.ts';

export interface PresentationLine {
  readonly id: string;
  readonly family: string;
  /** ISO 8601. */
  readonly at: string;
  readonly credential: unknown;
  readonly context: unknown;
}

export interface Showing {
  readonly city: City;
  readonly index: number;
  readonly atMs: number;
  readonly mode: ChipMode;
  /** Which chip or credential the card has, from 0: how often it was replaced. */
  readonly chip: number;
  /** What the reader contributes is drawn from this text too; null: from the seed and the card alone. */
  readonly nonce: string | null;
  /** What the gateway issued for it, where the family signs one; default: drawn as `nonce` says. */
  readonly challenge?: Uint8Array;
  /** What is wrong with it, one of `faults`; null: nothing. */
  readonly fault: string | null;
}

/** How a card of a city is shown in one family. */
export interface ShownFamily {
  /** Each makes what must be refused, wrong in this one thing. */
  readonly faults: readonly string[];
  show(showing: Showing): Pick<PresentationLine, 'credential' | 'context'>;
}

/** Bytes that a reader contributes, the same for the same showing. */
export function contributed({ city, index, nonce }: Showing, label: string, bytes: number): Uint8Array {
  return seeded(city.seed, nonce === null ? label : `${label} ${nonce}`, index, bytes);
}
