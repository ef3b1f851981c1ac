/** What becomes of what the path of a tap tells. */
import type { Settings } from '../../config/settings.ts';
import type { AloneLog } from '../cluster/members/alone-log.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { PipelineEvents } from '../tap/pipeline.ts';

/** Shorter ones are only counted. */
const STANDSTILL_TOLD_MS = 1_000;
const STOOD_STILL =
  'the gateway stood still (stopped, paused, or the machine was too busy): taps whose time passed meanwhile were refused';

export interface TapEventsParts {
  readonly settings: Pick<Settings, 'cluster'>;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly alone: AloneLog;
}

export function tapEvents({ settings, metrics, log, alone }: TapEventsParts): PipelineEvents {
  return {
    ...metrics.events,
    ...(settings.cluster && { decided: notingAlone(alone, metrics.events.decided) }),
    fault: (where, cause) => {
      metrics.faultSeen(where);
      log.error({ where, error: (cause as Error).message }, 'a fault on the path of a tap');
    },
    stoodStill: (lastedMs) => {
      metrics.stoodStill(lastedMs);
      if (lastedMs >= STANDSTILL_TOLD_MS) log.warn({ lasted_ms: Math.round(lastedMs) }, STOOD_STILL);
    },
  };
}

type Decided = PipelineEvents['decided'];

/** Notes what is accepted alone, and tells it on. */
function notingAlone(alone: AloneLog, decided: Decided): Decided {
  return (record, deviceClass, elapsedMs) => {
    const { replay, answer, atMs } = record;
    if (replay.scope === 'local' && answer.outcome !== 'deny' && !replay.seenBefore) alone.take(atMs);
    decided(record, deviceClass, elapsedMs);
  };
}
