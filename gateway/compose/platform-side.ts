/**
 * Builds what the gateway knows of the world outside: trust and lists, whether the platform answers, and the mode that
 * follows. Without a platform there is trust from a file, no list, and nobody to ask.
 */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import type { SceneTable } from '../../config/scenes.ts';
import type { Settings } from '../../config/settings.ts';
import type { CardList } from '../../lists/card-list.ts';
import type { JournalSpace } from '../journal/journal-space.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import { CARDS } from '../knowledge/cards/follow-cards.ts';
import type { SignedPins } from '../knowledge/cards/signed-pins.ts';
import type { ClockWatch } from '../knowledge/clock/clock-watch.ts';
import type { GuardedClock } from '../knowledge/clock/guarded-clock.ts';
import { forcedModeFile } from '../knowledge/mode/forced-mode.ts';
import { watchForcedMode } from '../knowledge/mode/forced-mode-watch.ts';
import { MODES, type ModeState } from '../knowledge/mode/mode.ts';
import { createModeKeeper, type RunningModeKeeper } from '../knowledge/mode/mode-keeper.ts';
import { TokenStatusLists } from '../knowledge/token-status/token-status-lists.ts';
import { FollowedTrust } from '../knowledge/trust/followed-trust.ts';
import { readTrustFile } from '../knowledge/trust/load-trust.ts';
import { canAsk, type StatusKeys, statusKeysOf } from '../knowledge/trust/status-keys.ts';
import type { TrustInForce } from '../knowledge/trust/trust-in-force.ts';
import { connectPlatform, type LinkEvents, type PlatformLink } from '../link/link.ts';
import type { LiveStatus } from '../live/live-answer.ts';
import { createLiveStatus } from '../live/live-status.ts';
import { type Probe, startProbe } from '../live/probe.ts';
import { type CodeResolver, createResolver } from '../live/resolver.ts';
import type { Log } from '../observe/log.ts';
import type { Metrics } from '../observe/metrics.ts';
import type { EpochKeeper } from './epoch-keeper.ts';
import { flushOutbox } from './flush-outbox.ts';
import { journalFolder } from './journal-side.ts';
import { linkEvents } from './link-events.ts';
import type { LogSide } from './log-side.ts';
import { PlatformDoor, renewedToken } from './platform-door.ts';
import type { ClosingStack } from './run.ts';
import { GatewayStartError } from './start-error.ts';
import { tellSynced } from './tell-synced.ts';
import { TrustExpiries } from './trust-expiries.ts';

export interface PlatformSide {
  /** What taps are proven under: newer trust counts once it stands on every thread. */
  readonly trust: TrustInForce;
  /** Newer trust of this revision stands on every thread now. */
  trustLoaded(revision: string): void;
  /** Whether trust of that revision is past its expiry: of the one in force, or of one that a batch was proven with. */
  trustInGrace(revision: string): boolean;
  readonly mode: RunningModeKeeper;
  /** Called after every change of the mode. */
  onMode(listener: (state: ModeState) => void): void;
  /** Called when another gateway of the cluster has enrolled or revoked devices. */
  onDevices(listener: () => void): void;
  /** Called with what became of what this gateway accepted alone, as the platform knows. */
  onOwnReplays(listener: LinkEvents['ownReplays']): void;
  /** The thread that talks to the platform and on the bus; null: there is no platform. */
  readonly link: PlatformLink | null;
  /** Null: there is nobody to ask. */
  readonly live: LiveStatus | null;
  /** Whom to ask what online codes mean; null: nobody. */
  readonly resolver: CodeResolver | null;
  /** Whether trust names the keys that the platform is asked and believed by. */
  readonly believesPlatform: boolean;
  readonly lists: readonly CardList[];
  list(name: string): CardList | null;
  /** PINs signed for desks; null: none. */
  readonly pins: SignedPins | null;
  /** How questions of desks are asked, beside live status; null: there is nobody to ask. */
  readonly asking: ReturnType<typeof askingOf> | null;
  readonly tokenStatus: TokenStatusLists;
  /** Called with every newer trust, also with one that waits already; it is in force after `trustLoaded`. */
  onTrust(listener: (trust: TrustInForce) => void): void;
  /** Prepares the token that a file holds now. Null: it is the same. Throws PlatformError when it cannot be used. */
  renewToken(file: string): { apply(): void } | null;
  /** Scenes that came into force: decisions are judged again under those they were made under. */
  scenes(scenes: SceneTable): void;
  /** At the stop: hands the platform what it does not have yet, within bounds, and says what is left. */
  flush(): Promise<void>;
}

