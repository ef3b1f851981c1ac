/** The composition root: the one place where the parts of the gateway are built and tied together. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadScenes, type SceneTable } from '../config/scenes.ts';
import type { Limits, Settings } from '../config/settings.ts';
import { chooseEngine } from '../workers/engine/choose.ts';
import type { CacheLimits } from '../workers/families/family.ts';
import { FAMILIES } from '../workers/families/table.ts';
import { ProvePool } from '../workers/pool.ts';
import { createDeviceAuth } from './devices/auth.ts';
import { openDeviceStore } from './devices/device-store.ts';
import { watchRevocations } from './devices/revocations.ts';
import { type LmdbJournal, openJournal } from './journal/lmdb-journal.ts';
import type { DocumentList as CardList } from './lists/document-list.ts';
import type { Log } from './observe/log.ts';
import { createMetrics, type Metrics } from './observe/metrics.ts';
import { connectPlatform, type PlatformLink } from './platform/link.ts';
import { modeOf } from './tap/4-status.ts';
import { Pipeline } from './tap/pipeline.ts';
import { ReplayWindow } from './tap/replay-window.ts';
import { createTransport } from './transport/http.ts';
import type { HealthReport, Transport } from './transport/transport.ts';
import { readTrustFile, type Trust } from './trust-in-force.ts';

export interface GatewayAddress {
  readonly host: string;
  readonly port: number;
  readonly http: string;
  readonly gate: string;
}

export interface Gateway {
  /** Opens storage, loads trust, warms up the threads, listens. Rejects with what cannot be used. */
  start(): Promise<GatewayAddress>;
  /** Tells the gates, answers what was taken, closes. */
  stop(): Promise<void>;
  /** Resolves when storage shared by all is in doubt: the process should end and start clean. */
  readonly failed: Promise<Error>;
}

export interface GatewayOptions {
  readonly log: Log;
  /** Another entry module for the proving threads: tests put a faulty one here. */
  readonly threadEntry?: URL;
}

/** The gateway cannot start; the message says what to mend. */
export class GatewayStartError extends Error {
  override readonly name = 'GatewayStartError';
}

/** How long gates have to read their answers and take leave. */
const DRAIN_GRACE_MS = 1_000;

interface Parts {
  readonly pool: ProvePool;
  readonly pipeline: Pipeline;
  readonly transport: Transport;
}

/** What is open, in the order to close it in: also when something later could not be opened. */
class Opened {
  readonly #closing: (() => unknown)[] = [];

  /** Closes before everything that was added earlier. */
  add(close: () => unknown): void {
    this.#closing.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }
}

export function createGateway(settings: Settings, options: GatewayOptions): Gateway {
  const { log } = options;
  let reportFailure: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    reportFailure = resolve;
  });
  let parts: Parts | null = null;
  const opened = new Opened();
  return {
    failed,
    async start() {
      if (parts) throw new Error('the gateway is already started');
      warnOfDurability(settings, log);
      try {
        parts = await build(settings, options, opened, reportFailure);
        const address = addressOf(settings, await parts.transport.listen());
        parts.pipeline.open();
        const { size: threads } = parts.pool;
        log.info(
          { ...address, threads, durability: settings.journal.durability, ...engineInfo() },
          'listening',
        );
        return address;
      } catch (cause) {
        await opened.close();
        throw cause;
      }
    },
    async stop() {
      if (!parts) return;
      const { pipeline, transport } = parts;
      parts = null;
      const left = transport.drain(DRAIN_GRACE_MS);
      await pipeline.drain();
      await left;
      await opened.close();
      log.info('stopped');
    },
  };
}

function addressOf({ listen }: Settings, { host, port }: { host: string; port: number }): GatewayAddress {
  const scheme = listen.tls ? 's' : '';
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    host,
    port,
    http: `http${scheme}://${name}:${port}`,
    gate: `ws${scheme}://${name}:${port}/v1/gate`,
  };
}

