/** The composition root: the one place where the parts of the gateway are built and connected. */
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { assertKnownAnswers, type KnownAnswer } from '../../crypto/self-test/known-answer.ts';
import { answersAtStart } from '../../crypto/self-test/start.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { FAMILIES, RESOLVED_FAMILIES } from '../../workers/families/table.ts';
import type { ProvePool } from '../../workers/pool.ts';
import { AloneLog } from '../cluster/members/alone-log.ts';
import type { PasswordCost } from '../desk/messages.ts';
import { createDeviceAuth } from '../devices/auth.ts';
import { openDeviceStore } from '../devices/device-store.ts';
import { CARDS } from '../knowledge/cards/follow-cards.ts';
import { type Clocks, MACHINE_CLOCKS } from '../knowledge/clock/clocks.ts';
import type { Log } from '../observe/log.ts';
import { createMetrics } from '../observe/metrics.ts';
import { packageVersion } from '../observe/package-version.ts';
import type { Scheduling } from '../scheduling/tap-threads.ts';
import type { FolderLock } from '../storage/folder-lock.ts';
import { createScan } from '../tap/1-decode/scan.ts';
import { Challenges } from '../tap/2-admit/challenges.ts';
import { longestInsideMs } from '../tap/5-decide/rebuilt-passages.ts';
import { ownNames, rememberedNames } from '../tap/5-decide/remembered-names.ts';
import { Pipeline, type PipelineOptions } from '../tap/pipeline.ts';
import type { TryOut } from '../transport/admin/messages.ts';
import { docPages } from '../transport/admin/page-files.ts';
import { createTransport } from '../transport/http.ts';
import { serverLibrary } from '../transport/server-library.ts';
import type { Transport } from '../transport/transport.ts';
import { serveOperators } from './admin-side.ts';
import { CityInForce } from './city-in-force.ts';
import { buildClock } from './clock-side.ts';
import { buildClusterSide } from './cluster-side.ts';
import { serveDesk } from './desk-side.ts';
import { tellUnsaid, tokensOfCluster, warnOfUnknownScenes, watchDevices } from './device-side.ts';
import { keepEpochs } from './epoch-keeper.ts';
import { checkFileLimit } from './file-limit.ts';
import { areFormerNamesAsked } from './former-names.ts';
import { addressOf, type GatewayAddress } from './gateway-address.ts';
import { watchGauges } from './gauges.ts';
import { buildJournal, keepRoom } from './journal-side.ts';
import { HeldKeys } from './keys-side.ts';
import { Leaving } from './leave.ts';
import { startLinkAhead } from './link-ahead.ts';
import type { LinkThreadOptions } from './link-thread-options.ts';
import { buildLog } from './log-side.ts';
import { serveMembers } from './members-side.ts';
import { explainedLmdb, ownJournal } from './own-journal.ts';
import { rebuiltPassageMemory } from './passage-memory.ts';
import { buildPlatformSide, type PlatformSide } from './platform-side.ts';
import { buildPool, startProvers } from './proving-side.ts';
import { healthOf } from './readiness.ts';
import { buildReceipts } from './receipts-side.ts';
import { Reloads } from './reload.ts';
import type { Reloaded } from './reloaded.ts';
import { rebuiltReplay, replayHorizonMs } from './replay-memory.ts';
import { ClosingStack, lockDataFolder, openRun, type Recovered, recoveredFrom, reportDeath } from './run.ts';
import { sayListening, warnOfDurability } from './said-at-start.ts';
import { tapEvents } from './tap-events.ts';

export type { GatewayAddress } from './gateway-address.ts';
export { GatewayStartError } from './start-error.ts';

export interface Gateway {
  /**
   * Takes the data folder, opens storage, loads trust, warms up the threads, listens. Rejects with what cannot be used:
   * FolderTakenError when another process has the folder.
   */
  start(): Promise<GatewayAddress>;
  /**
   * Takes up scenes, TLS files, tokens and the log level as these settings have them now; no tap and no connection is
   * lost. Rejects with ReloadError, and everything stays as it was, when one of them cannot be used.
   */
  reload(settings: Settings): Promise<Reloaded>;
  /** Tells the gates, answers what was taken, closes. */
  stop(): Promise<void>;
  /** Resolves when storage shared by all is in doubt: the process should end and start clean. */
  readonly failed: Promise<Error>;
}

