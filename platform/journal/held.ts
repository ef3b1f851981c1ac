/** What the platform holds of a gateway's journal (docs/platform.md, "What is held"). */
import type { Positions } from './positions.ts';

/** Runs in one answer; the next begin behind the last of them. */
const RUNS_MAX = 4_096;
/** Positions one digest is made of. */
export const DIGEST_POSITIONS_MAX = 65_536;
const POSITION_MAX = 2 ** 52;

export type Held =
  | { readonly epochs: readonly string[] }
  | { readonly runs: readonly (readonly [first: number, last: number])[]; readonly more: boolean }
  | { readonly sha256: string | null };

type Journals = ReadonlyMap<string, Positions>;

/** Null: the query is not one. */
export function heldOf(
  journalsOf: (gateway: string) => Journals | null,
  query: URLSearchParams,
): Held | null {
  const gateway = query.get('gateway') ?? '';
  if (!/^[a-z0-9][a-z0-9.-]{0,62}$/.test(gateway)) return null;
  const journals = journalsOf(gateway);
  const epoch = query.get('epoch');
  if (epoch === null) return { epochs: [...(journals?.keys() ?? [])] };
  if (!/^[0-9a-f]{16}$/.test(epoch)) return null;
  const journal = journals?.get(epoch) ?? null;
  return query.has('first') ? digestOf(journal, query) : runsOf(journal, query);
}

function digestOf(journal: Positions | null, query: URLSearchParams): Held | null {
  const [first, last] = [position(query.get('first')), position(query.get('last'))];
  if (first === null || last === null || last < first || last - first >= DIGEST_POSITIONS_MAX) return null;
  return { sha256: journal?.digest(first, last) ?? null };
}

function runsOf(journal: Positions | null, query: URLSearchParams): Held | null {
  const after = position(query.get('after') ?? '0');
  if (after === null) return null;
  const runs: (readonly [number, number])[] = [];
  for (const run of journal?.runs() ?? []) {
    if (run[1] <= after) continue;
    if (runs.length === RUNS_MAX) return { runs, more: true };
    runs.push([Math.max(run[0], after + 1), run[1]]);
  }
  return { runs, more: false };
}

function position(text: string | null): number | null {
  const value = text !== null && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  return value <= POSITION_MAX ? value : null;
}
