/** What happens to a card in its life, and what of the list changes by it: chip and ride code together. */

import type { ListedState } from './identity.ts';
import type { CardChange, Replacement } from './ledger.ts';

interface LifeStep {
  /** States it may come from. */
  readonly from: readonly ListedState[];
  readonly to: ListedState;
  /** Whether the card gets its next chip, under the same number. */
  readonly newChip?: true;
  readonly help: string;
}

/** The one table of them. */
export const LIFE_EVENTS = {
  issue: { from: ['unknown'], to: 'suspended', help: 'it comes on the list, not yet active' },
  activate: { from: ['unknown', 'suspended'], to: 'good', help: 'it is good from now on' },
  suspend: { from: ['good'], to: 'suspended', help: 'chip and ride code of the holder pass no more' },
  resume: {
    from: ['suspended', 'lost'],
    to: 'good',
    help: 'they pass again: it was found, or the holder came back',
  },
  'report-loss': {
    from: ['good', 'suspended'],
    to: 'lost',
    help: 'it is lost, and so is the phone for all anybody knows',
  },
  replace: {
    from: ['good', 'suspended', 'lost'],
    to: 'good',
    newChip: true,
    help: 'a new chip under the same number is good, the one before is replaced; the ride code stays, and is good',
  },
  cancel: {
    from: ['good', 'suspended', 'lost', 'replaced', 'unknown'],
    to: 'cancelled',
    help: 'it is good for nothing any more',
  },
} as const satisfies Readonly<Record<string, LifeStep>>;
export type LifeEvent = keyof typeof LIFE_EVENTS;

export function isLifeEvent(name: string): name is LifeEvent {
  return Object.hasOwn(LIFE_EVENTS, name);
}

export function lifeHelp(): string {
  return Object.entries(LIFE_EVENTS)
    .map(([event, { help }]) => `  ${event.padEnd(14)}${help}`)
    .join('\n');
}

/** What is to be published; null: a card in this state cannot have this happen to it. */
export function lifeChange(
  event: LifeEvent,
  index: number,
  state: ListedState,
): { readonly cards: readonly CardChange[]; readonly replace: readonly Replacement[] } | null {
  const step: LifeStep = LIFE_EVENTS[event];
  if (!step.from.includes(state)) return null;
  const cards = state === step.to ? [] : [{ index, state: step.to }];
  return { cards, replace: step.newChip ? [{ index }] : [] };
}
