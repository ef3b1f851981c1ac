/**
 * A city on this machine: real servers, and in three threads its gateways at the store, its gateways on the bus, and the
 * platform. First each kind of traffic alone, from which the model is made; then all together, at each rate.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../drive/progress.ts';
import { loadWarning } from '../drive/result-of.ts';
import { type BenchNats, type BenchServer, startBenchNats, startBenchRedis } from '../drive/servers.ts';
import { thisMachine } from '../machine.ts';
import type {
  CitySide,
  GatewaysOnBusFigures,
  LoadOrder,
  PlatformFigures,
  QuestionFigures,
} from './city-orders.ts';
import { type CityReport, type CityRun, type LoadReport, loadReport } from './city-report.ts';
import { ServerFigures, type ServerTotals } from './server-figures.ts';
import { SideThread } from './side-thread.ts';
import {
  type Calibration,
  NO_TRAFFIC,
  type Parts,
  partsOf,
  predicted,
  type Seen,
  type Traffic,
  type Used,
} from './traffic.ts';
import { UPLOAD_IDLE_MS, uploadsPerS } from './upload-pace.ts';

export interface CityOptions {
  readonly gateways: number;
  /** Questions, and records, a second of all gateways together. */
  readonly rates: readonly number[];
  readonly seconds: number;
  readonly deltasPerS: number;
  readonly seed: string;
  /** Servers that run already; null: the bench starts its own. */
  readonly nats: string | null;
  readonly store: string | null;
}

const CLUSTER = 'bench';
const HEAD_START_MS = 500;
/** Of each kind alone: enough to be told from nothing. */
/** Per second; `records`: in a large upload. */
const ALONE = { questions: 2_000, deltas: 5, uploading: 200, records: 20 } as const;
const UPLOADS_PER_GATEWAY = 1_000 / UPLOAD_IDLE_MS;
const WARM_UP_S = 2;
const MS_PER_S = 1_000;
const SHOW_MS = 200;

export async function runCity(options: CityOptions, progress: Progress): Promise<CityReport> {
  const startedAtMs = Date.now();
  const busy = loadWarning();
  progress.step('nats-server and redis-server');
  const nats = await startBenchNats(options.nats);
  let redis: BenchServer | null = null;
  let city: City | null = null;
  try {
    redis = await startBenchRedis(options.store);
    city = await City.open(options, nats, redis, progress);
    const run = await city.measure();
    const { cpu, cores, memoryGiB, kernel, node, openssl, commit } = thisMachine();
    const warnings = [...(busy === null ? [] : [busy]), ...run.warnings];
    return {
      ...{ v: 1, bench: 'city', started_at: new Date(startedAtMs).toISOString(), commit },
      seconds: (Date.now() - startedAtMs) / 1_000,
      options: { ...options, rates: [...options.rates] },
      machine: { cpu, cores, memory_gib: memoryGiB, kernel },
      versions: { node, openssl, 'nats-server': nats.version, 'redis-server': redis.version },
      ...{ ...run, warnings },
    };
  } finally {
    await city?.close();
    await redis?.stop();
    await nats.stop();
    progress.done();
  }
}

/** What one load came to, before anything is made of it. */
interface Driven {
  readonly seen: Seen;
  readonly questions: QuestionFigures | null;
  readonly bus: GatewaysOnBusFigures;
  readonly platform: PlatformFigures;
}

class City {
  readonly #options: CityOptions;
  readonly #progress: Progress;
  readonly #figures: ServerFigures;
  readonly #atStore: SideThread;
  readonly #onBus: SideThread;
  readonly #platform: SideThread;

  private constructor(options: CityOptions, figures: ServerFigures, side: CitySide, progress: Progress) {
    this.#options = options;
    this.#progress = progress;
    this.#figures = figures;
    this.#platform = new SideThread(new URL('./platform-on-bus.ts', import.meta.url), side);
    this.#onBus = new SideThread(new URL('./gateways-on-bus.ts', import.meta.url), side);
    this.#atStore = new SideThread(new URL('./gateways-at-store.ts', import.meta.url), side);
  }

  static async open(
    options: CityOptions,
    nats: BenchNats,
    redis: BenchServer,
    progress: Progress,
  ): Promise<City> {
    const { gateways, seed } = options;
    const side = { cluster: CLUSTER, store: redis.url, bus: nats.url, gateways, seed };
    const city = new City(options, await ServerFigures.open(nats, redis), side, progress);
    try {
      progress.step(`${gateways} gateways connect`);
      await city.#platform.ask('open');
      await city.#onBus.ask('open');
      await city.#atStore.ask('open');
      return city;
    } catch (error) {
      await city.close();
      throw error;
    }
  }

