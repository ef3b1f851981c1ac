/** How many cards of a list are in each state, and have each entitlement. */
import { type BaseTable, codeAt, EXCEPTION_CODE, stateOf } from './base-table.ts';
import { LISTED_STATES, type ListedState } from './list-handle.ts';

export interface ListCensus {
  readonly states: Readonly<Record<ListedState, number>>;
  /** Cards with each of the 32 bits set, the lowest bit first. */
  readonly entitlementBits: readonly number[];
}

/** Goes through every card of a base; overlays are not counted. */
export function takeCensus(table: BaseTable): ListCensus {
  const states = Object.fromEntries(LISTED_STATES.map((state) => [state, 0])) as Record<ListedState, number>;
  const bits = new Array<number>(32).fill(0);
  const count = (state: number, entitlements: number, cards: number) => {
    states[stateOf([state, entitlements])] += cards;
    for (let bit = 0; bit < 32; bit += 1) {
      if ((entitlements >>> bit) & 1) bits[bit] = (bits[bit] ?? 0) + cards;
    }
  };
  const byCode = new Float64Array(EXCEPTION_CODE + 1);
  for (let place = 0; place < table.cards; place += 1) {
    const code = codeAt(table, place);
    byCode[code] = (byCode[code] ?? 0) + 1;
  }
  for (const [code, [state, entitlements]] of table.dictionary.entries()) {
    count(state, entitlements, byCode[code] ?? 0);
  }
  for (const [i, state] of table.exceptionStates.entries()) {
    count(state, table.exceptionEntitlements[i] ?? 0, 1);
  }
  return { states, entitlementBits: bits };
}
