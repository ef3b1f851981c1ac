/**
 * Counts what was allowed on the word of a stale list, so that a card found good before an outage cannot be used
 * without end during it: per card, per device, and in all since the list in force became stale.
 *
 * Bounded: when no room is left, cards not counted yet count as spent. Rebuilt from the journal at start, so that a
 * restart gives nothing back.
 */

import type { ListHead } from '../../../lists/list-handle.ts';
import type { Journal } from '../../journal/journal.ts';
import type { ModeState } from '../../knowledge/mode/mode.ts';
import type { BudgetFacts } from '../../verification.ts';
import { ownNames } from './remembered-names.ts';

/** The list whose stale period is counted; null when there is none (a mode forced by an operator). */
type CountedList = { readonly head: Pick<ListHead, 'freshUntilMs'>; readonly revision: string } | null;

export class RiskBudget {
  readonly #maxCards: number;
  readonly #cards = new Map<string, number>();
  readonly #devices = new Map<string, number>();
  #outageTaps = 0;
  #revision: string | null = null;
  #freshUntilMs = 0;
  #uncounted = 0;

  /** `maxCards`: cards counted at once. */
  constructor(maxCards: number) {
    this.#maxCards = maxCards;
  }

  /** Cards counted now. */
  get cards(): number {
    return this.#cards.size;
  }

  /** Taps since the process started whose card could not be counted, and so counted as spent. */
  get uncounted(): number {
    return this.#uncounted;
  }

  /**
   * Names the list that the next uses rest on. Counting starts anew with another revision, and when the same one was
   * declared fresh for longer: the outage it was counted for is over.
   */
  countFor(list: CountedList): void {
    const revision = list?.revision ?? null;
    const freshUntilMs = list?.head.freshUntilMs ?? 0;
    if (revision === this.#revision && freshUntilMs === this.#freshUntilMs) return;
    this.#revision = revision;
    this.#freshUntilMs = freshUntilMs;
    this.#cards.clear();
    this.#devices.clear();
    this.#outageTaps = 0;
  }

  /** What was used so far. `card` is the card's pseudonym. */
  used(card: Uint8Array, deviceId: string): BudgetFacts {
    const name = nameOf(card);
    const ofCard = this.#cards.get(name) ?? (this.#cards.size < this.#maxCards ? 0 : null);
    if (ofCard === null) this.#uncounted += 1;
    return { card: ofCard, device: this.#devices.get(deviceId) ?? 0, outage: this.#outageTaps };
  }

  /** Counts a tap that is allowed. */
  take(card: Uint8Array, deviceId: string): void {
    const name = nameOf(card);
    const ofCard = this.#cards.get(name);
    if (ofCard !== undefined || this.#cards.size < this.#maxCards) this.#cards.set(name, (ofCard ?? 0) + 1);
    this.#devices.set(deviceId, (this.#devices.get(deviceId) ?? 0) + 1);
    this.#outageTaps += 1;
  }

  /** Takes back a tap whose decision could not be kept; `listRevision` is the list it rested on. */
  giveBack(card: Uint8Array, deviceId: string, listRevision: string | null): void {
    if (listRevision !== this.#revision || this.#outageTaps === 0) return;
    lower(this.#cards, nameOf(card));
    lower(this.#devices, deviceId);
    this.#outageTaps -= 1;
  }
}

/**
 * Budgets as they were used before the last stop, or crash: reads the journal from when the list became stale, which is
 * nothing while it is fresh. `nowMode`: the mode the gateway starts in.
 */
export function rebuiltBudget(
  maxCards: number,
  journal: Pick<Journal, 'since'>,
  list: CountedList,
  nowMode: ModeState,
  namesOf = ownNames,
): RiskBudget {
  const budget = new RiskBudget(maxCards);
  budget.countFor(list);
  const freshUntilMs = list?.head.freshUntilMs ?? nowMode.sinceMs;
  // A mode that was forced may have begun while the list was still fresh.
  const early = nowMode.forced && nowMode.mode === 'stale';
  const sinceMs = early ? Math.min(freshUntilMs, nowMode.sinceMs) : freshUntilMs;
  for (const { budget: used, status, proof, tap, answer } of journal.since(sinceMs)) {
    const { credential } = namesOf(proof);
    if (used === null || answer.outcome !== 'allow' || credential === null) continue;
    if (status.listRevision === (list?.revision ?? null)) budget.take(credential, tap.deviceId);
  }
  return budget;
}

function lower(counts: Map<string, number>, name: string): void {
  const count = counts.get(name) ?? 0;
  if (count > 1) counts.set(name, count - 1);
  else counts.delete(name);
}

function nameOf(card: Uint8Array): string {
  return Buffer.from(card.buffer, card.byteOffset, card.byteLength).toString('latin1');
}
