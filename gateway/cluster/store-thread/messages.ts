/** What passes between the main thread and the thread of the store beside the rings. */
import type { TakenProfiles } from '../../../config/crypto-settings.ts';
import type { SharedClockState } from '../../knowledge/clock/guarded-clock.ts';
import type { ClusterKeys } from '../cluster-keys.ts';
import type { StoreSettings } from '../store/connect-store.ts';
import type { NamesAnswer } from '../store/taken-names.ts';

/** Words that both threads read. */
export const WORDS = {
  /** By the thread: whether the store would be asked now. */
  isThere: 0,
  /** By the thread: questions that are asked and neither answered nor failed. */
  underWay: 1,
  /** 1: the thread was sent a message that there is something to read. It makes it 0 when that comes. */
  isThreadCalled: 2,
  /** 1: the main thread was. */
  isMainCalled: 3,
  /** How often the main thread has looked for answers, modulo 2³². */
  looks: 4,
} as const;
export const WORD_COUNT = 5;

export interface StoreThreadData {
  readonly store: StoreSettings;
  readonly cluster: string;
  readonly keys: ClusterKeys;
  readonly crypto: TakenProfiles;
  readonly clock: SharedClockState;
  readonly clockToleranceMs: number;
  readonly words: SharedArrayBuffer;
  readonly asks: SharedArrayBuffer;
  readonly answers: SharedArrayBuffer;
}

export type ToStoreThread =
  /** There is something to read. */
  | { readonly kind: 'read' }
  | {
      readonly kind: 'names';
      readonly number: number;
      readonly names: readonly string[];
      readonly untilMs: number;
    }
  /** Ask the store something, so that it is known to answer. */
  | { readonly kind: 'look' }
  | { readonly kind: 'stop' };

export type FromStoreThread =
  | { readonly kind: 'read' }
  /** It is known whether the servers can be used; null: they can, or are not in reach. */
  | { readonly kind: 'tried'; readonly refusal: string | null }
  /** `address`: of the server, where the short way can lead there. */
  | { readonly kind: 'there'; readonly address: string | null }
  | { readonly kind: 'away'; readonly detail: string }
  | { readonly kind: 'unfit'; readonly sentence: string }
  | { readonly kind: 'named'; readonly number: number; readonly answer: NamesAnswer | null };