export interface PlatformSideOptions {
  readonly settings: Settings;
  readonly scenes: SceneTable;
  readonly journal: LmdbJournal;
  readonly space: JournalSpace;
  readonly epochs: EpochKeeper;
  readonly logSide: LogSide;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Another entry module for the thread of the link: tests put a faulty one here. */
  readonly linkEntry?: URL;
  /** That thread, as `startLinkAhead` started it. */
  readonly linkAhead: Worker | null;
  readonly clock: GuardedClock;
  readonly watch: ClockWatch;
  /** The city document that the platform publishes. */
  readonly onCity: (document: unknown) => void;
}

/** Rejects with GatewayStartError, TrustError or PlatformError when there is no trust to start with. */
export async function buildPlatformSide(
  options: PlatformSideOptions,
  closing: ClosingStack,
): Promise<PlatformSide> {
  const { settings, log, clock } = options;
  const onTrust: { listener: (next: TrustInForce) => void } = { listener: () => {} };
  const onDevices: (() => void)[] = [];
  const onOwnReplays: LinkEvents['ownReplays'][] = [];
  /** What the mode follows from is other than before. */
  const inputs = { changed: () => {} };
  const door = settings.platform ? new PlatformDoor(settings.platform) : null;
  const link = door
    ? await openLink(options, door, { onTrust, onDevices, onOwnReplays, inputs }, closing)
    : null;
  if (link) options.metrics.memory.watch(() => [['heap_link', link.heapBytes]]);
  const expiries = new TrustExpiries();
  const tell = tellOfTrust(log, link !== null, settings.crypto);
  const following = new FollowedTrust(link?.trust ?? trustFromFile(settings), (next) => {
    expiries.note(next);
    tell(next);
    inputs.changed();
  });
  onTrust.listener = (next) => following.verified(next);
  const trust = () => following.inForce;
  const keys = statusKeysInForce(trust, settings.crypto);
  const probe = door && link ? openProbe(options, door, link, () => mode.refresh(), closing) : null;
  const onMode: ((state: ModeState) => void)[] = [];
  const mode = openMode(options, { trust, link, probe, onMode }, closing);
  inputs.changed = () => mode.refresh();
  return {
    get trust() {
      return trust();
    },
    trustInGrace: (revision) => clock.now() > (expiries.of(revision) ?? trust().expiresAtMs),
    mode,
    onMode: (listener) => void onMode.push(listener),
    onDevices: (listener) => void onDevices.push(listener),
    onOwnReplays: (listener) => void onOwnReplays.push(listener),
    link,
    live: door && probe ? openLive(options, { door, mode, probe, keys }, closing) : null,
    resolver: door && probe ? openResolver(options, { door, mode, probe, keys }, closing) : null,
    get believesPlatform() {
      return canAsk(keys());
    },
    get lists() {
      return link?.lists ?? [];
    },
    list: (name) => link?.list(name) ?? null,
    get pins() {
      return link?.pins ?? null;
    },
    asking: door ? askingOf(options, { door, mode, keys }) : null,
    tokenStatus: new TokenStatusLists({
      profile: options.settings.crypto.profile,
      trust: () => trust().document,
      list: (uri) => link?.tokenStatus(uri) ?? null,
    }),
    trustLoaded: (revision) => following.loaded(revision),
    onTrust: (listener) => following.follow(listener),
    renewToken: (file) => (door && link ? renewedToken(file, door, link) : null),
    scenes: (scenes) => link?.scenes(scenes),
    flush: async () => {
      if (link) await flushOutbox(options, link);
    },
  };
}

