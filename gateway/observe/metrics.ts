/** Prometheus metrics. Labels come from closed sets (codes, classes, stages): never from what a client sent. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Code } from '../../config/codes.ts';
import type { ReceiptPurpose } from '../../config/policy-schema.ts';
import type { ProveStats } from '../../workers/contract.ts';
import type { PipelineEvents } from '../tap/pipeline.ts';
import { DEVICE_CLASSES, type DeviceClass, type Mode } from '../verification.ts';
import {
  type ClusterGauges,
  createStoreMetrics,
  type StoreMetrics,
  watchCluster,
} from './cluster-metrics.ts';
import { DecisionTally } from './decision-tally.ts';
import { watchDesk } from './desk-metrics.ts';
import { createKeyMetrics, type KeyMetrics } from './key-metrics.ts';
import { createMemoryMetrics } from './memory-metrics.ts';
import { createOutageMetrics } from './outage-metrics.ts';
import { packageVersion } from './package-version.ts';
import { PairTally } from './pair-tally.ts';
import { PlainHistogram } from './plain-histogram.ts';

const SECONDS = [
  0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];
/** Gauges of prom-client that call themselves counters (promtool says so); the same sums are under names without it. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];
const BATCH_ITEMS = [1, 2, 4, 8, 16, 32, 64, 128];

/** What is read when metrics are collected. */
export interface Gauges {
  depth(deviceClass: DeviceClass): number;
  inFlight(): number;
  connections(): number;
  replayEntries(): number;
  /** People who are inside, and entries that there was no room to remember. */
  passages(): number;
  passagesUnremembered(): number;
  listedCards(): number;
  mode(): Mode;
  /** The policy that is in force: its revision, and how many scenes it has. */
  policy(): { readonly revision: string; readonly scenes: number };
}

/**
 * How often it is looked how late the event loop is: each look wakes the processor. A lag that is reported holds this time too,
 * as Node's histogram does.
 */
const LAG_LOOK_MS = 100;

