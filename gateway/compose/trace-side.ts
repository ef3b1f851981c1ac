/** Puts traces around the pipeline. Loaded only where they are on. */
import { randomFillSync } from 'node:crypto';
import type { Settings } from '../../config/settings.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import { packageVersion } from '../observe/package-version.ts';
import { TapTraces } from '../observe/tap-traces.ts';
import { OtlpExporter } from '../outbound/otlp-exporter.ts';
import type { PipelineOptions } from '../tap/pipeline.ts';
import type { ClosingStack } from './run.ts';

type Traced = Pick<PipelineOptions, 'pool' | 'events'>;

export interface TraceParts extends Traced {
  readonly settings: Settings;
  /** Of the collector. */
  readonly url: string;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly now: () => number;
}

/** A collector that is away for long is a line in the log each time it goes, not for each batch. */
const TOLD_EVERY_MS = 60_000;

export function traceTaps(parts: TraceParts, closing: ClosingStack): Traced {
  const { settings, url, metrics, log, now, pool, events } = parts;
  let toldAt = Number.NEGATIVE_INFINITY;
  const exporter = new OtlpExporter({
    url,
    resource: {
      'service.name': 'onecard-gateway',
      'service.version': packageVersion(),
      'service.instance.id': settings.gateway_id,
    },
    random: (bytes) => void randomFillSync(bytes),
    onLost: (spans, why) => {
      metrics.faultSeen('trace');
      if (performance.now() - toldAt < TOLD_EVERY_MS) return;
      toldAt = performance.now();
      log.warn({ spans, error: why }, 'spans of taps were lost; taps are not touched by it');
    },
  });
  closing.add(() => exporter.stop());
  const traces = new TapTraces({
    oneIn: settings.trace.one_in,
    wallClockMs: now,
    onSpan: (span) => exporter.offer(span),
  });
  return { pool: traces.around(pool), events: traces.beside(events) };
}