  async measure(): Promise<CityRun> {
    const { rates } = this.#options;
    // Until code is compiled everything costs more.
    await this.#drive('warm-up', this.#whole(Math.min(...rates)), this.#options.gateways, WARM_UP_S);
    const calibration = await this.#calibrate();
    const parts = partsOf(calibration);
    const before = await this.#figures.totals();
    const loads: LoadReport[] = [];
    for (const rate of rates) loads.push(await this.#load(rate, parts));
    const after = await this.#figures.totals();
    return {
      store_bytes_per_key: bytesPerKey(before, after),
      real: {
        gateways: this.#options.gateways,
        bus_connections: before.bus?.connections ?? null,
        bus_memory_bytes: before.busMemoryBytes,
        store_connections: this.#options.gateways + 1,
      },
      parts,
      loads,
      passed: loads.every(({ faults }) => faults.length === 0),
      warnings: loads.flatMap(({ rate, warnings }) => warnings.map((each) => `${rate}/s: ${each}`)),
    };
  }

  async close(): Promise<void> {
    for (const side of [this.#atStore, this.#onBus, this.#platform]) await side.end();
    this.#figures.close();
  }

  /** All traffic of a city whose gateways are shown so many presentations a second. */
  #whole(rate: number): Traffic {
    const { gateways, deltasPerS } = this.#options;
    const uploads = uploadsPerS(gateways, rate / gateways);
    return { questions: rate, records: rate, uploads, deltas: deltasPerS, words: gateways };
  }

  /** Each kind of traffic alone. */
  async #calibrate(): Promise<Calibration> {
    const { gateways } = this.#options;
    const alone = async (name: string, traffic: Partial<Traffic>, uploading = 0): Promise<Seen> =>
      (await this.#drive(`${name} alone`, { ...NO_TRAFFIC, ...traffic }, uploading)).seen;
    const uploading = Math.min(gateways, ALONE.uploading);
    const uploads = uploading * UPLOADS_PER_GATEWAY;
    return {
      idle: (await alone('nothing', {})).used,
      questions: await alone('questions', { questions: ALONE.questions }),
      deltas: await alone('deltas', { deltas: ALONE.deltas }),
      words: await alone('words of gateways', { words: gateways }),
      small: await alone('small uploads', { uploads, records: uploads }, uploading),
      large: await alone('large uploads', { uploads, records: uploads * ALONE.records }, uploading),
    };
  }

  async #load(rate: number, parts: Parts): Promise<LoadReport> {
    const traffic = this.#whole(rate);
    const driven = await this.#drive(`${rate}/s`, traffic, this.#options.gateways);
    const baseline = await this.#baseline(rate);
    const model = predicted(parts, traffic);
    return loadReport({ rate, traffic, ...driven, model, baseline, gateways: this.#options.gateways });
  }

  async #baseline(rate: number): Promise<QuestionFigures> {
    const { seconds } = this.#options;
    const traffic = { ...NO_TRAFFIC, questions: rate };
    this.#progress.step(`${rate}/s: the least a client can be`);
    await this.#atStore.ask('prepare', { seconds, traffic });
    const startAtMs = Date.now() + HEAD_START_MS;
    this.#showProgress(startAtMs, seconds);
    return await this.#atStore.ask('baseline', { seconds, traffic, startAtMs, uploading: 0 });
  }

  async #drive(
    name: string,
    traffic: Traffic,
    uploading: number,
    seconds = this.#options.seconds,
  ): Promise<Driven> {
    this.#progress.step(name);
    if (traffic.questions > 0) await this.#atStore.ask('prepare', { seconds, traffic });
    const startAtMs = Date.now() + HEAD_START_MS;
    const order: LoadOrder = { seconds, startAtMs, traffic, uploading };
    const asking = traffic.questions > 0 ? this.#atStore.ask<QuestionFigures>('load', order) : null;
    const resting = asking === null ? this.#atStore.ask<Pick<QuestionFigures, 'cpuUs'>>('idle', order) : null;
    const speaking = this.#onBus.ask<GatewaysOnBusFigures>('load', order);
    const publishing = this.#platform.ask<PlatformFigures>('load', order);
    this.#showProgress(startAtMs, seconds);
    await sleep(startAtMs - Date.now());
    const before = await this.#figures.totals();
    await sleep(startAtMs + seconds * MS_PER_S - Date.now());
    const after = await this.#figures.totals();
    const [questions, bus, platform] = [await asking, await speaking, await publishing];
    const storeClientUs = (questions ?? (await resting))?.cpuUs ?? 0;
    const used = usedBetween(before, after, {
      storeClientUs: storeClientUs / seconds,
      busClientUs: bus.cpuUs / seconds,
    });
    const seen: Traffic = {
      questions: (questions?.answered ?? 0) / seconds,
      uploads: platform.uploads / seconds,
      records: platform.records / seconds,
      deltas: platform.published.length / seconds,
      words: bus.words / seconds,
    };
    return { seen: { traffic: seen, used }, questions, bus, platform };
  }

  #showProgress(startAtMs: number, seconds: number): void {
    const end = startAtMs + seconds * MS_PER_S;
    const timer = setInterval(() => {
      const done = 1 - (end - Date.now()) / (end - startAtMs);
      if (done >= 1) clearInterval(timer);
      this.#progress.part(done);
    }, SHOW_MS);
    timer.unref();
  }
}

/** Over all loads: a table of keys grows in leaps. */
function bytesPerKey({ store: first }: ServerTotals, { store: last }: ServerTotals): number | null {
  if (first === null || last === null || last.keys <= first.keys) return null;
  return (last.memoryBytes - first.memoryBytes) / (last.keys - first.keys);
}

/** Per second. */
function usedBetween(
  before: ServerTotals,
  after: ServerTotals,
  clients: Pick<Used, 'storeClientUs' | 'busClientUs'>,
): Used {
  const seconds = (after.atMs - before.atMs) / MS_PER_S;
  const perS = (of: (totals: ServerTotals) => number | null | undefined) => {
    const [first, last] = [of(before), of(after)];
    return first == null || last == null ? null : (last - first) / seconds;
  };
  return {
    storeOperations: perS(({ store }) => store?.commands),
    storeBytesIn: perS(({ store }) => store?.bytesIn),
    storeBytesOut: perS(({ store }) => store?.bytesOut),
    storeServerUs: perS(({ storeCpuUs }) => storeCpuUs),
    busMessagesIn: perS(({ bus }) => bus?.messagesIn),
    busMessagesOut: perS(({ bus }) => bus?.messagesOut),
    busBytesIn: perS(({ bus }) => bus?.bytesIn),
    busBytesOut: perS(({ bus }) => bus?.bytesOut),
    busServerUs: perS(({ busCpuUs }) => busCpuUs),
    ...clients,
  };
}
