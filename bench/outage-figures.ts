/** What `bench/outage.ts` reports. */
import type { LoadResult } from './load/open-loop.ts';

const US_PER_MS = 1_000;

export interface PhaseFigures {
  readonly taps: number;
  readonly unanswered: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly max_ms: number;
  /** How late taps left the generator, which is in their latency too. */
  readonly send_lag_p99_ms: number;
  readonly send_lag_max_ms: number;
  readonly codes: Readonly<Record<string, number>>;
}

export function percentiles({
  latency,
  sendLag,
  intended,
  unsent,
  unanswered,
  codes,
}: LoadResult): PhaseFigures {
  const at = (percentile: number) => latency.getValueAtPercentile(percentile) / US_PER_MS;
  return {
    taps: intended,
    unanswered: unanswered + unsent,
    p50_ms: at(50),
    p99_ms: at(99),
    p999_ms: at(99.9),
    max_ms: latency.maxValue / US_PER_MS,
    send_lag_p99_ms: sendLag.getValueAtPercentile(99) / US_PER_MS,
    send_lag_max_ms: sendLag.maxValue / US_PER_MS,
    codes,
  };
}

export function figuresTable(
  report: Readonly<Record<string, unknown>> & { readonly phases: Readonly<Record<string, PhaseFigures>> },
): string {
  const { phases, ...rest } = report;
  const columns = ['p50_ms', 'p99_ms', 'p999_ms', 'max_ms', 'send_lag_max_ms', 'unanswered'] as const;
  const head = `  ${''.padEnd(12)}${columns.map((name) => name.padStart(16)).join('')}`;
  const rows = Object.entries(phases).map(([name, figures]) => {
    const cells = columns.map((column) => figures[column].toFixed(2).padStart(16));
    return `  ${name.padEnd(12)}${cells.join('')}`;
  });
  const others = Object.entries(rest).map(([name, value]) => `  ${name.padEnd(28)}${shown(value)}`);
  return ['\n  latency from the intended send time', head, ...rows, '', ...others, ''].join('\n');
}

function shown(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? String(value) : value.toFixed(2);
  return typeof value === 'string' ? value : JSON.stringify(value);
}
