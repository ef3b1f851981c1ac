/** What is counted of keys that a token or a cipher machine holds. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];

export type KeyMetrics = ReturnType<typeof createKeyMetrics>;

/** `holder`: its kind. Called once, where there is one. */
export function createKeyMetrics(registry: Registry) {
  const registers = [registry];
  const labelNames = ['holder'] as const;
  const operations = new Counter({
    name: 'onecard_key_operations_total',
    help: 'Attempts to use a key held elsewhere: answered, or failed, which is late, wrong or not at all.',
    labelNames: [...labelNames, 'outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'onecard_key_seconds',
    help: 'Time in which a key held elsewhere was used.',
    ...{ labelNames, registers, buckets: SECONDS },
  });
  const up = new Gauge({
    name: 'onecard_key_holder_up',
    help: '1 while the last attempt to use a key held elsewhere was answered.',
    ...{ labelNames, registers },
  });
  return {
    answered(holder: string, elapsedMs: number) {
      operations.labels(holder, 'answered').inc();
      seconds.labels(holder).observe(elapsedMs / 1_000);
      up.labels(holder).set(1);
    },
    failed(holder: string) {
      operations.labels(holder, 'failed').inc();
      up.labels(holder).set(0);
    },
  };
}
