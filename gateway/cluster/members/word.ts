/**
 * What a gateway says of itself each second. Whoever hears it reads it strictly: names, numbers and states of closed sets,
 * nothing of persons.
 */
import { type Static, type TSchema, Type } from 'typebox';
import { Compile } from 'typebox/compile';

const closed = { additionalProperties: false } as const;
const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const ms = Type.Number({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}$' });
const orNull = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const StoreSchema = Type.Object(
  {
    reachable: Type.Boolean(),
    /** Since when it is so, milliseconds since 1970 UTC. */
    since_ms: ms,
    /** Of its last answers; null: there was none. */
    p50_ms: orNull(ms),
    p99_ms: orNull(ms),
    /** When it answered last, milliseconds since 1970 UTC. */
    answered_at_ms: orNull(ms),
    answered: count,
    /** Questions that it did not answer in time. */
    late: count,
    /** Acceptances decided here alone, since it did not answer. */
    alone: count,
  },
  closed,
);

const BusSchema = Type.Object(
  { reachable: Type.Boolean(), since_ms: ms, round_trip_ms: orNull(ms), server: orNull(name) },
  closed,
);

const CursorSchema = Type.Object(
  {
    stream: name,
    /** Of the last message that was taken. */
    sequence: count,
    /** Messages behind it that were not taken yet. */
    lag: count,
    follows: Type.Boolean(),
  },
  closed,
);

const OutageSchema = Type.Object(
  {
    from_ms: ms,
    to_ms: ms,
    /** Accepted here alone. */
    accepted: count,
    /** Of those, in journals at the platform by now; null: it was not asked yet. */
    compared: orNull(count),
    /** And of those, accepted elsewhere too. */
    twice: orNull(count),
  },
  closed,
);

export const WORD_BYTES_MAX = 8_192;
export const CURSORS_MAX = 8;
export const OUTAGES_MAX = 4;

export const WordSchema = Type.Object(
  {
    v: Type.Literal(1),
    gateway: Type.String({ pattern: '^[a-z0-9][a-z0-9.-]{0,62}$' }),
    station: orNull(name),
    version: name,
    started_at_ms: ms,
    /** When it is said, by its clock. */
    at_ms: ms,
    mode: Type.Enum(['live', 'lists', 'stale', 'closed']),
    mode_since_ms: ms,
    ready: Type.Boolean(),
    /** It takes its leave: whoever is sent elsewhere is sent elsewhere. */
    leaving: Type.Boolean(),
    /** It has left. */
    left: Type.Boolean(),
    taps_per_s: ms,
    /** Taps that wait for a thread. */
    queue: count,
    journal: Type.Object({ epoch: name, written: count, confirmed: count }, closed),
    list: Type.Object({ revision: orNull(name), age_ms: orNull(ms) }, closed),
    trust: name,
    policy: name,
    /** Which keys of the cluster it has, without them: the first one is written with. */
    keys: Type.Array(Type.String({ pattern: '^[0-9a-f]{8}$' }), { maxItems: 2 }),
    /** Null: the settings name none. */
    store: orNull(StoreSchema),
    bus: orNull(BusSchema),
    cursors: Type.Array(CursorSchema, { maxItems: CURSORS_MAX }),
    /** The newest first. */
    outages: Type.Array(OutageSchema, { maxItems: OUTAGES_MAX }),
  },
  closed,
);

export type Word = Static<typeof WordSchema>;
export type StoreWord = Static<typeof StoreSchema>;
export type BusWord = Static<typeof BusSchema>;
export type CursorWord = Static<typeof CursorSchema>;
export type OutageWord = Static<typeof OutageSchema>;

const word = Compile(WordSchema);

/** Null: it is none. */
export function readWord(bytes: Uint8Array): Word | null {
  if (bytes.length > WORD_BYTES_MAX) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return word.Check(value) ? value : null;
  } catch {
    return null;
  }
}

/** A word by someone's own JSON, such as an answer of another gateway; null: it is none. */
export function asWord(value: unknown): Word | null {
  return word.Check(value) ? value : null;
}

/** Its own sizes. Throws TypeError where what is said is no word (misuse). */
export function writeWord(said: Word): Uint8Array {
  if (!word.Check(said)) {
    const [fault] = word.Errors(said);
    throw new TypeError(
      `what the gateway says of itself is no word: ${fault?.instancePath} ${fault?.message}`,
    );
  }
  const bytes = Buffer.from(JSON.stringify(said));
  if (bytes.length > WORD_BYTES_MAX) throw new TypeError('what the gateway says of itself is too long');
  return bytes;
}
