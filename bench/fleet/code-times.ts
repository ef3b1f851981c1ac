/**
 * The times that a run's ride codes say they were made at. A code is told from the one before by its second alone, so
 * each use of a card takes a second of its own; all of them must be good when they are shown, which is within 600 s of
 * that second, and known for replays for no longer than a gateway remembers, 900 s. Time that passes makes room for
 * more uses.
 */
import { OptionsError } from '../options.ts';
import type { Uses } from './tap-plan.ts';

/** The first codes of a run are made for a time this far back. */
const BEFORE_S = 200;
/** No code is made for a later time than this from now. */
const AHEAD_MAX_S = 250;

export class CodeTimes {
  #next_s = 0;

  /** The second of use 0, for taps that are about to be made. Throws OptionsError when there are too few cards. */
  secondOfUse0({ first, last }: Uses, now_s: number): number {
    const from_s = Math.max(now_s - BEFORE_S, this.#next_s);
    const to_s = from_s + last - first;
    if (to_s > now_s + AHEAD_MAX_S) {
      throw new OptionsError(
        'the cards are tapped too often for each ride code to have a second of its own: give more --cards',
      );
    }
    this.#next_s = to_s + 1;
    return from_s - first;
  }
}
