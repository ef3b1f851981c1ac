/** What a run of a city leaves: each load with the model beside what was measured. Pure. */
import { latencyHistogram, latencyOf } from '../report/latency.ts';
import type { GatewaysOnBusFigures, PlatformFigures, QuestionFigures } from './city-orders.ts';
import { type Compared, compared, type Parts, type Seen, type Traffic, type Used } from './traffic.ts';

/** Milliseconds. */
export interface Percentiles {
  readonly count: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
}

export interface AskedReport extends Percentiles {
  readonly intended: number;
  readonly answered: number;
  readonly wrong: number;
  /** No answer within the deadline: a gateway would have decided alone. */
  readonly late: number;
  /** How late questions left, at p99. */
  readonly sent_late_p99_ms: number;
  /** Processor time of the asking thread, with what draws the load. */
  readonly client_us: number;
}

export interface LoadReport {
  readonly rate: number;
  readonly model: Traffic;
  readonly measured: Traffic;
  readonly compared: readonly Compared[];
  readonly questions: AskedReport;
  readonly baseline: AskedReport;
  /** Of the gateway's client over the least one. */
  readonly ratios: { readonly p50: number; readonly p99: number; readonly client_us: number };
  readonly confirmed: Percentiles;
  readonly delta_at_gateway: Percentiles;
  readonly delta_at_last: Percentiles;
  /** What must not be. */
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

export interface CityRun {
  /** Null: not told. */
  readonly store_bytes_per_key: number | null;
  /** What was real, and not multiplied. */
  readonly real: {
    readonly gateways: number;
    readonly bus_connections: number | null;
    readonly bus_memory_bytes: number | null;
    readonly store_connections: number;
  };
  readonly parts: Parts;
  readonly loads: readonly LoadReport[];
  readonly passed: boolean;
  readonly warnings: readonly string[];
}

export interface CityReport extends CityRun {
  readonly v: 1;
  readonly bench: 'city';
  readonly started_at: string;
  readonly seconds: number;
  readonly commit: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly machine: Readonly<Record<string, string | number>>;
  readonly versions: Readonly<Record<string, string>>;
}

export interface LoadDriven {
  readonly rate: number;
  readonly traffic: Traffic;
  readonly gateways: number;
  readonly seen: Seen;
  readonly questions: QuestionFigures | null;
  readonly baseline: QuestionFigures;
  readonly bus: GatewaysOnBusFigures;
  readonly platform: PlatformFigures;
  readonly model: Used;
}

const LAG_MS = 5;
const US_PER_MS = 1_000;

export function loadReport(driven: LoadDriven): LoadReport {
  const { rate, traffic, seen, bus, platform, model, gateways } = driven;
  if (driven.questions === null) throw new RangeError('a load of a city asks the store');
  const [questions, baseline] = [askedReport(driven.questions), askedReport(driven.baseline)];
  const reached = reachedAt(platform, bus, gateways);
  const uploads: Compared = {
    ...{ name: 'bus: uploads', unit: '/s', model: traffic.uploads, measured: seen.traffic.uploads },
    ratio: traffic.uploads === 0 ? null : seen.traffic.uploads / traffic.uploads,
  };
  return {
    ...{ rate, model: traffic, measured: seen.traffic, questions, baseline },
    compared: [...compared(model, seen.used), uploads],
    ratios: {
      p50: questions.p50_ms / baseline.p50_ms,
      p99: questions.p99_ms / baseline.p99_ms,
      client_us: questions.client_us / baseline.client_us,
    },
    confirmed: bus.confirmed,
    delta_at_gateway: reached.atGateway,
    delta_at_last: reached.atLast,
    faults: faultsOf(driven, reached.missing),
    warnings: warningsOf(questions, bus),
  };
}

function askedReport({
  intended,
  answered,
  wrong,
  late,
  latency,
  lagP99Ms,
  cpuUs,
}: QuestionFigures): AskedReport {
  const { count, p50_ms, p99_ms, max_ms } = latency;
  return {
    ...{ count, p50_ms, p99_ms, max_ms, intended, answered, wrong, late },
    ...{ sent_late_p99_ms: lagP99Ms, client_us: answered === 0 ? 0 : cpuUs / answered },
  };
}

/** From when a delta was due to each gateway, and to the last of them. */
function reachedAt({ published }: PlatformFigures, { taken }: GatewaysOnBusFigures, gateways: number) {
  const [atGateway, atLast] = [latencyHistogram(), latencyHistogram()];
  const bySequence = new Map(taken);
  let missing = 0;
  for (const [sequence, dueMs] of published) {
    const times = bySequence.get(sequence) ?? [];
    missing += gateways - times.length;
    const us = times.map((atMs) => Math.max(1, Math.round((atMs - dueMs) * US_PER_MS)));
    for (const each of us) atGateway.recordValue(each);
    if (us.length > 0) atLast.recordValue(Math.max(...us));
  }
  return { atGateway: percentiles(atGateway), atLast: percentiles(atLast), missing };
}

function percentiles(histogram: ReturnType<typeof latencyHistogram>): Percentiles {
  const { count, p50_ms, p99_ms, max_ms } = latencyOf(histogram);
  return { count, p50_ms, p99_ms, max_ms };
}

function faultsOf({ questions, baseline, bus, platform }: LoadDriven, missing: number): string[] {
  const of = (count: number, text: string) => (count > 0 ? [`${count} ${text}`] : []);
  const unanswered = (figures: QuestionFigures | null) => (figures ? figures.intended - figures.answered : 0);
  return [
    ...of(questions?.wrong ?? 0, 'questions were answered wrongly'),
    ...of(unanswered(questions), 'questions were never answered'),
    ...of(baseline.wrong + unanswered(baseline), 'questions of the baseline were answered wrongly or never'),
    ...of(bus.unconfirmed, `gateways had an upload that was not confirmed: ${bus.faults.join('; ')}`),
    ...of(platform.outOfOrder, 'uploads were not the next of their gateway'),
    ...of(missing, 'deltas did not reach a gateway'),
  ];
}

function warningsOf(
  { late, answered, sent_late_p99_ms: lagMs }: AskedReport,
  { faults }: GatewaysOnBusFigures,
) {
  const part = answered === 0 ? 0 : (100 * late) / answered;
  return [
    ...(late > 0 ? [`${part.toFixed(2)} % of the questions had no answer within 5 ms`] : []),
    ...(lagMs > LAG_MS
      ? [`1 % of the questions left ${lagMs.toFixed(1)} ms late or more: this machine is what was measured`]
      : []),
    ...faults,
  ];
}
