/** What `GET /v1/cluster` answers and `onecard cluster status` shows. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Member } from './member-table.ts';
import { MEMBERS_MAX } from './member-table.ts';
import { type Asked, PROBLEM_CODES, problemsOf, type StandingBounds } from './standing.ts';
import { WordSchema } from './word.ts';

const nullable = Type.Union([Type.Number(), Type.Null()]);
const text = Type.String({ maxLength: 1_024 });

export const ReportSchema = Type.Object({
  cluster: text,
  /** Who was asked; null: the bus alone. */
  asked: Type.Union([text, Type.Null()]),
  at_ms: Type.Number(),
  /** How far who was asked can see: `here` on the bus, `cut` from it, `alone` without one. */
  sees: Type.Union([Type.Literal('all'), Type.Literal('cut'), Type.Literal('alone')]),
  ok: Type.Boolean(),
  problems: Type.Array(
    Type.Object({
      level: Type.Union([Type.Literal('fault'), Type.Literal('warning')]),
      code: Type.Enum([...PROBLEM_CODES]),
      gateways: Type.Array(text, { maxItems: MEMBERS_MAX }),
      sentence: text,
      remedy: text,
    }),
    { maxItems: 64 },
  ),
  members: Type.Array(
    Type.Object({
      state: Type.Enum(['here', 'quiet', 'gone', 'left']),
      heard_at_ms: Type.Number(),
      clock_offset_ms: nullable,
      word: WordSchema,
    }),
    { maxItems: MEMBERS_MAX },
  ),
});
export type ClusterReport = Static<typeof ReportSchema>;

const report = Compile(ReportSchema);

export function isClusterReport(value: unknown): value is ClusterReport {
  return report.Check(value);
}

export interface ReportOf extends Asked {
  readonly cluster: string;
  readonly asked: string | null;
}

export function clusterReport(of: ReportOf, bounds: StandingBounds): ClusterReport {
  const { cluster, asked, nowMs, busReachable, members } = of;
  const problems = problemsOf(of, bounds);
  return {
    ...{ cluster, asked, at_ms: nowMs },
    sees: busReachable === null ? 'alone' : busReachable ? 'all' : 'cut',
    ok: problems.every(({ level }) => level !== 'fault'),
    problems: problems.map((problem) => ({ ...problem, gateways: [...problem.gateways] })),
    members: members.map(memberJson),
  };
}

/** A report as another knows it, judged again by other bounds. */
export function judgedAgain(given: ClusterReport, bounds: StandingBounds): ClusterReport {
  const { cluster, asked, at_ms: nowMs, sees } = given;
  const members = given.members.map(
    ({ word, state, heard_at_ms: heardAtMs, clock_offset_ms: clockOffsetMs }) => {
      return { word, state, heardAtMs, clockOffsetMs };
    },
  );
  const busReachable = sees === 'alone' ? null : sees === 'all';
  return clusterReport({ cluster, asked, nowMs, busReachable, members }, bounds);
}

function memberJson({ word, state, heardAtMs, clockOffsetMs }: Member): ClusterReport['members'][number] {
  return { state, heard_at_ms: heardAtMs, clock_offset_ms: clockOffsetMs, word };
}
