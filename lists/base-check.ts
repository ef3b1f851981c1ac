/** Checks a table that was read from a file: whatever its bytes, no reader can be led astray by it afterwards. */
import { type BaseTable, CODE_BITS, EXCEPTION_CODE, GROUP, setStarts } from './base-table.ts';
import { ListFileError } from './list-errors.ts';
import { LISTED_STATES } from './list-handle.ts';

/** Buckets checked between two turns of the event loop: a few milliseconds of work. */
const BUCKETS_PER_TURN = 131_072;

/**
 * Counts add up, cards rise within their bucket, codes lead somewhere, exceptions are those of the cards that ask for
 * one; sets the starts. Gives way at each step. Throws ListFileError.
 */
export function* checkBase(table: BaseTable): Generator<void> {
  const { counts, cards } = table;
  let sum = 0;
  for (let bucket = 0; bucket < counts.length; bucket += 1) sum += counts[bucket] as number;
  if (sum !== cards) throw malformed('the counts of its buckets do not add up');
  setStarts(table);
  let exceptions = 0;
  for (let bucket = 0; bucket < counts.length; bucket += BUCKETS_PER_TURN) {
    yield;
    exceptions = checkBuckets(table, bucket, Math.min(bucket + BUCKETS_PER_TURN, counts.length), exceptions);
  }
  if (exceptions !== table.exceptions) throw malformed('an exception belongs to no card');
  for (const state of table.exceptionStates) {
    if (state < 1 || state > LISTED_STATES.length) throw malformed('an exception has no state');
  }
}

/** From one bucket (the first of a group) to another; how many exceptions were met up to there. */
function checkBuckets(table: BaseTable, from: number, to: number, met: number): number {
  const { counts, high, low, exceptionPlaces } = table;
  const codes = table.dictionary.length;
  let exceptions = met;
  let place = table.starts[from / GROUP] as number;
  for (let bucket = from; bucket < to; bucket += 1) {
    const end = place + (counts[bucket] as number);
    let before = -1;
    let beforeRest = -1;
    for (; place < end; place += 1) {
      const remainder = high[place] as number;
      const entry = low[place] as number;
      const rest = entry >>> CODE_BITS;
      if (remainder < before || (remainder === before && rest <= beforeRest)) {
        throw malformed('its cards are out of order');
      }
      before = remainder;
      beforeRest = rest;
      const code = entry & EXCEPTION_CODE;
      if (code === EXCEPTION_CODE) {
        if (exceptionPlaces[exceptions] !== place) throw malformed('a card lacks its exception');
        exceptions += 1;
      } else if (code >= codes) throw malformed('a card has a value that is not in the dictionary');
    }
  }
  return exceptions;
}

function malformed(what: string): ListFileError {
  return new ListFileError('malformed', `the list is damaged: ${what}`);
}
