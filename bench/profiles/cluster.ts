/**
 * What being one of many costs: one gateway alone and the same gateway in a cluster, with its store and its bus on this machine,
 * driven in turns with the same taps. Then the capacity of each.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeQuestions } from '../drive/operations.ts';
import { loadWarning, resultOf } from '../drive/result-of.ts';
import { Run } from '../drive/run.ts';
import { type BenchNats, type BenchServer, startBenchNats, startBenchRedis } from '../drive/servers.ts';
import { objectiveOf } from '../objective.ts';
import { type BenchOptions, OptionsError } from '../options.ts';
import { compact } from '../report/figures.ts';
import type { Check, RunResult } from '../report/result.ts';
import { CAPACITY_CARDS, CAPACITY_LIMITS, type Capacity, findCapacity } from './capacity.ts';
import { RIGHT_AND_ANSWERED } from './driven.ts';
import { type PairedCost, pairedCost } from './paired-cost.ts';
import { capacityTables, drivePairs, oneReport, pairsTable } from './paired-runs.ts';
import { othersOf, type Profile, ridesOf, SOUND } from './profile.ts';

/** A third of what one gateway holds on two cores: its p99 is then of the path, and not of a queue. */
const RATE = 5_000;
const SECONDS = 8;
/** What is promised of a quiet machine. */
const PROMISED = { mainUs: 10, p99Ms: 2, capacityPart: 0.8 } as const;
const NAMES = { alone: 'alone', together: 'in a cluster' } as const;

export const cluster: Profile = {
  name: 'cluster',
  about: 'one gateway alone and in a cluster, in turns: cost of shared replay, and capacity',
  async run({ options, progress, onGateway }) {
    if (options.target !== null) {
      throw new OptionsError('--url: bench cluster measures gateways that it starts itself');
    }
    if (othersOf(options).others !== undefined) {
      throw new OptionsError(
        'bench cluster shows ride codes and chips: --family transit-qr, chip-oda or both',
      );
    }
    const objective = objectiveOf('cluster', RIGHT_AND_ANSWERED, ['unanswered', 'wrong'], options.failOn);
    const busy = loadWarning();
    progress.step('nats-server and redis-server');
    const servers = await startServers();
    const runs: Run[] = [];
    try {
      const open = async (more: BenchOptions['settings']) => {
        const run = await Run.open({
          options: { ...options, settings: { limits: CAPACITY_LIMITS, ...options.settings, ...more } },
          progress,
          cards: options.cards ?? CAPACITY_CARDS,
          chips: options.chips ?? 'sm2',
          plan: { ...SOUND, rides: ridesOf(options) },
          onGateway,
        });
        runs.push(run);
        return run;
      };
      const alone = await open({});
      const together = await open({ cluster: servers.settings });
      const measured = await measure(alone, together);
      const outcome = outcomeOf(measured, options, servers);
      oneReport(alone, together);
      const result = resultOf(cluster, together, outcome, { busy, objective });
      return {
        // Ports and keys are of this run alone.
        result: { ...result, settings: withoutCluster(result.settings) },
        wrong: alone.wrong + together.wrong,
        lost: alone.lost + together.lost,
      };
    } finally {
      for (const run of runs) await run.close();
      await servers.stop();
    }
  },
};

interface Servers {
  readonly nats: BenchNats;
  readonly redis: BenchServer;
  /** Of a gateway's `cluster`. */
  readonly settings: Readonly<Record<string, unknown>>;
  stop(): Promise<void>;
}