interface Listeners {
  readonly onTrust: { listener: (next: TrustInForce) => void };
  readonly onDevices: readonly (() => void)[];
  readonly onOwnReplays: readonly LinkEvents['ownReplays'][];
  readonly inputs: { readonly changed: () => void };
}

async function openLink(
  options: PlatformSideOptions,
  { token }: PlatformDoor,
  { onTrust, onDevices, onOwnReplays, inputs }: Listeners,
  closing: ClosingStack,
): Promise<PlatformLink> {
  const { settings, scenes, journal, logSide, clock } = options;
  const link: PlatformLink = await connectPlatform({
    ...{ settings, token, scenes },
    folder: join(settings.data_dir, 'platform'),
    journalFolder: journalFolder(settings),
    ...(options.linkEntry && { entry: options.linkEntry }),
    ...(options.linkAhead && { ahead: options.linkAhead }),
    clock,
    events: linkEvents({
      ...options,
      onTrust: (next) => onTrust.listener(next),
      ownReplays: (outages) => {
        for (const listener of onOwnReplays) listener(outages);
      },
      devicesChanged: () => {
        for (const listener of onDevices) listener();
      },
      epochBegan: () => link.epochBegan(),
      listsChanged: () => inputs.changed(),
    }),
  });
  logSide.follow(({ text }) => {
    const { publicKey: key, vouching } = logSide.log;
    link.checkpoint({ key, checkpoint: text, ...(vouching && { before: vouching.text }) });
  });
  closing.add(() => link.close());
  closing.add(tellSynced(journal, link));
  return link;
}

function tellOfKeys(log: Log, believed: boolean): void {
  if (believed) log.info('trust names keys of status: the platform is asked for live status, and believed');
  else {
    log.warn(
      'trust names no status key that is taken (crypto.profile): the platform is not asked for live status, and nothing that ' +
        'it confirms is believed. Publish statusKeys and statusEncryptionKeys (docs/platform.md, Seals)',
    );
  }
}

/** Made anew only when trust is. */
function statusKeysInForce(trust: () => TrustInForce, crypto: Settings['crypto']): () => StatusKeys {
  let made: { readonly of: TrustInForce['document']; readonly keys: StatusKeys } | null = null;
  return () => {
    const { document } = trust();
    if (made?.of !== document) made = { of: document, keys: statusKeysOf(document, crypto) };
    return made.keys;
  };
}

/** Called with whatever trust comes into force. `asks`: whether there is a platform to ask for live status. */
function tellOfTrust(log: Log, asks: boolean, crypto: Settings['crypto']): (trust: TrustInForce) => void {
  let trustRevision: string | null = null;
  let believes: boolean | null = null;
  return ({ revision, expiresAtMs, document }) => {
    if (revision !== trustRevision) log.info({ revision, expires_at_ms: expiresAtMs }, 'new trust in force');
    trustRevision = revision;
    if (!asks) return;
    const believed = canAsk(statusKeysOf(document, crypto));
    if (believed !== believes && (believes !== null || !believed)) tellOfKeys(log, believed);
    believes = believed;
  };
}

function openProbe(
  { settings, metrics, log, watch }: PlatformSideOptions,
  door: PlatformDoor,
  link: PlatformLink,
  refreshMode: () => void,
  closing: ClosingStack,
): Probe {
  const probe = startProbe({
    endpoint: door,
    settings: settings.live,
    events: {
      probed: (fault) => metrics.outage.probed(fault),
      time: (platformMs, elapsedMs) => watch.platformSaid(platformMs, elapsedMs),
      changed(answers) {
        log.info({ answers }, answers ? 'the platform answers' : 'the platform does not answer');
        link.platformAnswers(answers);
        refreshMode();
      },
    },
  });
  closing.add(() => probe.stop());
  return probe;
}

