/** Latencies as a result keeps them, from the histogram they were recorded in (unit 1 µs). */
import { build, encodeIntoCompressedBase64, type Histogram } from 'hdr-histogram-js';
import type { Latency } from './result.ts';

const US_PER_MS = 1_000;
/** Ten minutes: longer than anything is waited for. */
const LONGEST_US = 600_000_000;

export function latencyHistogram(): Histogram {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: LONGEST_US });
}

export function latencyOf(histogram: Histogram): Latency {
  const ms = (percentile: number) => histogram.getValueAtPercentile(percentile) / US_PER_MS;
  const empty = histogram.totalCount === 0;
  return {
    count: histogram.totalCount,
    mean_ms: empty ? 0 : histogram.mean / US_PER_MS,
    p50_ms: ms(50),
    p90_ms: ms(90),
    p99_ms: ms(99),
    p999_ms: ms(99.9),
    max_ms: empty ? 0 : histogram.maxValue / US_PER_MS,
    histogram: encodeIntoCompressedBase64(histogram),
  };
}