async function startServers(): Promise<Servers> {
  const nats = await startBenchNats();
  const redis = await startBenchRedis().catch(async (cause) => {
    await nats.stop();
    throw cause;
  });
  const folder = mkdtempSync(join(tmpdir(), 'onecard-bench-cluster-'));
  const keysFile = join(folder, 'keys');
  writeFileSync(keysFile, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  return {
    nats,
    redis,
    settings: {
      name: 'bench-city',
      keys_file: keysFile,
      store: { urls: [redis.url] },
      bus: { servers: [nats.url] },
    },
    async stop() {
      await Promise.all([nats.stop(), redis.stop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Measured {
  readonly cost: PairedCost;
  /** Up to the search for capacity, which asks too much on purpose. */
  readonly asked: Asked;
  readonly capacities: readonly [alone: Capacity, together: Capacity];
}

async function measure(alone: Run, together: Run): Promise<Measured> {
  const { rate, seconds } = together.options;
  const phase = { rate: rate ?? RATE, seconds: seconds ?? SECONDS };
  const pairs = await drivePairs({ alone, together }, NAMES, phase);
  const asked = await questionsOf(together);
  const capacities = [await findCapacity(alone), await findCapacity(together)] as const;
  return { cost: pairedCost(pairs), asked, capacities };
}

interface Asked {
  readonly answered: number;
  /** Late, failed or not asked: decided alone. */
  readonly alone: number;
}

async function questionsOf({ gateway }: Run): Promise<Asked> {
  const byOutcome = gateway.admin === null ? new Map<string, number>() : await storeQuestions(gateway.admin);
  const all = [...byOutcome.values()].reduce((sum, count) => sum + count, 0);
  const answered = byOutcome.get('answered') ?? 0;
  return { answered, alone: all - answered };
}

function outcomeOf({ cost, asked, capacities }: Measured, options: BenchOptions, { nats, redis }: Servers) {
  const [alone, together] = capacities;
  const part = alone.rateHeld === 0 ? 0 : together.rateHeld / alone.rateHeld;
  const rides = ridesOf(options);
  const figures: RunResult['figures'] = [
    { name: 'main thread, more per tap', value: cost.mainUs, unit: 'µs' },
    ...(rides === 0 ? [] : [{ name: 'the same per tap that asks', value: cost.mainUs / rides, unit: 'µs' }]),
    { name: 'all threads, more per tap', value: cost.allUs, unit: 'µs' },
    { name: 'p50, more', value: cost.p50Ms, unit: 'ms' },
    { name: 'p99, more', value: cost.p99Ms, unit: 'ms' },
    { name: 'questions to the store, answered', value: asked.answered, unit: '' },
    { name: 'questions to the store, not in time: decided alone', value: asked.alone, unit: '' },
    { name: 'capacity alone', value: alone.rateHeld, unit: 'taps/s' },
    { name: 'capacity in a cluster', value: together.rateHeld, unit: 'taps/s' },
    { name: 'in a cluster ÷ alone', value: part, unit: '' },
    { name: 'nats-server', value: nats.version, unit: '' },
    { name: 'redis-server', value: redis.version, unit: '' },
  ];
  return {
    title: 'One gateway alone and in a cluster',
    headline: { name: 'in a cluster ÷ alone', value: part, unit: '' },
    figures,
    checks: [...checksOf(cost, part, rides), ...(rides === 0 ? [] : [askedCheck(asked)])],
    tables: [pairsTable(cost, NAMES), ...capacityTables(capacities, NAMES, options.sloP99Ms)],
  };
}

function checksOf({ mainUs, p99Ms }: PairedCost, part: number, rides: number): readonly Check[] {
  const us = rides === 0 ? mainUs : mainUs / rides;
  const check = (name: string, limit: string, seen: string, passed: boolean): Check => ({
    name,
    limit,
    seen,
    passed,
  });
  return [
    check(
      'shared replay, main thread',
      `at most ${PROMISED.mainUs} µs`,
      `${compact(us)} µs`,
      us <= PROMISED.mainUs,
    ),
    check(
      'shared replay, p99',
      `at most ${PROMISED.p99Ms} ms more`,
      `${compact(p99Ms)} ms`,
      p99Ms <= PROMISED.p99Ms,
    ),
    check(
      'capacity in a cluster',
      `at least ${PROMISED.capacityPart * 100} % of alone`,
      `${(100 * part).toFixed(0)} %`,
      part >= PROMISED.capacityPart,
    ),
  ];
}

/** Else nothing was measured. */
function askedCheck({ answered, alone }: Asked): Check {
  const limit = 'most questions answered in time';
  const passed = answered > 0 && answered > alone;
  return { name: 'shared replay, asked', limit, seen: `${answered} answered, ${alone} not`, passed };
}

function withoutCluster(settings: RunResult['settings']): RunResult['settings'] {
  const { cluster: _, ...rest } = settings;
  return rest;
}
