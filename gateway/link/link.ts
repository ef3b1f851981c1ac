/**
 * The main thread's side of the link to the central platform: the trust and lists in force. The work is done in a
 * thread of its own (link-session.ts), so that no tap waits for it. What is in force stays until something newer has
 * verified, whatever becomes of that thread.
 */
import type { Worker } from 'node:worker_threads';
import type { SceneTable } from '../../config/scenes.ts';
import type { Settings } from '../../config/settings.ts';
import { CardList } from '../../lists/card-list.ts';
import type { ListHandle, ListHead } from '../../lists/list-handle.ts';
import { busOptions, checkBusFiles } from '../cluster/bus/bus-options.ts';
import type { BusState } from '../cluster/bus/connect.ts';
import type { Word } from '../cluster/members/word.ts';
import type { SignedPins } from '../knowledge/cards/signed-pins.ts';
import type { GuardedClock } from '../knowledge/clock/guarded-clock.ts';
import type { Mode } from '../knowledge/mode/mode.ts';
import type { TokenStatusHandle } from '../knowledge/token-status/token-status-handle.ts';
import type { TrustInForce } from '../knowledge/trust/trust-in-force.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import type { CheckpointToSend } from '../outbox/checkpoint-sender.ts';
import type { UploadConflict } from '../outbox/outbox.ts';
import type { RejudgeResult } from '../outbox/rejudge.ts';
import type { BusListsState } from './bus-lists.ts';
import { LinkWorker } from './link-worker.ts';
import {
  type ComparedOutage,
  type FromLink,
  type MembersState,
  type RegistryState,
  SCENES_KEPT,
} from './messages.ts';
import { checkPlatformRoots } from './platform-files.ts';

/** Of an answer on its way between the threads. */
const CLUSTER_SPARE_MS = 1_000;

export interface PlatformLink {
  readonly trust: TrustInForce;
  /** `cards`, or a named list; null until one was fetched or found on disk. */
  list(name: string): CardList | null;
  /** All lists in force. */
  readonly lists: readonly CardList[];
  /** The connection to the bus, as its thread said last; null: there is none. */
  readonly bus: LinkedBus | null;
  readonly members: MembersState;
  /** Says what this gateway says of itself now. */
  say(word: Word): void;
  /** How the cluster stands, as JSON (ClusterReport). Null: nobody could say within so many milliseconds. */
  clusterReport(waitMs: number): Promise<string | null>;
  /** PINs that are signed for desks; null: there are none. */
  readonly pins: SignedPins | null;
  /** A status list of tokens by its uri. */
  tokenStatus(uri: string): TokenStatusHandle | null;
  /** Newest journal position on disk. */
  synced(position: number): void;
  /** The journal has begun a new epoch, which is on disk. */
  epochBegan(): void;
  /**
   * Sends what is on disk up to a position. Resolves when the platform has it, at the first failure, or after a time. It
   * is tried also while the platform counts as away: it may have come back just now.
   */
  flush(position: number, ms: number): Promise<void>;
  mode(mode: Mode): void;
  /** Newest checkpoint of the journal. */
  checkpoint(checkpoint: CheckpointToSend): void;
  platformAnswers(answers: boolean): void;
  /** Memory that the heap of its thread holds, as that said last. */
  readonly heapBytes: number;
  /** The token that the platform knows this gateway by from now on. */
  token(token: string): void;
  /** How the devices stand to those of the cluster, as was told last; null: it was not, or there is none. */
  readonly registry: RegistryState | null;
  /** Scenes that came into force. */
  scenes(scenes: SceneTable): void;
  close(): Promise<void>;
}

/** The connection to the bus, and what follows it. */
export interface LinkedBus extends BusState {
  /** Null: what is published is not followed yet. */
  readonly lists: BusListsState | null;
}

