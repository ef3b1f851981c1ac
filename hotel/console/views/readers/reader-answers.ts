/** What the desk says of readers, as its OpenAPI document and the stream of a workplace have it. */
import type { BothWords } from '../../client/answers.ts';

export type ReadingState =
  | 'armed'
  | 'take_card_off'
  | 'selecting'
  | 'reading'
  | 'signing'
  | 'judging'
  | 'done'
  | 'failed'
  | 'timed_out'
  | 'disarmed'
  | 'taken_over';

export interface ReadingAnswer {
  readonly state: ReadingState;
  readonly words?: BothWords;
}

export interface ReaderStandingAnswer {
  readonly state: string;
  readonly name: string | null;
  readonly card: boolean;
  readonly words: BothWords;
}

export interface ReaderAnswer {
  readonly reader_id: string;
  readonly name: string;
  readonly desk: string;
  readonly connected: boolean;
  readonly slots: readonly {
    readonly name: string;
    readonly kind: 'chip' | 'scanner';
    readonly card: boolean;
  }[];
}

export interface PairingAnswer {
  readonly code: string;
  readonly desk: string;
}

/** A card is waited for, or being read. */
export const isWaiting = ({ state }: ReadingAnswer): boolean =>
  !['done', 'timed_out', 'disarmed', 'taken_over'].includes(state);

/** Of four; 0: nothing was read yet. */
export const stepOf = ({ state }: ReadingAnswer): number =>
  ['selecting', 'reading', 'signing', 'judging'].indexOf(state) + 1;
