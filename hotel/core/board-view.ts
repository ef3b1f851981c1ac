/** The board of operators, as the API says it. */
import { type Static, Type } from 'typebox';
import type { BoardReading } from '../../gateway/desk/desk-core.ts';
import type { BoardHistory, BoardPoint } from './board-history.ts';

const strict = { additionalProperties: false } as const;
const count = (description?: string) =>
  Type.Integer({ minimum: 0, ...(description !== undefined && { description }) });
const rate = Type.Number({ minimum: 0 });
const millis = Type.Union([Type.Number({ minimum: 0 }), Type.Null()], {
  description: 'Milliseconds; null: there were none.',
});
const ClassesSchema = Type.Array(
  Type.Object(
    { class: Type.String(), taps_per_s: rate, p50_ms: millis, p90_ms: millis, p99_ms: millis },
    strict,
  ),
);
const GateNamesSchema = Type.Object(
  { count: count(), names: Type.Array(Type.String(), { description: 'The first 200 by name.' }) },
  strict,
);
const PointSchema = Type.Object(
  { at_ms: count(), classes: ClassesSchema, queued: count() },
  { ...strict, description: 'Five seconds that end then.' },
);

const now = {
  now_ms: count('By the gateway’s clock, milliseconds since 1970 UTC.'),
  mode: Type.Enum(['live', 'lists', 'stale', 'closed']),
  mode_since_ms: count(),
  lists: Type.Array(Type.Object({ name: Type.String(), age_ms: count(), cards: count() }, strict)),
  connections: count('Of gates, now.'),
  gates: Type.Object({ up: GateNamesSchema, down: GateNamesSchema }, strict),
  classes: ClassesSchema,
  decided: Type.Array(
    Type.Object(
      { outcome: Type.Enum(['allow', 'refer', 'deny']), code: Type.String(), count: count() },
      strict,
    ),
    { description: 'Decisions of the last 15 minutes by code, most first.' },
  ),
  queued: count('Taps that wait for a thread.'),
  newest_point: Type.Union([PointSchema, Type.Null()], { description: 'Of the history.' }),
  outbox_waiting: count('Decisions that the platform does not have yet.'),
};

export const BoardNowSchema = Type.Object(now, { ...strict, title: 'BoardNow' });
export const BoardSchema = Type.Object(
  {
    ...now,
    history: Type.Array(PointSchema, { description: 'Of the last 15 minutes, oldest first.' }),
  },
  { ...strict, title: 'Board' },
);
export type BoardNow = Static<typeof BoardNowSchema>;
export type Board = Static<typeof BoardSchema>;
export type BoardPointView = Static<typeof PointSchema>;

export function boardNow(reading: BoardReading, history: BoardHistory): BoardNow {
  return {
    now_ms: reading.atMs,
    ...{ mode: reading.mode, mode_since_ms: reading.modeSinceMs },
    lists: reading.lists.map(({ name, ageMs, cards }) => ({ name, age_ms: ageMs, cards })),
    connections: reading.connections,
    gates: { up: copied(reading.gates.up), down: copied(reading.gates.down) },
    classes: [...history.rates()],
    decided: history.decided().map(({ outcome, ...each }) => ({
      ...each,
      outcome: outcome as BoardNow['decided'][number]['outcome'],
    })),
    newest_point: pointView(history.points.at(-1)),
    ...{ queued: reading.queued, outbox_waiting: reading.outboxWaiting },
  };
}

export function board(reading: BoardReading, history: BoardHistory): Board {
  return {
    ...boardNow(reading, history),
    history: history.points.flatMap((point) => pointView(point) ?? []),
  };
}

function pointView(point: BoardPoint | undefined): BoardPointView | null {
  return point === undefined ? null : { ...point, classes: [...point.classes] };
}

const copied = ({ count: all, names }: BoardReading['gates']['up']) => ({ count: all, names: [...names] });
