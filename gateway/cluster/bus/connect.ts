/**
 * The one connection to the bus. It is made again for as long as it takes; each time it stands, a session begins, and
 * ends when the servers no longer answer. Whoever speaks on the bus does so within a session, so that nothing is left
 * from before a cut: no subscription, and no message that waits to be sent.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
} from '@nats-io/transport-node';
import type { ClusterError } from '../cluster-error.ts';
import { askJetStream, checkVersion, connectFault } from './bus-fault.ts';
import { type BusOptions, readCredentials } from './bus-options.ts';

/** Between a connection that stands and one that is cut or was never made. */
export interface BusState {
  readonly reachable: boolean;
  /** Since when it is so, milliseconds since 1970 UTC. */
  readonly sinceMs: number;
  /** Of the last question to JetStream; null: none was answered yet. */
  readonly roundTripMs: number | null;
  /** Of the server; null: none was reached yet. */
  readonly version: string | null;
  /** What is wrong, and what to do about it; null: nothing is. */
  readonly fault: string | null;
}

/** From one cut to the next. */
export interface BusSession {
  readonly connection: NatsConnection;
  /** Of the domain that the settings name. */
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  readonly domain: string | undefined;
  /** Aborted when it is over. */
  readonly signal: AbortSignal;
}

/** Called at the begin of each session, and at once where there is one. What it starts ends with `session.signal`. */
export type BusWork = (session: BusSession) => void;

export interface Follower {
  readonly stream: string;
  readonly state: {
    readonly place: { readonly sequence: number } | null;
    /** Messages that are still to be taken. */
    readonly pending: number;
    readonly follows: boolean;
  };
}

export interface Bus {
  readonly state: BusState;
  /** Null: it is cut. */
  readonly session: BusSession | null;
  attend(work: BusWork): () => void;
  /** Who follows a stream over it, for those who tell how far each is. */
  readonly followers: Set<Follower>;
  /** Called when it is cut, when it is back, when what is wrong changes, and with each round trip. */
  onState(listener: (state: BusState) => void): () => void;
  /** Hands over what is under way, and ends. */
  close(): Promise<void>;
}

/** One try to connect: the third SYN would go out after three seconds. */
const CONNECT_MS = 2_000;
/** For each question to JetStream. */
const REQUEST_MS = 5_000;
const PINGS_LOST_MAX = 2;
/** What is wrong with the server itself is not looked for again so soon. */
const REFUSED_PAUSE_MS = 2_000;
const CLOSE_MS = 2_000;

/** Connects in the background, and never gives up. */
export function openBus(options: BusOptions): Bus {
  return new KeptBus(options);
}

class KeptBus implements Bus {
  readonly #options: BusOptions;
  readonly #stopping = new AbortController();
  readonly followers = new Set<Follower>();
  readonly #works = new Set<BusWork>();
  readonly #listeners = new Set<(state: BusState) => void>();
  readonly #running: Promise<void>;
  #session: BusSession | null = null;
  #state: BusState;

  constructor(options: BusOptions) {
    this.#options = options;
    const fault = 'no NATS server was reached yet';
    this.#state = { reachable: false, sinceMs: options.now(), roundTripMs: null, version: null, fault };
    this.#running = this.#run();
  }

  get state(): BusState {
    return this.#state;
  }

  get session(): BusSession | null {
    return this.#session;
  }