export interface GatewayOptions extends LinkThreadOptions {
  readonly log: Log;
  /** Another entry module for the proving threads: tests put a faulty one here. */
  readonly threadEntry?: URL;
  /** The same for the thread that asks the store of a cluster. */
  readonly storeEntry?: URL;
  /** The same for the thread that serves operators. */
  readonly adminEntry?: URL;
  /** The same for the thread that signs receipts. */
  readonly receiptEntry?: URL;
  /** The same for the thread of the hotel desk. */
  readonly deskEntry?: URL;
  /** For a demonstration: `/` of the public address leads to the page for people, on which ride codes can be tried. */
  readonly demonstration?: Demonstration;
  /** Called once all threads run, before the first tap; what it returns is logged. What it throws ends the start. */
  readonly schedule?: () => Scheduling;
  /** Default: the machine's. Tests set theirs. */
  readonly clocks?: Clocks;
  /** The data folder's, where the caller has it already and goes on holding it. */
  readonly folderLock?: FolderLock;
  /** Free bytes of the disk a folder is on; default: what the system says. Tests set theirs. */
  readonly freeDiskBytes?: (folder: string) => Promise<number>;
  /** Sets aside the journal that is there, and begins a new one; the log says what is lost. */
  readonly newJournal?: boolean;
  /** Starts although records of used credentials are damaged; the log names those that may pass again. */
  readonly acceptDamage?: boolean;
  /** Where the hotel desk says what it says once, its first password; default: standard error. Never a log. */
  readonly onSaidOnce?: (text: string) => void;
  /** Of the desk's passwords; default: what protects them. Tests take less: it is no setting. */
  readonly deskPasswordCost?: PasswordCost;
  /** What algorithms must give before anything is made with them; default: `answersAtStart`. Tests set a wrong one. */
  readonly knownAnswers?: readonly KnownAnswer[];
}

export interface Demonstration {
  readonly tryOut: TryOut;
}

interface Parts {
  readonly platform: PlatformSide;
  readonly pool: ProvePool;
  readonly pipeline: Pipeline;
  readonly transport: Transport;
  /** Base address for operators. */
  readonly admin: string;
  /** Base address of the hotel desk; null: there is none. */
  readonly desk: string | null;
  readonly recovered: Recovered;
  readonly reloads: Reloads;
  readonly leaving: Leaving;
  readonly landing: Landing;
}

/** Where a page leads; known once both addresses are open. */
interface Landing {
  http: string;
  admin: string;
}

export function createGateway(settings: Settings, options: GatewayOptions): Gateway {
  const { log } = options;
  let reportFailure: (error: Error) => void = () => {};
  const failed = new Promise<Error>((resolve) => {
    reportFailure = resolve;
  });
  let parts: Parts | null = null;
  const closing = new ClosingStack();
  return {
    failed,
    async start() {
      if (parts) throw new Error('the gateway is already started');
      warnOfDurability(settings, log);
      try {
        // Before anything is opened: without it there is no gateway.
        serverLibrary();
        checkFileLimit(settings.limits, log);
        await assertKnownAnswers(
          options.knownAnswers ?? answersAtStart(settings.crypto.profile, settings.hotel !== undefined),
        );
        if (!options.folderLock) {
          const lock = lockDataFolder(settings);
          // Closed last: until then something may be written.
          closing.add(() => lock.release());
        }
        const run = openRun(settings, log, closing);
        parts = await build(settings, options, closing, reportFailure);
        reportDeath(run, parts.recovered, log);
        const scheduling = options.schedule?.();
        const { admin, desk } = parts;
        const address = {
          ...addressOf(settings, await parts.transport.listen()),
          ...{ admin, ...(desk !== null && { desk }) },
        };
        parts.landing.http = address.http;
        parts.pipeline.open();
        sayListening(settings, log, { ...address, threads: parts.pool.size, ...scheduling });
        return address;
      } catch (cause) {
        parts = null;
        await closing.close();
        throw cause;
      }
    },
    async reload(next) {
      if (!parts) throw new Error('the gateway is not running');
      return parts.reloads.reload(next);
    },
    async stop() {
      if (!parts) return;
      const going = parts;
      parts = null;
      await going.leaving.leave({ settings, ...going });
      await closing.close();
      log.info('stopped');
    },
  };
}

