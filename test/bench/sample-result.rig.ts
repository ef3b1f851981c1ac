/** A result as a run leaves it, from made-up latencies. */
import { latencyHistogram, latencyOf } from '../../bench/report/latency.ts';
import type { Latency, RunResult } from '../../bench/report/result.ts';
import { seededInteger } from '../../platform/seed.ts';

export interface SampleOptions {
  readonly seed?: string;
  /** Every latency is multiplied by it. */
  readonly slower?: number;
  readonly seconds?: number;
}

export function sampleResult({ seed = 'sample', slower = 1, seconds = 30 }: SampleOptions = {}): RunResult {
  const draw = (label: string, i: number, below: number) => seededInteger(seed, label, i, below);
  const time_s = Array.from({ length: seconds }, (_, i) => i);
  const p50_ms = time_s.map((i) => slower * (1.8 + draw('p50', i, 400) / 1_000));
  const p99_ms = time_s.map((i) => slower * (6 + draw('p99', i, 2_000) / 1_000));
  const outage = (i: number) => i >= seconds / 3 && i < (2 * seconds) / 3;
  return {
    v: 1,
    profile: 'outage',
    title: 'Outage: 5,000 taps/s while the platform dies and comes back',
    started_at: '2026-11-22T09:00:00Z',
    seconds,
    seed,
    options: { rate: 5_000, seconds, chips: 'sm2' },
    machine: { cpu: 'A processor <of> 2 cores', cores: 2, memory_gib: 24, kernel: '6.1' },
    versions: { node: 'v22.23.3', onecard: '0.1.0' },
    commit: '0123456789ab',
    engine: 'ifma8',
    settings: { workers: { threads: 1 } },
    decisions_sha256: 'ab'.repeat(32),
    phases: ['before', 'during', 'after'].map((name, i) => ({
      name,
      from_s: (i * seconds) / 3,
      to_s: ((i + 1) * seconds) / 3,
      rate_per_s: 5_000,
      intended: 50_000,
      sent: 50_000,
      answered: 50_000 - i,
      unsent: 0,
      late: 12 * i,
      unanswered: i,
      wrong: 0,
      latency: latency(seed, i, slower),
      codes: { 'allow.good': 48_000, 'deny.status_lost': 900, 'deny.replayed': 800, 'tap.queue_full': 300 },
      gateway_cores: 0.7,
      generator_cores: 0.1,
    })),
    series: {
      time_s,
      intended_per_s: time_s.map(() => 5_000),
      answered_per_s: time_s.map((i) => 4_950 + draw('answered', i, 100)),
      refused_per_s: time_s.map((i) => (outage(i) ? 12 : 0)),
      p50_ms,
      p99_ms,
      gateway_cores: time_s.map((i) => 0.6 + draw('cpu', i, 200) / 1_000),
      generator_cores: time_s.map(() => 0.1),
      gateway_resident_mib: time_s.map((i) => 180 + i / 4),
      mode: time_s.map((i) => (outage(i) ? 'lists' : 'live')),
    },
    samples: { p50_ms, p99_ms, answered_per_s: time_s.map((i) => 4_950 + draw('answered', i, 100)) },
    figures: [
      { name: 'from failure to mode lists', value: 612, unit: 'ms' },
      { name: 'from recovery to mode live', value: 3_410, unit: 'ms' },
    ],
    warnings: [],
  };
}

function latency(seed: string, phase: number, slower: number): Latency {
  const histogram = latencyHistogram();
  for (let i = 0; i < 5_000; i += 1) {
    const uniform = (1 + seededInteger(seed, `latency ${phase}`, i, 1_000_000)) / 1_000_001;
    histogram.recordValue(Math.round(slower * (900 - 1_100 * Math.log(uniform))));
  }
  return latencyOf(histogram);
}