export interface LinkEvents {
  /** Newer trust, or the same good for longer. */
  trust(trust: TrustInForce): void;
  /** The city document that the platform publishes, as it was verified and kept; the same again after a restart of the thread. */
  city(document: unknown): void;
  /** A newer list, or the same fresh for longer. `deltas`: by how many revisions it went on within its generation. */
  list(list: CardList, deltas: number): void;
  listRemoved(name: string): void;
  /** Something the platform sent was signed at `signedAtMs` and came at `atMs` of the clock's `monotonicMs`. */
  signedTime(signedAtMs: number, atMs: number): void;
  /** `epoch`: the one that was in force for who says so. After a newer one has begun it counts for nothing. */
  confirmed(epoch: string, position: number): void;
  /** The platform holds other records than the journal. Told again until `epochBegan`. */
  conflict(conflict: UploadConflict): void;
  rejudged(epoch: string, result: RejudgeResult): void;
  /** The connection to the bus: when it changes, and with each round trip. */
  bus(state: LinkedBus): void;
  /** Whether what is published comes by the bus, so that the platform is not asked for it. */
  busCarries(carries: boolean): void;
  /** What became of what this gateway accepted alone, as the platform knows. */
  ownReplays(outages: readonly ComparedOutage[]): void;
  /** What another gateway enrolled or revoked is in the devices' folder. */
  devicesChanged(): void;
  /** `what` and `fault` are of closed sets; `message` holds no personal data. */
  fault(what: string, fault: string, message: string): void;
}

export interface LinkOptions {
  readonly settings: Settings;
  /** Where trust and lists are kept. */
  readonly folder: string;
  readonly journalFolder: string;
  /** Bearer token the platform knows this gateway by. */
  readonly token: string;
  readonly scenes: SceneTable;
  /** Another entry module of the thread: tests put a faulty one here. */
  readonly entry?: URL;
  /** The thread, where it was started already. */
  readonly ahead?: Worker;
  readonly clock: Pick<GuardedClock, 'shared'>;
  readonly events: LinkEvents;
}

/**
 * Resolves when there is trust in force: from disk, or else from the platform. Rejects with PlatformError when there is
 * none to start with.
 */
export async function connectPlatform(options: LinkOptions): Promise<PlatformLink> {
  const link = new ThreadedLink(options);
  try {
    await link.ready;
  } catch (error) {
    await link.close();
    throw error;
  }
  return link;
}

class ThreadedLink implements PlatformLink {
  readonly #events: LinkEvents;
  readonly #lists = new Map<string, CardList>();
  readonly #tokenStatus = new Map<string, TokenStatusHandle>();
  readonly #worker: LinkWorker;
  #trust: TrustInForce | null = null;
  #pins: SignedPins | null = null;
  #bus: LinkedBus | null = null;
  #synced = 0;
  #mode: Mode | null = null;
  #checkpoint: CheckpointToSend | null = null;
  #answers: boolean | null = null;
  #token: string;
  /** Of this run, the newest last. */
  #scenes: readonly unknown[];
  #flushed: () => void = () => {};
  #registry: RegistryState | null = null;
  #members: MembersState = { known: 0, refused: 0, cursors: [] };
  readonly #askedCluster = new Map<number, (report: string | null) => void>();
  #clusterAsks = 0;
  #started: { readonly resolve: () => void; readonly reject: (error: Error) => void } | null = null;
  readonly ready: Promise<void>;