async function build(
  settings: Settings,
  options: GatewayOptions,
  closing: ClosingStack,
  reportFailure: (error: Error) => void,
): Promise<Parts> {
  const { log, threadEntry, linkEntry, clocks = MACHINE_CLOCKS, freeDiskBytes } = options;
  const { newJournal = false, acceptDamage = false, adminEntry, storeEntry, demonstration } = options;
  const { limits, workers } = settings;
  const landing: Landing = { http: '', admin: '' };
  const linkAhead = await startLinkAhead(settings, options, closing);
  const metrics = createMetrics();
  const city = new CityInForce({ settings, metrics, log });
  const { scenes } = city;
  const time = buildClock({ settings, scenes, clocks, metrics, log }, closing);
  const { clock, forgetting, watch } = time;
  const now = () => clock.now();
  const horizonMs = replayHorizonMs(limits, scenes);
  city.rememberedMs = horizonMs;
  const journal = await ownJournal({
    settings,
    log,
    open: () => buildJournal(settings, metrics, log, reportFailure, freeDiskBytes),
    beginAnew: newJournal,
    horizonMs,
    nowMs: now(),
  });
  closing.add(() => journal.close());
  const heldKeys = new HeldKeys({ settings, metrics, log }, closing);
  const logSide = await buildLog({
    ...{ settings, journal, heldKeys, metrics, log, now, acceptDamage },
    replayAfter: journal.lastBefore(now() - horizonMs),
    onFailed: reportFailure,
  });
  closing.add(() => logSide.log.stop());
  const former = areFormerNamesAsked(journal, now() - Math.max(horizonMs, longestInsideMs(scenes)));
  const neededMs = () => Math.max(horizonMs, longestInsideMs(scenes));
  const space = keepRoom({ settings, journal, neededMs, forgetting, metrics, log });
  closing.add(() => space.stop());
  const epochs = keepEpochs({ journal, space, replayHorizonMs: horizonMs, metrics, log, now });
  const cluster = await buildClusterSide({ settings, metrics, log, clock, storeEntry }, closing);
  const threads = startProvers(
    { settings, cluster, journal, former, metrics, log, threadEntry, onFree: () => pipeline.feed() },
    closing,
  );
  const platform = await buildPlatformSide(
    {
      ...{ settings, scenes, journal, space, epochs, logSide, metrics, log, clock, watch },
      onCity: (document) => city.take(document),
      ...{ linkAhead, ...(linkEntry && { linkEntry }) },
    },
    closing,
  );
  // Before the link ends, which sends the last checkpoint.
  closing.add(() => logSide.log.stop());
  const devices = openDeviceStore(join(settings.data_dir, 'devices'));
  closing.add(() => devices.close());
  const onScenes = () => warnOfUnknownScenes(devices.registry, scenes, log);
  onScenes();
  city.onChange = onScenes;
  const pool = buildPool({ threads, platform, metrics, log });
  closing.add(() => pool.close());
  platform.onTrust((next) => pool.setTrust(next));
  // What the platform has signed since the last stop was seen by now.
  forgetting.restart();
  const remembered = { journal, limits, scenes, nowMs: forgetting.now(), log, acceptDamage };
  const replay = explainedLmdb(settings, () => rebuiltReplay(remembered));
  const passages = explainedLmdb(settings, () =>
    rebuiltPassageMemory({ ...remembered, namesOf: former ? rememberedNames : ownNames }),
  );
  const alone = new AloneLog();
  const events = tapEvents({ settings, metrics, log, alone });
  const { url } = settings.trace;
  const traced = async (untraced: Pick<PipelineOptions, 'pool' | 'events'>) => {
    if (url === undefined) return untraced;
    const { traceTaps } = await import('./trace-side.ts');
    return traceTaps({ ...untraced, settings, url, metrics, log, now }, closing);
  };
  const challenges = new Challenges({
    ...{ families: FAMILIES, scenes, limits, wallClockMs: now },
    code: algorithmFor('challenge', settings.crypto.profile),
    monotonic: () => clock.monotonicMs(),
  });
  const pipeline: Pipeline = new Pipeline({
    gatewayId: settings.gateway_id,
    limits,
    workers,
    scenes,
    challenges,
    journal,
    pseudonyms: journal.pseudonyms,
    formerPseudonyms: journal.formerPseudonyms,
    former,
    replay,
    passages,
    cardList: () => platform.list(CARDS),
    namedList: (name) => platform.list(name),
    tokenStatus: (reference) => platform.tokenStatus.lookup(reference, clock.now()),
    ...(platform.live && { live: platform.live }),
    ...(cluster?.store && { claims: cluster.store.claims }),
    resolving: { families: RESOLVED_FAMILIES, resolver: platform.resolver },
    mode: () => platform.mode.state,
    trustInGrace: (revision) => platform.trustInGrace(revision),
    wallClockMs: now,
    forgetMs: () => forgetting.now(),
    ...(await traced({ pool, events })),
  });
  const leaving = new Leaving();
  const health = healthOf({
    ...{ journal, space, epochs, pipeline, pool, platform, time, heldKeys, journalLog: logSide.log },
    leaving: () => leaving.asked,
  });
  const receipts = await buildReceipts(
    {
      ...{ settings, scenes, journal, journalLog: logSide.log, heldKeys, metrics, log, forgetting, clock },
      entry: options.receiptEntry,
    },
    closing,
  );
  const transport = createTransport({
    settings,
    families: [...FAMILIES, createScan(FAMILIES)],
    intake: pipeline,
    challenges,
    receipts,
    scenes,
    devices: createDeviceAuth({
      ...devices,
      gatewayId: settings.gateway_id,
      clusterTokens: tokensOfCluster(settings, cluster),
      crypto: settings.crypto,
      limits,
      now,
      forgetMs: () => forgetting.now(),
      monotonic: () => clock.monotonicMs(),
      onToken: (deviceId, issuedAtMs, accepted) => watch.deviceSaid(deviceId, issuedAtMs, accepted),
      onUnsaid: tellUnsaid(log, () => clock.monotonicMs()),
    }),
    now,
    health,
    metrics,
    log,
    ...(demonstration && { landing: () => `${landing.admin}/` }),
  });
  closing.add(() => transport.close());
  watchGauges(metrics, {
    ...{ journal, pool, pipeline, transport, replay, passages, platform, space, time },
    journalLog: logSide.log,
    scenes: city.scenes,
  });
  const gates = watchDevices({ devices, transport, platform, metrics, log }, closing);
  const members = serveMembers(
    {
      ...{ settings, platform, journal, space, pipeline, health, metrics, log, time, alone, cluster },
      policyRevision: () => city.scenes.revision,
      leaving: () => leaving.asked,
    },
    closing,
  );
  if (platform.list(CARDS) === null) {
    log.warn({ mode: platform.mode.state.mode }, 'there is no card list: scenes do what they do when closed');
  }
  const [admin, desk] = await Promise.all([
    serveOperators(
      {
        ...{ settings, health, metrics, log, ...(adminEntry && { entry: adminEntry }) },
        about: () => ({
          gateway: settings.gateway_id,
          version: packageVersion(),
          http: landing.http,
          docs: docPages(),
        }),
        ...demonstration,
        ...(members && { cluster: () => members.report() }),
      },
      closing,
    ),
    serveDesk(
      {
        ...{ settings, scenes, platform, journal, clock, metrics, log, challenges, intake: pipeline },
        families: [...FAMILIES, createScan(FAMILIES)],
        outboxWaiting: () => space.unconfirmedRecords,
        ...{ transport, gates, depth: (deviceClass) => pipeline.depth(deviceClass) },
        ...{ onSaidOnce: options.onSaidOnce, entry: options.deskEntry },
        passwordCost: options.deskPasswordCost,
      },
      closing,
    ),
    pool.start(),
  ]);
  landing.admin = admin.url;
  const recovered = recoveredFrom(journal, replay);
  const reloads = new Reloads({
    ...{ settings, city, transport, platform, log, metrics, replayHorizonMs: horizonMs },
    admin: admin.listener,
    onScenes,
  });
  const served = { platform, pool, pipeline, transport, admin: admin.url, desk };
  return { ...served, recovered, reloads, leaving, landing };
}