type DeskWatch = Parameters<typeof watchDesk> extends [Registry, ...infer Rest] ? Rest : never;

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  // Of the process and of Node, under the names that everybody's dashboards ask for.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LAG_LOOK_MS });
  for (const name of MISNAMED) registry.removeSingleMetric(name);
  new Gauge({
    name: 'onecard_build_info',
    help: 'Always 1: which version runs, on which Node.',
    labelNames: ['version', 'node'],
    registers: [registry],
  }).set({ version: packageVersion(), node: process.versions.node }, 1);
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Counter<L>({ name: `onecard_${name}`, help, labelNames: [...labelNames], registers });

  const tally = new DecisionTally();
  const decisions = new Counter({
    name: 'onecard_decisions_total',
    help: 'Decisions given.',
    labelNames: ['family', 'outcome', 'code', 'mode'],
    registers,
    collect: () => tally.publish((labels, count) => decisions.labels(...labels).inc(count)),
  });
  const refused = new PairTally<Code, DeviceClass>();
  const refusals = new Counter({
    name: 'onecard_refusals_total',
    help: 'Taps that were not judged, and why.',
    labelNames: ['code', 'class'],
    registers,
    collect: () =>
      refused.publish((code, deviceClass, count) => refusals.labels(code, deviceClass).inc(count)),
  });
  const connectionFaults = counter('connection_faults_total', 'Connections and requests refused, and why.', [
    'code',
  ]);
  const resends = counter('resends_total', 'Taps that came again and got the decision they had.', []);
  const faults = counter('faults_total', 'Faults of our own or of storage, by where they were seen.', [
    'where',
  ]);
  const receipts = counter('receipts_total', 'Signed receipts given.', ['purpose', 'alg']);
  const standstills = counter(
    'standstills_total',
    'Times the main thread stood still for 100 ms and more.',
    [],
  );
  const standstillSeconds = counter('standstill_seconds_total', 'How long it stood still in all.', []);
  const threads = counter('thread_replacements_total', 'Proving threads replaced, and why.', ['reason']);
  const cacheTally = { chainHits: 0, chainMisses: 0, authorisationHits: 0, authorisationMisses: 0 };
  new Counter({
    name: 'onecard_cache_requests_total',
    help: 'Look-ups in the caches of the proving threads.',
    labelNames: ['cache', 'result'],
    registers,
    collect() {
      this.reset();
      this.labels('chain', 'hit').inc(cacheTally.chainHits);
      this.labels('chain', 'miss').inc(cacheTally.chainMisses);
      this.labels('authorisation', 'hit').inc(cacheTally.authorisationHits);
      this.labels('authorisation', 'miss').inc(cacheTally.authorisationMisses);
    },
  });
  const verified = new Map<string, number>();
  new Counter({
    name: 'onecard_signatures_total',
    help: 'Signatures verified by the engine.',
    labelNames: ['engine'],
    registers,
    collect() {
      this.reset();
      for (const [name, count] of verified) this.labels(name).inc(count);
    },
  });
  const tapSeconds = new PlainHistogram({
    name: 'onecard_tap_seconds',
    help: 'From admission of a tap to its answer, by class of device.',
    label: 'class',
    buckets: SECONDS,
  });
  const stageSeconds = new PlainHistogram({
    name: 'onecard_stage_seconds',
    help: 'Time of one batch in a stage of the path of a tap.',
    label: 'stage',
    buckets: SECONDS,
  });
  const batchItems = new PlainHistogram({
    name: 'onecard_batch_items',
    help: 'Presentations given to a proving thread at once.',
    label: null,
    buckets: BATCH_ITEMS,
  });
  const engine = new Gauge({
    name: 'onecard_engine_info',
    help: 'The signature engine in use.',
    labelNames: ['engine'],
    registers,
  });

  const stages = {
    queue: stageSeconds.of('queue'),
    prove: stageSeconds.of('prove'),
    decide: stageSeconds.of('decide'),
    journal: stageSeconds.of('journal'),
  };
  const taps = { gate: tapSeconds.of('gate'), desk: tapSeconds.of('desk'), batch: tapSeconds.of('batch') };
  const items = batchItems.of('');
  let engineSeen: string | null = null;

  const events: Omit<PipelineEvents, 'fault' | 'stoodStill'> = {
    decided(record, deviceClass, elapsedMs) {
      tally.count(record);
      taps[deviceClass].observe(elapsedMs / 1_000);
    },
    resent: () => resends.inc(),
    refused: (code, deviceClass) => refused.count(code, deviceClass),
    stage: (stage, elapsedMs) => stages[stage].observe(elapsedMs / 1_000),
    batch(count: number, stats: ProveStats) {
      items.observe(count);
      cacheTally.chainHits += stats.chainHits;
      cacheTally.chainMisses += stats.chainMisses;
      cacheTally.authorisationHits += stats.authorisationHits;
      cacheTally.authorisationMisses += stats.authorisationMisses;
      verified.set(stats.engine, (verified.get(stats.engine) ?? 0) + stats.signatures);
      if (engineSeen !== stats.engine) {
        engine.reset();
        engine.labels(stats.engine).set(1);
        engineSeen = stats.engine;
      }
    },
  };

  let store: StoreMetrics | null = null;
  let keys: KeyMetrics | null = null;
  return {
    events,
    /** Of keys held elsewhere; called where there are. */
    keys: () => {
      keys ??= createKeyMetrics(registry);
      return keys;
    },
    /** Of the store of a cluster; called where there is one. */
    store: () => {
      store ??= createStoreMetrics(registry);
      return store;
    },
    /** Registers what is read of a gateway that is one of many; called once, where it is. */
    watchCluster: (gauges: ClusterGauges, hasBus: boolean) => watchCluster(registry, gauges, hasBus),
    stoodStill(lastedMs: number) {
      standstills.inc();
      standstillSeconds.inc(lastedMs / 1_000);
    },
    faultSeen: (where: string) => faults.labels(where).inc(),
    threadReplaced: (reason: string) => threads.labels(reason).inc(),
    outage: createOutageMetrics(registry),
    memory: createMemoryMetrics(registry),
    /** Sums since the start, for a board. */
    sums: () => ({
      decided: tally.sums(),
      latency: DEVICE_CLASSES.map((deviceClass) => ({
        class: deviceClass,
        ...taps[deviceClass].reading(),
      })),
    }),
    /** Registers what the hotel desk counts; called once, where there is one. */
    watchDesk: (...watched: DeskWatch) => watchDesk(registry, ...watched),
    receiptGiven: (purpose: ReceiptPurpose, alg: string) => receipts.labels(purpose, alg).inc(),
    connectionRefused: (code: Code, times = 1) => connectionFaults.labels(code).inc(times),
    /** Registers what is read at collection time; called once, by whoever built those parts. */
    watch: (gauges: Gauges) => watch(registers, gauges),
    collect: async (): Promise<string> =>
      [
        await registry.metrics(),
        tapSeconds.text(),
        stageSeconds.text(),
        batchItems.text(),
        ...(store === null ? [] : [store.text()]),
      ].join('\n'),
    contentType: registry.contentType,
  };
}

function watch(registers: Registry[], gauges: Gauges): void {
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name: `onecard_${name}`,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('in_flight_taps', 'Taps that wait for an answer.', gauges.inFlight);
  gauge('connections', 'Gate connections.', gauges.connections);
  gauge('replay_entries', 'Presentations remembered so that none is used twice.', gauges.replayEntries);
  gauge('passages', 'People remembered as inside, where scenes have a direction.', gauges.passages);
  new Counter({
    name: 'onecard_passages_unremembered_total',
    help: 'Entries that there was no room to remember: whoever is not found inside is unknown for a while.',
    registers,
    collect() {
      this.reset();
      this.inc(gauges.passagesUnremembered());
    },
  });
  gauge('listed_cards', 'Cards on the list in force.', gauges.listedCards);
  new Gauge({
    name: 'onecard_queue_depth',
    help: 'Taps that wait for a thread, by class of device.',
    labelNames: ['class'],
    registers,
    collect() {
      for (const deviceClass of DEVICE_CLASSES) this.labels(deviceClass).set(gauges.depth(deviceClass));
    },
  });
  gauge('scenes', 'Scenes of the city document in force.', () => gauges.policy().scenes);
  new Gauge({
    name: 'onecard_policy_info',
    help: 'Always 1: the revision of the city document in force.',
    labelNames: ['revision'],
    registers,
    collect() {
      this.reset();
      this.labels(gauges.policy().revision).set(1);
    },
  });
  new Gauge({
    name: 'onecard_mode',
    help: '1 for the mode in force.',
    labelNames: ['mode'],
    registers,
    collect() {
      this.reset();
      this.labels(gauges.mode()).set(1);
    },
  });
}
