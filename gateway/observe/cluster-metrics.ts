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

/** What is read of a gateway that is one of many. */
export interface ClusterGauges {
  /** Accepted since the start while the store did not answer. */
  acceptedAlone(): number;
  /** Of its last outages: accepted elsewhere too, as far as the platform knows. */
  acceptedTwice(): number;
  /** Null: there is no bus. */
  bus(): BusGauges | null;
}

export interface BusGauges {
  readonly isReachable: boolean;
  /** Null: none was answered yet. */
  readonly roundTripMs: number | null;
  /** Messages that are still to be taken, by stream; names are of a closed set. */
  readonly lags: readonly (readonly [stream: string, messages: number])[];
  /** Gateways of which a word of the last day is kept. */
  readonly members: number;
  readonly wordsRefused: number;
  /** Devices that were changed here and are not known to all; null: it is not known yet. */
  readonly unsharedDevices: number | null;
}

/** Called once, where there is a cluster. */
export function watchCluster(registry: Registry, gauges: ClusterGauges, hasBus: boolean): void {
  const registers = [registry];
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({
      ...{ name: `onecard_${name}`, help, registers },
      collect() {
        this.reset();
        this.inc(read());
      },
    });
  counter(
    'accepted_alone_total',
    'Presentations accepted by this gateway alone, as the store of the cluster did not answer in time.',
    gauges.acceptedAlone,
  );
  gauge(
    registry,
    'accepted_twice',
    'Of what it accepted alone in its last outages: accepted elsewhere too, as far as journals have come.',
    gauges.acceptedTwice,
  );
  if (hasBus) watchBus(registry, () => gauges.bus(), counter);
}

function watchBus(
  registry: Registry,
  bus: () => BusGauges | null,
  counter: (name: string, help: string, read: () => number) => unknown,
): void {
  gauge(registry, 'bus_up', '1 while the bus of the cluster is reached.', () => (bus()?.isReachable ? 1 : 0));
  gauge(
    registry,
    'bus_round_trip_seconds',
    'Time in which the bus answered last.',
    () => (bus()?.roundTripMs ?? 0) / 1_000,
  );
  gauge(
    registry,
    'cluster_members',
    'Gateways of which the bus keeps a word of the last day.',
    () => bus()?.members ?? 0,
  );
  counter(
    'words_refused_total',
    'Words of gateways that could not be read, or came under the name of another, while somebody looked.',
    () => bus()?.wordsRefused ?? 0,
  );
  gauge(
    registry,
    'registry_unshared_devices',
    'Devices that were enrolled or revoked here, which not all gateways know of yet.',
    () => bus()?.unsharedDevices ?? 0,
  );
  new Gauge({
    name: 'onecard_cursor_lag_messages',
    help: 'Messages of a stream of the bus that this gateway has not taken yet.',
    labelNames: ['stream'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [stream, messages] of bus()?.lags ?? []) this.labels(stream).set(messages);
    },
  });
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    ...{ name: `onecard_${name}`, help, registers: [registry] },
    collect() {
      this.set(read());
    },
  });
}
