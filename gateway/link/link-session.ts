/**
 * What the thread of the platform link does, apart from being a thread: trust, lists, status lists of tokens and journal,
 * each in a loop of its own, so that one that fails does not hold up the others.
 */
import { join } from 'node:path';
import type { Settings } from '../../config/settings.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { ListFileError } from '../../lists/list-errors.ts';
import type { Bus } from '../cluster/bus/connect.ts';
import { busNames } from '../cluster/bus/subjects.ts';
import { ClusterError } from '../cluster/cluster-error.ts';
import { CardFollower } from '../knowledge/cards/follow-cards.ts';
import { ListFolder } from '../knowledge/cards/follow-folder.ts';
import { NamedLists } from '../knowledge/cards/follow-named.ts';
import { PinsFollower, type PinsFollowerOptions } from '../knowledge/cards/signed-pins.ts';
import { CityFollower } from '../knowledge/city/follow-city.ts';
import { cityFolder, KeptCity } from '../knowledge/city/kept-city.ts';
import {
  type GuardedClock,
  joinGuardedClock,
  type SharedClockState,
  type SignedThing,
} from '../knowledge/clock/guarded-clock.ts';
import { TokenStatusPrefetcher } from '../knowledge/token-status/prefetcher.ts';
import { contentRule } from '../knowledge/trust/signed-content.ts';
import { statusKeysOf } from '../knowledge/trust/status-keys.ts';
import type { TrustRepository } from '../knowledge/trust/trust-repository.ts';
import { TrustUpdateError } from '../knowledge/trust/trust-update-error.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import type { PlatformEndpoint } from '../outbound/platform-request.ts';
import type { BusLists } from './bus-lists.ts';
import type { OpenJournalRoute } from './journal-route.ts';
import { CardLoop } from './link-cards.ts';
import { LinkJournal } from './link-journal.ts';
import { TrustLoop } from './link-trust.ts';
import type { FromLink, ToLink } from './messages.ts';
import { ReceivedFiles } from './received-files.ts';
import { trustSource } from './trust-source.ts';

export interface LinkData {
  readonly settings: Settings;
  /** Bearer token the platform knows this gateway by. */
  readonly token: string;
  /** Scenes that were in force since the gateway started, as `SceneTable.document`, the newest last. */
  readonly scenes: readonly unknown[];
  /** Where trust and lists are kept. */
  readonly folder: string;
  readonly journalFolder: string;
  /** Of the main thread's clock. */
  readonly clock: SharedClockState;
}

/** With trust and a list from disk, the start does not wait longer than this for a platform that is slow. */
const FIRST_WAIT_MS = 1_500;
/** Targets that came by the bus and are not taken yet, together. */
const RECEIVED_BYTES_MAX = 16_777_216;
/** Signed files within a message are quoted, which makes them longer. */
const MESSAGE_FACTOR = 2;

export class LinkSession {
  readonly #post: (message: FromLink) => void;
  readonly #url: string;
  readonly #trust: TrustLoop;
  readonly #named: NamedLists;
  readonly #follower: CardFollower;
  readonly #cards: CardLoop;
  readonly #journal: LinkJournal;
  readonly #bus: Bus | null;
  readonly #data: LinkData;
  /** Targets that came by the bus. */
  readonly #received = new ReceivedFiles(RECEIVED_BYTES_MAX);
  #busLists: BusLists | null = null;
  #isStopped = false;
  #token: string;
  readonly #tokenStatus: TokenStatusPrefetcher;
  /** Settles when the status lists that trust names have been looked for on disk. */
  #tokenStatusRestored: Promise<void> = Promise.resolve();

