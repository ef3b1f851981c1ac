/** What a phase's outcomes come to: a phase of the report, seconds of its series, decisions for the hash. */
import type { Hash } from 'node:crypto';
import type { Histogram } from 'hdr-histogram-js';
import type { Code } from '../../config/codes.ts';
import { isRefusal, outcomeOf } from '../report/counts.ts';
import { latencyHistogram, latencyOf } from '../report/latency.ts';
import type { Latency } from '../report/result.ts';
import { NO_CODE, type Outcomes, UNSENT } from './protocol.ts';

/** A tap that left this much after its time is late. */
const LATE_US = 1_000;
const US_PER_MS = 1_000;

export interface Tally {
  readonly intended: number;
  readonly sent: number;
  readonly answered: number;
  readonly unsent: number;
  readonly late: number;
  readonly unanswered: number;
  readonly wrong: number;
  /** Answered with a refusal: not judged. */
  readonly refused: number;
  /** Judged before the last tap was due: what came behind is the backlog being worked off. */
  readonly judgedMeanwhile: number;
  readonly repeated: number;
  /** Of judged taps. */
  readonly latency: Latency;
  /** The least of them; Infinity when no tap was judged. */
  readonly fastestMs: number;
  /** Longest from sending, instead of the intended time, to the answer of a judged tap. */
  readonly latestFromSendingMs: number;
  /** Of refused taps. */
  readonly refusals: Latency;
  readonly codes: Readonly<Record<string, number>>;
  readonly lagP99Ms: number;
  /** Wrong answers, the first of them, in words. */
  readonly firstWrong: string | null;
}

export interface TallyInput {
  readonly from: number;
  readonly times: Float64Array;
  readonly outcomes: readonly Outcomes[];
  /** The right answer to tap i. */
  readonly right: (i: number) => Code;
  /** Taps that are looked at; default all. */
  readonly only?: (i: number) => boolean;
  readonly onAnswer?: (atMs: number, latencyMs: number, fate: 'judged' | 'wrong' | 'refused') => void;
  /** Of a tap that was never sent or never answered: when it was meant to be sent. */
  readonly onLost?: (atMs: number) => void;
  readonly decisions?: Hash;
}

export function tally({
  from,
  times,
  outcomes,
  right,
  only,
  onAnswer,
  onLost,
  decisions,
}: TallyInput): Tally {
  const [latency, refusals, lag] = [latencyHistogram(), latencyHistogram(), latencyHistogram()];
  const codes: Record<string, number> = {};
  const counts = { intended: 0, answered: 0, unsent: 0, late: 0, wrong: 0, refused: 0, judgedMeanwhile: 0 };
  const endMs = times.at(-1) ?? 0;
  let firstWrong: string | null = null;
  let latestUs = 0;
  let fastestUs = Number.POSITIVE_INFINITY;
  let text = '';
  for (let n = 0; n < times.length; n += 1) {
    const i = from + n;
    if (only && !only(i)) continue;
    const of = outcomes[n % outcomes.length] as Outcomes;
    const k = Math.floor(n / outcomes.length);
    counts.intended += 1;
    const lagUs = of.lagUs[k] as number;
    if (lagUs === UNSENT) {
      counts.unsent += 1;
      onLost?.(times[n] as number);
      continue;
    }
    lag.recordValue(lagUs);
    if (lagUs > LATE_US) counts.late += 1;
    const id = of.codes[k] as number;
    if (id === NO_CODE) {
      onLost?.(times[n] as number);
      continue;
    }
    const code = of.names[id] as string;
    const refused = isRefusal(code);
    const wrong = !refused && code !== right(i);
    const latencyUs = of.latencyUs[k] as number;
    counts.answered += 1;
    codes[code] = (codes[code] ?? 0) + 1;
    (refused ? refusals : latency).recordValue(latencyUs);
    const fate = refused ? 'refused' : wrong ? 'wrong' : 'judged';
    onAnswer?.((times[n] as number) + latencyUs / US_PER_MS, latencyUs / US_PER_MS, fate);
    if (refused) {
      counts.refused += 1;
      continue;
    }
    latestUs = Math.max(latestUs, latencyUs - lagUs);
    fastestUs = Math.min(fastestUs, latencyUs);
    if ((times[n] as number) + latencyUs / US_PER_MS <= endMs) counts.judgedMeanwhile += 1;
    if (decisions) text += `${i} ${outcomeOf(code)} ${code}\n`;
    if (text.length > 1_048_576) {
      decisions?.update(text);
      text = '';
    }
    if (wrong) {
      counts.wrong += 1;
      firstWrong ??= `tap ${i} was answered ${code} in place of ${right(i)}`;
    }
  }
  decisions?.update(text);
  const sent = counts.intended - counts.unsent;
  return {
    ...counts,
    sent,
    unanswered: sent - counts.answered,
    repeated: outcomes.reduce((sum, { repeated }) => sum + repeated, 0),
    latency: latencyOf(latency),
    fastestMs: fastestUs / US_PER_MS,
    latestFromSendingMs: latestUs / US_PER_MS,
    refusals: latencyOf(refusals),
    codes,
    lagP99Ms: percentileMs(lag, 99),
    firstWrong,
  };
}

function percentileMs(histogram: Histogram, percentile: number): number {
  return histogram.getValueAtPercentile(percentile) / US_PER_MS;
}
