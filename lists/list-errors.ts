/** The errors of card lists. */
import { OnecardError } from '../config/onecard-error.ts';

/**
 * Why a list cannot be made. `duplicate`: a card is there twice. `collision`: two cards cannot be told apart under this
 * hash key (a chance in about 10^5 for 20 million cards): build again with another. `crowded`: too many cards in one
 * bucket. `unusable`: what is said of the list or of a card.
 */
export type ListBuildFault = 'duplicate' | 'collision' | 'crowded' | 'unusable';

/** The message says why, without naming a card. */
export class ListBuildError extends OnecardError {
  override readonly name = 'ListBuildError';
  readonly code: ListBuildFault;
  /** The two cards of a duplicate or a collision, counted from 0 in the order they were added. */
  readonly cards: readonly [number, number] | null;

  constructor(code: ListBuildFault, message: string, cards: readonly [number, number] | null = null) {
    super(message);
    this.code = code;
    this.cards = cards;
  }
}

/** Why a list file cannot be used. */
export type ListFileFault = 'truncated' | 'trailing' | 'oversized' | 'malformed' | 'other_hash' | 'future';

/** The message says what is wrong with the file; it names no card. */
export class ListFileError extends OnecardError {
  override readonly name = 'ListFileError';
  readonly code: ListFileFault;

  constructor(code: ListFileFault, message: string) {
    super(message);
    this.code = code;
  }
}
