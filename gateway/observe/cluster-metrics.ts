/** What is counted of the engines that gateways of a cluster share. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { PlainHistogram } from './plain-histogram.ts';

const SECONDS = [0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.003, 0.005, 0.01, 0.025, 0.1];

/** What is read when metrics are collected. */
export interface StoreGauges {
  isThere(): boolean;
  underWay(): number;
}

export function createStoreMetrics(registry: Registry) {
  const registers = [registry];
  const outcomes = { answered: 0, late: 0, failed: 0, refused: 0 };
  const questions = new Counter({
    name: 'onecard_store_questions_total',
    help:
      'Questions to the store of the cluster: answered in time; late; failed, with an error or its connection; refused, not ' +
      'asked since it is away, failed too often or too much is under way.',
    labelNames: ['outcome'],
    registers,
    collect() {
      this.reset();
      for (const [outcome, count] of Object.entries(outcomes)) this.labels(outcome).inc(count);
    },
  });
  const seconds = new PlainHistogram({
    name: 'onecard_store_seconds',
    help: 'Time in which questions that were sent together were all answered.',
    ...{ label: null, buckets: SECONDS },
  });
  const series = seconds.of('');
  return {
    questions,
    events: {
      answered(count: number, elapsedMs: number) {
        outcomes.answered += count;
        series.observe(elapsedMs / 1_000);
      },
      late(count: number) {
        outcomes.late += count;
      },
      failed(count: number) {
        outcomes.failed += count;
      },
      refused(count: number) {
        outcomes.refused += count;
      },
    },
    /** Sums since the start, for those who tell how it stands. */
    sums: () => ({ ...outcomes, latency: series.reading() }),
    watch: ({ isThere, underWay }: StoreGauges): void => {
      const gauge = (name: string, help: string, read: () => number) =>
        new Gauge({
          ...{ name: `onecard_store_${name}`, help, registers },
          collect() {
            this.set(read());
          },
        });
      gauge('up', '1 while the store of the cluster is asked.', () => (isThere() ? 1 : 0));
      gauge('questions_under_way', 'Questions that were sent and have no answer yet.', underWay);
    },
    text: () => seconds.text(),
  };
}

export type StoreMetrics = ReturnType<typeof createStoreMetrics>;
