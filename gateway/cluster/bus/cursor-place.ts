/** Where a cursor stands in a stream, and where it goes on: pure decisions. */

/** What was taken last. */
export interface CursorPlace {
  /** When the stream was made, as its server says it: another stream of the same name has another. */
  readonly made: string;
  /** Sequence of the last message that was taken; 0: none was. */
  readonly sequence: number;
}

/** What a stream's server says of it. */
export interface StreamNow {
  readonly made: string;
  /** Sequences; `last` 0: nothing was ever in it. */
  readonly first: number;
  readonly last: number;
}

/** What happened to the stream meanwhile, or to messages on the way. */
export type CursorNews =
  /** The stream was made anew, or has lost its last messages: it is read from its first. */
  | { readonly kind: 'anew'; readonly why: 'made_again' | 'lost_its_end' }
  /** These are no longer in the stream. */
  | { readonly kind: 'gap'; readonly from: number; readonly to: number }
  /** Delivered again; it was not taken twice. */
  | { readonly kind: 'duplicate'; readonly sequence: number }
  /** Some were lost on the way, and are asked for again. */
  | { readonly kind: 'lost_on_the_way'; readonly after: number };

export interface Beginning {
  readonly place: CursorPlace;
  readonly news: CursorNews | null;
}

/** Where to go on. `beginsAt`: of one that never stood anywhere. */
export function beginning(
  kept: CursorPlace | null,
  { made, first, last }: StreamNow,
  beginsAt: 'first' | 'end',
): Beginning {
  if (kept === null) {
    return { place: { made, sequence: beginsAt === 'end' ? last : Math.max(0, first - 1) }, news: null };
  }
  const again = kept.made !== made ? 'made_again' : kept.sequence > last ? 'lost_its_end' : null;
  if (again !== null) {
    return { place: { made, sequence: Math.max(0, first - 1) }, news: { kind: 'anew', why: again } };
  }
  if (kept.sequence + 1 < first) {
    const news = { kind: 'gap', from: kept.sequence + 1, to: first - 1 } as const;
    return { place: { made, sequence: first - 1 }, news };
  }
  return { place: kept, news: null };
}

export interface Delivery {
  /** In the stream. */
  readonly sequence: number;
  /** Among those this consumer was sent, from 1. */
  readonly delivered: number;
  /** Messages in the stream that come after it. */
  readonly pending: number;
  /** When the server took it, milliseconds since 1970 UTC. */
  readonly storedAtMs: number;
}

const NS_PER_MS = 1_000_000;

/** What the reply subject of a message says of it; null: it is no message of a stream. */
export function deliveryOf(reply: string | undefined): Delivery | null {
  const tokens = reply?.split('.') ?? [];
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK') return null;
  // Without and with the domain and the account.
  const at = tokens.length === 9 ? 5 : tokens.length >= 11 ? 7 : null;
  if (at === null) return null;
  const [sequence, delivered, storedAtNs, pending] = tokens.slice(at, at + 4).map(Number);
  const numbers = [sequence, delivered, storedAtNs, pending];
  if (!numbers.every((number) => number !== undefined && Number.isFinite(number) && number >= 0)) return null;
  return {
    sequence: sequence ?? 0,
    delivered: delivered ?? 0,
    pending: pending ?? 0,
    storedAtMs: Math.floor((storedAtNs ?? 0) / NS_PER_MS),
  };
}