  constructor({ settings, folder, journalFolder, token, scenes, clock, entry, ahead, events }: LinkOptions) {
    const { platform } = settings;
    if (!platform) throw new TypeError('the settings name no platform');
    checkPlatformRoots(platform, settings.crypto);
    if (settings.cluster?.bus) checkBusFiles(busOptions(settings.gateway_id, settings.cluster.bus, () => 0));
    this.#token = token;
    this.#scenes = [scenes.document];
    this.#events = events;
    this.ready = new Promise((resolve, reject) => {
      this.#started = { resolve, reject };
    });
    this.#worker = new LinkWorker({
      ...(entry && { entry }),
      ...(ahead && { ahead }),
      hangMs: platform.link_hang_ms,
      data: () => ({
        settings,
        token: this.#token,
        scenes: this.#scenes,
        folder,
        journalFolder,
        clock: clock.shared,
      }),
      onMessage: (message) => this.#receive(message),
      onStarted: () => this.#tellAll(),
      onHung: (detail) =>
        events.fault('thread', 'hung', `the thread of the platform link is ended: ${detail}`),
      onDied: (reason) => this.#died(reason),
    });
  }

  get trust(): TrustInForce {
    if (!this.#trust) throw new PlatformError('unusable', 'there is no trust yet');
    return this.#trust;
  }

  list(name: string): CardList | null {
    return this.#lists.get(name) ?? null;
  }

  get lists(): readonly CardList[] {
    return [...this.#lists.values()];
  }

  get pins(): SignedPins | null {
    return this.#pins;
  }

  get bus(): LinkedBus | null {
    return this.#bus;
  }

  get members(): MembersState {
    return this.#members;
  }

  say(word: Word): void {
    this.#worker.post({ kind: 'word', word });
  }

  clusterReport(waitMs: number): Promise<string | null> {
    this.#clusterAsks += 1;
    const asked = this.#clusterAsks;
    return new Promise((resolve) => {
      const done = (report: string | null) => {
        clearTimeout(timer);
        this.#askedCluster.delete(asked);
        resolve(report);
      };
      const timer = setTimeout(() => done(null), waitMs + CLUSTER_SPARE_MS);
      this.#askedCluster.set(asked, done);
      if (!this.#worker.post({ kind: 'cluster_asked', asked, waitMs })) done(null);
    });
  }

  tokenStatus(uri: string): TokenStatusHandle | null {
    return this.#tokenStatus.get(uri) ?? null;
  }

  get registry(): RegistryState | null {
    return this.#registry;
  }

  get heapBytes(): number {
    return this.#worker.heapBytes;
  }

  synced(position: number): void {
    if (position === this.#synced) return;
    this.#synced = position;
    this.#worker.post({ kind: 'synced', position });
  }

  epochBegan(): void {
    this.#worker.post({ kind: 'epoch_began' });
  }

  async flush(position: number, ms: number): Promise<void> {
    if (ms === 0 || position === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#flushed = () => {
        clearTimeout(timer);
        resolve();
      };
      if (!this.#worker.post({ kind: 'flush', position, ms })) this.#flushed();
    });
  }

  checkpoint(checkpoint: CheckpointToSend): void {
    this.#checkpoint = checkpoint;
    this.#worker.post({ kind: 'checkpoint', ...checkpoint });
  }

  mode(mode: Mode): void {
    this.#mode = mode;
    this.#worker.post({ kind: 'mode', mode });
  }

  platformAnswers(answers: boolean): void {
    this.#answers = answers;
    this.#worker.post({ kind: 'platform_answers', answers });
  }

  token(token: string): void {
    this.#token = token;
    this.#worker.post({ kind: 'bearer', token });
  }

  scenes({ document }: SceneTable): void {
    this.#keepScenes(document);
    this.#worker.post({ kind: 'scenes', scenes: document });
  }

  async close(): Promise<void> {
    await this.#worker.stop();
  }

  /** To a thread that has just started. */
  #tellAll(): void {
    if (this.#synced > 0) this.#worker.post({ kind: 'synced', position: this.#synced });
    if (this.#checkpoint !== null) this.#worker.post({ kind: 'checkpoint', ...this.#checkpoint });
    if (this.#mode !== null) this.#worker.post({ kind: 'mode', mode: this.#mode });
    if (this.#answers !== null) this.#worker.post({ kind: 'platform_answers', answers: this.#answers });
  }

  #died(reason: string): void {
    this.#flushed();
    if (this.#started) this.#started.reject(new PlatformError('unusable', `the platform link: ${reason}`));
    else this.#events.fault('thread', 'died', `the thread of the platform link is started again: ${reason}`);
  }

  #receive(message: Exclude<FromLink, { kind: 'alive' }>): void {
    const events = this.#events;
    if (message.kind === 'ready') this.#settle((started) => started.resolve());
    else if (message.kind === 'trust') this.#putTrust(message.trust);
    else if (message.kind === 'city') this.#putCity(message.document);
    else if (message.kind === 'list') this.#putList(message.list);
    else if (message.kind === 'list_removed') this.#removeList(message.name);
    else if (message.kind === 'pins') this.#pins = message.pins;
    else if (message.kind === 'token_status') this.#tokenStatus.set(message.list.uri, message.list);
    else if (message.kind === 'signed_time') events.signedTime(message.signedAtMs, message.atMs);
    else if (message.kind === 'confirmed') events.confirmed(message.epoch, message.position);
    else if (message.kind === 'bus') this.#putBus({ ...message.state, lists: message.lists });
    else if (message.kind === 'bus_carries') events.busCarries(message.carries);
    else if (message.kind === 'flushed') this.#flushed();
    else if (message.kind === 'conflict') events.conflict(message.conflict);
    else if (message.kind === 'rejudged') {
      events.rejudged(message.epoch, message.result);
    } else if (message.kind === 'devices_changed') events.devicesChanged();
    else if (message.kind === 'registry') this.#registry = message.state;
    else if (message.kind === 'cluster') this.#askedCluster.get(message.asked)?.(message.report);
    else if (message.kind === 'members') this.#members = message.state;
    else if (message.kind === 'own_replays') events.ownReplays(message.outages);
    else if (message.kind === 'fault') events.fault(message.what, message.fault, message.message);
    else this.#fatal(message.message);
  }

  /** At the start nobody can go on; later what is in force stays, and the next thread tries again. */
  #fatal(message: string): void {
    if (this.#started) this.#settle((started) => started.reject(new PlatformError('unusable', message)));
    else this.#events.fault('thread', 'fatal', message);
  }

  #settle(settle: (started: { resolve: () => void; reject: (error: Error) => void }) => void): void {
    if (this.#started) settle(this.#started);
    this.#started = null;
  }

  #putTrust(trust: TrustInForce): void {
    this.#trust = trust;
    const named = new Set(trust.document.statusLists?.map(({ uri }) => uri));
    for (const uri of this.#tokenStatus.keys()) if (!named.has(uri)) this.#tokenStatus.delete(uri);
    this.#events.trust(trust);
  }

  /** The thread has it already; the next one must be told. */
  #putCity(document: unknown): void {
    this.#keepScenes(document);
    this.#events.city(document);
  }

  #keepScenes(document: unknown): void {
    this.#scenes = [...this.#scenes, document].slice(-SCENES_KEPT);
  }

  #putBus(state: LinkedBus): void {
    this.#bus = state;
    this.#events.bus(state);
  }

  /** A thread that was started again reads from disk, which may be behind what is in force. */
  #putList(handle: ListHandle): void {
    const { head } = handle;
    const before = this.#lists.get(head.name)?.head ?? null;
    if (before !== null && isBehind(head, before)) return;
    const list = new CardList(handle);
    this.#lists.set(head.name, list);
    const deltas = before?.generation === head.generation ? head.revision - before.revision : 0;
    this.#events.list(list, deltas);
  }

  #removeList(name: string): void {
    if (this.#lists.delete(name)) this.#events.listRemoved(name);
  }
}

function isBehind(head: ListHead, inForce: ListHead): boolean {
  if (head.generation !== inForce.generation) return head.issuedAtMs < inForce.issuedAtMs;
  if (head.revision !== inForce.revision) return head.revision < inForce.revision;
  return head.chainHash === inForce.chainHash && head.issuedAtMs < inForce.issuedAtMs;
}