  attend(work: BusWork): () => void {
    this.#works.add(work);
    if (this.#session) work(this.#session);
    return () => void this.#works.delete(work);
  }

  onState(listener: (state: BusState) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      let fault: ClusterError | null = null;
      try {
        await this.#connection();
      } catch (error) {
        fault = connectFault(error, this.#options.servers);
      }
      if (signal.aborted) return;
      if (fault) this.#tell({ reachable: false, fault: fault.message });
      const refused = fault?.code === 'refused' || fault?.code === 'unusable';
      const pauseMs = refused
        ? Math.max(REFUSED_PAUSE_MS, this.#options.reconnectMs)
        : this.#options.reconnectMs;
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  /** One connection, from its begin to its end. Rejects with what it could not be made with, or ended by. */
  async #connection(): Promise<void> {
    const connection = await connect(connectionOptions(this.#options));
    const ended = connection.closed();
    const stop = () => void endGently(connection);
    this.#stopping.signal.addEventListener('abort', stop, { once: true });
    if (this.#stopping.signal.aborted) stop();
    try {
      const { version = '' } = connection.info ?? {};
      checkVersion(version, connection.getServer());
      this.#tell({ version });
      await this.#sessions(connection, ended);
    } finally {
      this.#stopping.signal.removeEventListener('abort', stop);
      if (!connection.isClosed()) await endGently(connection);
    }
    const why = await ended;
    if (why instanceof Error) throw why;
    if (!this.#stopping.signal.aborted) throw new Error('the connection was cut');
  }

  /** While the connection stands: a session for as long as JetStream answers. */
  async #sessions(connection: NatsConnection, ended: Promise<unknown>): Promise<void> {
    const { pingMs, reconnectMs, domain } = this.#options;
    const inDomain = domain === undefined ? {} : { domain };
    const probe = await jetstreamManager(connection, { ...inDomain, timeout: CONNECT_MS, checkAPI: false });
    const manager = await jetstreamManager(connection, { ...inDomain, timeout: REQUEST_MS, checkAPI: false });
    const client = jetstream(connection, { ...inDomain, timeout: REQUEST_MS });
    const over = new AbortController();
    const closed = ended.then(() => over.abort());
    let session: AbortController | null = null;
    let lost = 0;
    try {
      while (!over.signal.aborted) {
        const asked = this.#ask(connection, session === null || domain !== undefined ? probe : null);
        // A question that was sent as the connection ended is never answered, nor given up by the library.
        const fault = await Promise.race([asked, closed.then(() => null)]);
        if (over.signal.aborted) break;
        lost = fault === null ? 0 : lost + 1;
        if (fault === null) {
          session ??= this.#begin({ connection, jetstream: client, manager, domain });
        } else if (session === null || lost >= PINGS_LOST_MAX) {
          session = this.#end(session);
          this.#tell({ reachable: false, fault: fault.message });
          if (fault.code === 'refused' && domain === undefined) throw fault;
        }
        const pauseMs = session === null || lost > 0 ? reconnectMs : pingMs;
        await Promise.race([closed, sleep(pauseMs, undefined, { ref: false })]);
      }
    } finally {
      this.#end(session);
    }
  }

  /** What is wrong; null: nothing is. `probe`: JetStream is asked, else the server alone. */
  async #ask(connection: NatsConnection, probe: JetStreamManager | null): Promise<ClusterError | null> {
    const { domain, servers } = this.#options;
    const askedAt = performance.now();
    try {
      if (probe) await askJetStream(probe, connection.getServer(), domain);
      else await connection.flush();
      this.#tell({ roundTripMs: performance.now() - askedAt });
      return null;
    } catch (error) {
      return connectFault(error, servers);
    }
  }

  #begin(of: Omit<BusSession, 'signal'>): AbortController {
    const over = new AbortController();
    const session = { ...of, signal: over.signal };
    this.#session = session;
    this.#tell({ reachable: true, fault: null });
    for (const work of this.#works) work(session);
    return over;
  }

  #end(session: AbortController | null): null {
    if (session === null) return null;
    this.#session = null;
    session.abort();
    return null;
  }

  #tell(news: Partial<Omit<BusState, 'sinceMs'>>): void {
    const next = { ...this.#state, ...news };
    const turned = next.reachable !== this.#state.reachable;
    this.#state = turned ? { ...next, sinceMs: this.#options.now() } : next;
    for (const listener of this.#listeners) listener(this.#state);
  }
}

function connectionOptions({
  servers,
  caFile,
  credentialsFile,
  pingMs,
  name,
}: BusOptions): ConnectionOptions {
  const credentials = readCredentials(credentialsFile);
  const wantsTls = servers.some((server) => server.startsWith('tls://'));
  return {
    // The library knows of an address and nothing of a scheme; that TLS is wanted is said apart.
    servers: servers.map((server) => server.replace(/^tls:/, 'nats:')),
    name,
    timeout: CONNECT_MS,
    pingInterval: pingMs,
    maxPingOut: PINGS_LOST_MAX,
    reconnect: false,
    noAsyncTraces: true,
    ...(credentials && { authenticator: credsAuthenticator(credentials) }),
    ...(wantsTls && { tls: caFile === undefined ? {} : { caFile } }),
  };
}

/** What was sent goes out first, where there is still somebody to take it. */
async function endGently(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) return;
  const given = sleep(CLOSE_MS, undefined, { ref: false });
  await Promise.race([connection.flush().catch(() => {}), given]);
  await connection.close().catch(() => {});
}
