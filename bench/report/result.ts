/**
 * What a run of the benchmark leaves: one JSON file, from which the report, the table and every comparison are made.
 * All that is needed to run it again, and to tell whether two runs may be compared.
 */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { OnecardError } from '../../config/onecard-error.ts';

const count = Type.Integer({ minimum: 0 });
const number = Type.Number();
const text = Type.String({ maxLength: 4_096 });
const series = Type.Array(Type.Union([number, Type.Null()]), { maxItems: 100_000 });

/** Milliseconds from the time a tap was meant to be sent to its answer. */
const LatencySchema = Type.Object({
  count,
  mean_ms: number,
  p50_ms: number,
  p90_ms: number,
  p99_ms: number,
  p999_ms: number,
  max_ms: number,
  /** hdr-histogram, V2 compressed, base64; unit 1 µs. */
  histogram: Type.String({ maxLength: 4_194_304 }),
});

const PhaseSchema = Type.Object({
  name: text,
  from_s: number,
  to_s: number,
  /** Taps a second that were meant to be sent. */
  rate_per_s: number,
  intended: count,
  sent: count,
  answered: count,
  /** Never left: the generator's window was full when they were due. */
  unsent: count,
  /** Left more than a millisecond after their time. */
  late: count,
  /** Sent, and never answered. */
  unanswered: count,
  /** Answers that are not what the fleet knows to be right. */
  wrong: count,
  /** Answers to taps that had theirs. */
  repeated: Type.Optional(count),
  latency: LatencySchema,
  /** Answers by code. */
  codes: Type.Record(Type.String(), count),
  /** Microseconds of processor time for each answered tap, by thread of the gateway; where the system tells. */
  us_per_tap: Type.Optional(Type.Record(Type.String(), number)),
  /** Processor time the hypervisor gave to others meanwhile, of all processors together; where the system tells. */
  steal_ms: Type.Optional(number),
  /** Cores in use on average; null where it was not measured. */
  gateway_cores: Type.Union([number, Type.Null()]),
  generator_cores: Type.Union([number, Type.Null()]),
});

/** One value a second, from the beginning of the run. */
const SeriesSchema = Type.Object({
  time_s: Type.Array(number, { maxItems: 100_000 }),
  intended_per_s: series,
  /** Judged. */
  answered_per_s: series,
  /** Of the second in which they were meant to be sent. */
  lost_per_s: Type.Optional(series),
  wrong_per_s: Type.Optional(series),
  refused_per_s: series,
  p50_ms: series,
  p99_ms: series,
  gateway_cores: series,
  generator_cores: series,
  gateway_resident_mib: series,
  mode: Type.Array(Type.Union([text, Type.Null()]), { maxItems: 100_000 }),
});

export const ResultSchema = Type.Object({
  v: Type.Literal(1),
  profile: text,
  title: text,
  started_at: text,
  seconds: number,
  seed: text,
  /** Options of the run, as they were given or filled in. */
  options: Type.Record(Type.String(), Type.Union([Type.String(), number, Type.Boolean(), Type.Null()])),
  machine: Type.Record(Type.String(), Type.Union([Type.String(), number])),
  versions: Type.Record(Type.String(), text),
  /** Commit of the code, and whether it was changed since. */
  commit: text,
  engine: text,
  /** Settings of the gateway that differ from their defaults. */
  settings: Type.Record(Type.String(), Type.Unknown()),
  /** SHA-256 over (tap, outcome, code) of every decided tap in the order of the fleet: the same run gives the same. */
  decisions_sha256: text,
  phases: Type.Array(PhaseSchema, { maxItems: 1_000 }),
  series: SeriesSchema,
  /** Independent repetitions of the main figure, for confidence: for example answered/s or p99 of each slice of a run. */
  samples: Type.Record(Type.String(), Type.Array(number, { maxItems: 100_000 })),
  /** Figures that belong to this profile alone: name, value, unit. */
  figures: Type.Array(Type.Object({ name: text, value: Type.Union([number, text]), unit: text }), {
    maxItems: 1_000,
  }),
  /** What the run was made to find, where it is one figure. */
  headline: Type.Optional(Type.Object({ name: text, value: number, unit: text })),
  /** Whether it held its objective, check by check. */
  verdict: Type.Optional(
    Type.Object({
      passed: Type.Boolean(),
      checks: Type.Array(Type.Object({ name: text, limit: text, seen: text, passed: Type.Boolean() }), {
        maxItems: 100,
      }),
    }),
  ),
  /** Latency over the rate, of a search: every rate that was tried, and the objective. */
  rates: Type.Optional(
    Type.Object({
      slo_p99_ms: number,
      tried: Type.Array(Type.Object({ rate_per_s: number, p50_ms: number, p99_ms: number, verdict: text }), {
        maxItems: 1_000,
      }),
    }),
  ),
  /** Index of the phase that headline figures are of; else the one with most taps. */
  main_phase: Type.Optional(count),
  /** What the profile is there to show, and whether this run shows it. */
  statements: Type.Optional(
    Type.Array(Type.Object({ statement: text, holds: Type.Boolean(), seen: text }), { maxItems: 100 }),
  ),
  /** Tables that belong to this profile alone. */
  tables: Type.Optional(
    Type.Array(
      Type.Object({
        title: text,
        about: text,
        columns: Type.Array(text, { maxItems: 30 }),
        rows: Type.Array(Type.Array(Type.Union([number, text]), { maxItems: 30 }), { maxItems: 1_000 }),
      }),
      { maxItems: 30 },
    ),
  ),
  /** What a reader must know before believing a figure. */
  warnings: Type.Array(text, { maxItems: 1_000 }),
});

export type RunResult = Static<typeof ResultSchema>;
export type Phase = Static<typeof PhaseSchema>;
export type Statement = NonNullable<RunResult['statements']>[number];
export type Table = NonNullable<RunResult['tables']>[number];
export type Verdict = NonNullable<RunResult['verdict']>;
export type Check = Verdict['checks'][number];
export type RatesTried = NonNullable<RunResult['rates']>;
export type Latency = Static<typeof LatencySchema>;
export type Series = Static<typeof SeriesSchema>;

/** The file is not a result of this benchmark. */
export class ResultError extends OnecardError {
  override readonly name = 'ResultError';
  readonly code = 'result_unusable';
}

const compiled = Compile(ResultSchema);

/** Throws ResultError, naming the first fault. */
export function parseResult(value: unknown): RunResult {
  if (compiled.Check(value)) return value;
  const [first] = compiled.Errors(value);
  throw new ResultError(
    `not a result of onecard bench: ${first?.instancePath || '/'} ${first?.message ?? ''}`,
  );
}