function openMode(
  { settings, metrics, log, clock }: PlatformSideOptions,
  {
    trust,
    link,
    probe,
    onMode,
  }: {
    readonly onMode: readonly ((state: ModeState) => void)[];
    readonly trust: () => TrustInForce;
    readonly link: PlatformLink | null;
    readonly probe: Probe | null;
  },
  closing: ClosingStack,
): RunningModeKeeper {
  const forced = watchForcedMode({
    file: forcedModeFile(settings.data_dir),
    wallClock: () => clock.machineMs(),
    onChange: (_, next) => {
      log.warn({ mode: next?.mode ?? 'auto', reason: next?.reason ?? null }, 'an operator set the mode');
      keeper.refresh();
    },
    onFault: (error) => {
      metrics.faultSeen('forced_mode');
      log.error({ error: error.message }, 'what the operator set cannot be used');
    },
  });
  closing.add(() => forced.stop());
  const keeper: RunningModeKeeper = createModeKeeper({
    inputs: () => ({
      platformAnswers: probe?.answers ?? false,
      list: link?.list(CARDS)?.head ?? null,
      trustUsableUntilMs: trust().graceUntilMs,
      nowMs: clock.now(),
    }),
    forced: () => forced.current,
    onChange: (previous, next) => {
      metrics.outage.modeChanged(previous, next);
      link?.mode(next.mode);
      const worse = MODES.indexOf(next.mode) > MODES.indexOf(previous.mode);
      const level = worse || next.forced ? 'warn' : 'info';
      log[level]({ from: previous.mode, to: next.mode, forced: next.forced }, 'the mode has changed');
      for (const listener of onMode) listener(next);
    },
  });
  closing.add(() => keeper.stop());
  link?.mode(keeper.state.mode);
  return keeper;
}

/** What asking the platform rests on. */
interface Askable {
  readonly door: PlatformDoor;
  readonly mode: RunningModeKeeper;
  readonly probe: Probe;
  readonly keys: () => StatusKeys;
}

function askingOf(
  { settings, clock, watch }: PlatformSideOptions,
  { door, mode, keys }: Omit<Askable, 'probe'>,
) {
  return {
    endpoint: door,
    settings: settings.live,
    mayAsk: () => mode.state.mayAskLive,
    keys,
    wallClock: () => clock.now(),
    onSealed: (sealedAtMs: number, elapsedMs: number) => {
      clock.observe(sealedAtMs);
      watch.answerSealed(sealedAtMs, elapsedMs);
    },
  };
}

/** Questions for live status, and what they show of whether the platform answers. */
function openLive(options: PlatformSideOptions, askable: Askable, closing: ClosingStack): LiveStatus {
  const { live } = options.metrics.outage;
  const status = createLiveStatus({
    ...askingOf(options, askable),
    events: {
      ...live,
      request(askingClass, fault, elapsedMs, queries) {
        askable.probe.requestSeen(fault === null);
        live.request(askingClass, fault, elapsedMs, queries);
      },
    },
  });
  closing.add(() => status.close());
  return status;
}

/** Apart from live status, breakers and connections too: a resolver that is slow or flooded costs no card its status. */
function openResolver(options: PlatformSideOptions, askable: Askable, closing: ClosingStack): CodeResolver {
  const resolver = createResolver({
    ...askingOf(options, askable),
    bounds: options.settings.live,
    events: options.metrics.outage.codes,
  });
  closing.add(() => resolver.close());
  return resolver;
}

function trustFromFile(settings: Settings): TrustInForce {
  if (settings.trust_file === undefined) throw new GatewayStartError('neither a platform nor a trust file');
  const forever = Number.POSITIVE_INFINITY;
  return { ...readTrustFile(settings.trust_file), expiresAtMs: forever, graceUntilMs: forever };
}