  /** `bus`: null: there is none. Throws TrustUpdateError, JournalError, ScenesError and the system's errors: what cannot be used. */
  constructor(
    data: LinkData,
    post: (message: FromLink) => void,
    bus: Bus | null = null,
    openRoute: OpenJournalRoute | null = null,
  ) {
    const { settings, folder, journalFolder } = data;
    const { platform, limits } = settings;
    if (!platform) throw new TypeError('the settings name no platform');
    this.#post = post;
    this.#bus = bus;
    this.#data = data;
    bus?.onState((state) => post({ kind: 'bus', state, lists: this.#busLists?.state ?? null }));
    this.#url = platform.url;
    this.#token = data.token;
    const endpoint = this.#endpoint(platform);
    const clock = joinGuardedClock(data.clock, limits.clock_tolerance_ms);
    const observe = observer(clock, post);
    const repository = trustSource(
      platform,
      settings,
      endpoint,
      folder,
      {
        provenMs: () => clock.provenMs(),
        observe: (signedAtMs) => observe(signedAtMs, 'download'),
        observeKept: (signedAtMs) => clock.observeKept(signedAtMs),
      },
      this.#received.get,
    );
    this.#named = new NamedLists({
      folder: new ListFolder(join(folder, 'named')),
      limits,
      observe,
      onList: (list) => post({ kind: 'list', list }),
      onRemoved: (name) => post({ kind: 'list_removed', name }),
      onFault: this.#fault('named_list'),
    });
    this.#trust = new TrustLoop({
      repository,
      named: this.#named,
      pins: settings.hotel ? this.#pinsFollower(folder, observe) : null,
      city: platform.follow_city ? this.#cityFollower(data, repository) : null,
      crypto: settings.crypto,
      pollMs: platform.poll_ms,
      onTrust: (trust) => {
        post({ kind: 'trust', trust });
        this.#journal.sealKeys(statusKeysOf(trust.document, settings.crypto).sealing);
        this.#tokenStatusRestored = this.#tokenStatus.setSources(
          trust.document.statusLists ?? [],
          trust.document.statusRoots,
        );
      },
      onFault: this.#fault('trust'),
    });
    this.#follower = new CardFollower({
      folder: new ListFolder(join(folder, 'cards')),
      profile: settings.crypto.profile,
      limits,
      toleranceMs: limits.clock_tolerance_ms,
      now: () => clock.referenceMs(),
      observe,
      keys: () => this.#trust.keys,
      onList: (list) => {
        post({ kind: 'list', list });
        this.#journal.list(list);
      },
      onRefused: (fault, message) => post({ kind: 'fault', what: 'cards', fault, message }),
    });
    this.#cards = new CardLoop({
      endpoint,
      follower: this.#follower,
      profile: settings.crypto.profile,
      trust: this.#trust,
      deltaWaitMs: platform.delta_wait_ms,
      answerBytesMax: limits.delta_bytes,
      onFault: this.#fault('cards'),
    });
    this.#tokenStatus = new TokenStatusPrefetcher({
      folder: join(folder, 'token-status'),
      profile: settings.crypto.profile,
      limits,
      platform: endpoint,
      now: () => clock.now(),
      onList: (list) => {
        observe(list.issuedAtMs, 'download');
        post({ kind: 'token_status', list });
      },
      onFault: (fault, message) => post({ kind: 'fault', what: 'token_status', fault, message }),
    });
    const onFault = (what: string) => this.#fault(what);
    this.#journal = new LinkJournal({ settings, endpoint, openRoute, journalFolder, clock, post, onFault });
    for (const scenes of data.scenes) this.#journal.scenes(scenes);
  }

  /** Reads what is on disk, asks the platform once, and goes on by itself. Rejects with PlatformError without any trust. */
  async start(): Promise<void> {
    await this.#trust.restore();
    if (this.#trust.hasTrust) await this.#restoreLists();
    await this.#followBus();
    const asked = this.#askOnce();
    if (this.#follower.chain === null) await asked;
    else await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS).unref())]);
    if (!this.#trust.hasTrust) throw new PlatformError('unusable', noTrust(this.#url));
    await this.#tokenStatusRestored;
    this.#post({ kind: 'ready' });
    this.#tokenStatus.start();
    await asked;
    this.#trust.start();
    this.#cards.start();
  }

  receive(message: ToLink): void {
    if (message.kind === 'synced') this.#journal.synced(message.position);
    if (message.kind === 'flush') {
      void this.#journal.flush(message.position, message.ms).then(() => this.#post({ kind: 'flushed' }));
    }
    if (message.kind === 'epoch_began') this.#journal.epochBegan();
    if (message.kind === 'mode') this.#journal.mode(message.mode);
    if (message.kind === 'bearer') this.#token = message.token;
    if (message.kind === 'scenes') this.#journal.scenes(message.scenes);
    if (message.kind === 'checkpoint') {
      const { kind: _, ...checkpoint } = message;
      this.#journal.checkpoint(checkpoint);
    }
    if (message.kind === 'platform_answers') {
      const parts = [this.#trust, this.#cards, this.#tokenStatus, this.#journal];
      for (const part of parts) part.setPlatformAnswers(message.answers);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#busLists?.stop();
    const parts = [this.#trust, this.#cards, this.#tokenStatus, this.#journal];
    await Promise.all(parts.map((part) => part.stop()));
    await this.#bus?.close();
    this.#follower.close();
  }

  /** From before the platform is asked, so that nothing is missed between. */
  async #followBus(): Promise<void> {
    const { settings, folder } = this.#data;
    const { cluster } = settings;
    if (!this.#bus || !cluster?.bus || this.#isStopped) return;
    const { BusLists } = await import('./bus-lists.ts');
    const post = this.#post;
    this.#busLists = new BusLists({
      bus: this.#bus,
      names: busNames(cluster.name),
      folder,
      trust: this.#trust,
      cards: this.#cards,
      crypto: settings.crypto,
      chain: () => this.#follower.chain,
      received: this.#received,
      messageBytesMax: MESSAGE_FACTOR * cluster.bus.message_bytes,
      onCarries: (carries) => post({ kind: 'bus_carries', carries }),
      onFault: (error, fault) =>
        post({ kind: 'fault', what: 'bus', fault: fault ?? linkFault(error), message: error.message }),
    });
  }

  #pinsFollower(folder: string, observe: PinsFollowerOptions['observe']): PinsFollower {
    return new PinsFollower({
      folder: join(folder, 'pins'),
      digest: algorithmFor('published-digest', this.#data.settings.crypto.profile),
      observe,
      onPins: (pins) => this.#post({ kind: 'pins', pins }),
      onFault: this.#fault('pins'),
    });
  }

  #cityFollower({ settings, folder }: LinkData, repository: TrustRepository): CityFollower {
    const { platform, limits, crypto } = settings;
    if (!platform) throw new TypeError('the settings name no platform');
    const rule = contentRule(platform, crypto);
    return new CityFollower({
      repository,
      kept: new KeptCity(cityFolder(folder), platform.root_file, limits, rule),
      onCity: ({ document }) => {
        this.#journal.scenes(document);
        this.#post({ kind: 'city', document });
      },
      onFault: this.#fault('city'),
    });
  }

  /** Whoever holds it sends the token of the moment. */
  #endpoint({ url, timeout_ms: timeoutMs }: NonNullable<Settings['platform']>): PlatformEndpoint {
    const token = () => this.#token;
    return {
      url,
      get token() {
        return token();
      },
      timeoutMs,
    };
  }

  /** From disk first, so that nothing older than what was once in force is taken. */
  async #restoreLists(): Promise<void> {
    await this.#follower.restore().catch(this.#fault('cards'));
    await this.#named.restore();
  }

  async #askOnce(): Promise<void> {
    const hadTrust = this.#trust.hasTrust;
    try {
      await this.#trust.update();
    } catch (error) {
      this.#fault('trust')(error);
    }
    if (!this.#trust.hasTrust) return;
    if (!hadTrust) await this.#restoreLists();
    await this.#trust.followCity();
    await this.#trust.followNamed();
    await this.#cards.first().catch(this.#fault('cards'));
  }

  #fault(what: string): (error: unknown) => void {
    return (error) => {
      const { message } = error as Error;
      this.#post({ kind: 'fault', what, fault: linkFault(error), message });
    };
  }
}

/**
 * What a failure is called in metrics and logs: one of the closed sets of the parts that refuse. `internal`: a fault of our
 * own.
 */
function linkFault(error: unknown): string {
  const refused =
    error instanceof PlatformError ||
    error instanceof TrustUpdateError ||
    error instanceof ListFileError ||
    error instanceof ClusterError;
  if (refused) return error.code;
  return error instanceof Error && 'syscall' in error ? 'storage' : 'internal';
}

/** Takes in when things were signed, and tells the main thread what of it is news. */
function observer(clock: GuardedClock, post: (message: FromLink) => void) {
  return (signedAtMs: number, from: SignedThing): boolean => {
    if (from === 'disk') {
      clock.observeKept(signedAtMs);
      return true;
    }
    const believed = clock.observe(signedAtMs);
    // What is old says nothing of the clock now; what is of the future says that one of the two clocks is wrong.
    if (from === 'head' || !believed) post({ kind: 'signed_time', signedAtMs, atMs: clock.monotonicMs() });
    return believed;
  };
}

function noTrust(url: string): string {
  return `no trust to start with: ${url} did not give any that verifies, and none is kept from an earlier run`;
}