async function build(
  settings: Settings,
  { log, threadEntry }: GatewayOptions,
  opened: Opened,
  reportFailure: (error: Error) => void,
): Promise<Parts> {
  const { limits, workers } = settings;
  const scenes = loadScenes(settings.scenes_file);
  const metrics = createMetrics();
  const journal = journalOf(settings, metrics, log, reportFailure);
  opened.add(() => journal.close());
  const platform = settings.platform
    ? await connectPlatform({ settings, folder: join(settings.data_dir, 'platform'), journal, log, metrics })
    : null;
  opened.add(() => platform?.close());
  const trust = platform ? platform.trust : trustFromFile(settings);
  const cardList = (): CardList | null => platform?.cardList ?? null;
  const devices = openDeviceStore(join(settings.data_dir, 'devices'));
  opened.add(() => devices.close());
  const pool = new ProvePool(
    {
      threads: workers.threads || Math.max(1, availableParallelism() - 1),
      hangMs: workers.hang_ms,
      cacheLimits: cacheLimits(settings),
      onFree: () => pipeline.feed(),
      onFault: (fault, detail) => {
        metrics.threadReplaced(fault);
        log.error({ fault, detail }, 'a proving thread was replaced');
      },
      ...(threadEntry && { entry: threadEntry }),
    },
    trust,
  );
  opened.add(() => pool.close());
  const replay = rebuiltReplay(journal, limits, scenes);
  const pipeline: Pipeline = new Pipeline({
    gatewayId: settings.gateway_id,
    limits,
    workers,
    scenes,
    journal,
    pseudonyms: journal.pseudonyms,
    replay,
    cardList,
    pool,
    events: {
      ...metrics.events,
      fault: (where, cause) => {
        metrics.faultSeen(where);
        log.error({ where, error: (cause as Error).message }, 'a fault on the path of a tap');
      },
    },
  });
  platform?.onTrust((next: Trust) => {
    pool.setTrust(next);
    log.info({ revision: next.revision }, 'new trust in force');
  });
  const transport = createTransport({
    settings,
    families: FAMILIES,
    intake: pipeline,
    devices: createDeviceAuth({ ...devices, gatewayId: settings.gateway_id, limits, now: Date.now }),
    health: {
      live: () => ({ ok: journal.refusal === null, checks: { journal: journal.refusal?.code ?? 'ok' } }),
      ready: () => readiness(journal, pipeline, pool, platform),
    },
    metrics,
    log,
  });
  opened.add(() => transport.close());
  metrics.watch({
    depth: (deviceClass) => pipeline.depth(deviceClass),
    inFlight: () => pipeline.inFlight,
    connections: () => transport.connections,
    replayEntries: () => replay.size,
    listedCards: () => cardList()?.size ?? 0,
    mode: () => modeOf(cardList(), Date.now()),
  });
  const revocations = watchRevocations({
    registry: devices.registry,
    connected: () => transport.connectedDevices,
    disconnect: (deviceId, code) => transport.disconnect(deviceId, code),
    onFault: (error) => {
      metrics.faultSeen('devices');
      log.error({ error: error.message }, 'the devices could not be looked at for revocations');
    },
  });
  opened.add(() => revocations.stop());
  await pool.start();
  return { pool, pipeline, transport };
}

function journalOf(
  settings: Settings,
  metrics: Metrics,
  log: Log,
  reportFailure: (error: Error) => void,
): LmdbJournal {
  const { durability, max_bytes: maxBytes } = settings.journal;
  return openJournal({
    dir: join(settings.data_dir, 'journal'),
    durability,
    maxBytes,
    onFailed: reportFailure,
    onDamaged: (error) => {
      metrics.faultSeen('journal_damaged');
      log.error({ error: error.message }, 'a damaged journal record was passed over');
    },
    onLost: (records, error) => {
      metrics.faultSeen('journal_lost');
      log.error({ records, error: error.message }, 'decisions that were answered could not be kept');
    },
  });
}

/** Which signature engine runs, and why those before it do not. */
function engineInfo() {
  const { engine, considered } = chooseEngine();
  const passed = considered.filter(({ whyNot }) => whyNot !== null);
  return { engine: engine.name, engines_passed_over: passed.map(({ name, whyNot }) => `${name}: ${whyNot}`) };
}

function cacheLimits({ limits }: Settings): CacheLimits {
  return { cachedChains: limits.cached_chains, cachedAuthorisations: limits.cached_authorisations };
}

function trustFromFile(settings: Settings): Trust {
  if (settings.trust_file === undefined) throw new GatewayStartError('neither a platform nor a trust file');
  return readTrustFile(settings.trust_file);
}

/** Remembers what was used before the last stop, or crash, and could still be shown again. */
function rebuiltReplay(journal: LmdbJournal, limits: Limits, scenes: SceneTable): ReplayWindow {
  const now = Date.now();
  const window = new ReplayWindow(limits.replay_entries, now);
  const horizonMs = Math.max(limits.replay_window_ms, scenes.replayableMsMax);
  for (const { replay } of journal.since(now - horizonMs)) {
    if (replay.key && replay.untilMs > now) window.take(replay.key, replay.untilMs, now);
  }
  return window;
}

function readiness(
  journal: LmdbJournal,
  pipeline: Pipeline,
  pool: ProvePool,
  platform: PlatformLink | null,
): HealthReport {
  const mode = modeOf(platform?.cardList ?? null, Date.now());
  return {
    ok: journal.refusal === null && pipeline.isOpen && pool.size > 0,
    checks: {
      accepting: pipeline.isOpen,
      journal: journal.refusal?.code ?? 'ok',
      room_batches: pool.room,
      mode,
      list_revision: platform?.cardList?.revision ?? null,
    },
  };
}

function warnOfDurability({ journal }: Settings, log: Log): void {
  if (journal.durability === 'commit') {
    log.warn('journal.durability is commit: answers may be lost when the machine (not the process) crashes');
  }
  if (journal.durability === 'none') {
    log.warn('journal.durability is none: answers leave before they are kept, and may be lost in any crash');
  }
}
