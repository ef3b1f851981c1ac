/**
 * Connections to Valkey or Redis: one server, or a replica that was promoted behind the same name, or a Redis Cluster. They
 * are made again for ever, and nothing waits in them for that: what is asked meanwhile fails at once.
 */
import { ClusterError } from '../cluster-error.ts';
import { ManyServers } from './many-servers.ts';
import { OneServer } from './one-server.ts';
import { type StoreSettings, serverAccess } from './server-access.ts';
import { type ServerFault, serverFault } from './server-fault.ts';
import type { StoreConnection, StoreQuestion } from './store.ts';
import type { ServerInfo, ServersEvents, StoreServers } from './store-servers.ts';

export type { StoreSettings } from './server-access.ts';

/** Told to the log. */
export interface StoreConnectionEvents {
  /** There is a connection, to a server that can be used. `address`: its own, and port, of one without TLS. */
  there(address: string | null): void;
  /** There is none any more, or none could be made; told once until there is one again. */
  away(detail: string): void;
  /** It answers, and cannot be used, or is not as it should be. */
  unfit(sentence: string): void;
}

/** Time that a start waits to learn whether the servers can be used. */
const FIRST_TRY_MS = 2_000;

export class StoreClient implements StoreConnection {
  readonly #events: StoreConnectionEvents;
  readonly #servers: StoreServers;
  readonly #asCluster: boolean;
  readonly #firstTry: Promise<ServerFault>;
  #isReady = false;
  #wasTold = false;
  #lastError = 'no connection could be made';
  #settleFirst: (fault: ServerFault) => void = () => {};

  /** Throws ClusterError `unusable` where a file cannot be read. */
  constructor(settings: StoreSettings, events: StoreConnectionEvents) {
    this.#events = events;
    this.#firstTry = new Promise((resolve) => {
      this.#settleFirst = resolve;
    });
    const { urls } = settings;
    const access = serverAccess(settings);
    const told: ServersEvents = {
      up: (said) => this.#up(said),
      down: (detail) => this.#down(detail),
    };
    const [first = ''] = urls;
    this.#asCluster = urls.length > 1;
    this.#servers = this.#asCluster
      ? new ManyServers(urls, access, told)
      : new OneServer(first, access, told);
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Resolves when it is known whether the servers can be used, or after a while; rejects with ClusterError where they cannot. */
  async firstTry(): Promise<void> {
    const timeout = Promise.withResolvers<null>();
    const timer = setTimeout(() => timeout.resolve(null), FIRST_TRY_MS);
    const fault = await Promise.race([this.#firstTry, timeout.promise]);
    clearTimeout(timer);
    if (fault?.isFatal) throw new ClusterError('unusable', fault.sentence);
    if (!this.#isReady) this.#tellAway();
  }

  send(questions: readonly StoreQuestion[], onReply: (at: number, reply: unknown) => void): void {
    this.#servers.send(questions, onReply);
  }

  close(): void {
    this.#isReady = false;
    this.#wasTold = true;
    this.#servers.close();
  }

  /** A new connection is used once its server has said what it is. */
  #up(said: readonly ServerInfo[]): void {
    const faults = said.map(({ info, place }) => serverFault(info, this.#asCluster, place));
    const fault = faults.find((each) => each?.isFatal) ?? faults.find((each) => each !== null) ?? null;
    if (fault !== null) this.#events.unfit(fault.sentence);
    this.#isReady = fault?.isFatal !== true;
    if (this.#isReady) {
      this.#wasTold = false;
      this.#events.there(said[0]?.address ?? null);
    }
    this.#settleFirst(fault);
  }

  #down(detail: string): void {
    this.#isReady = false;
    this.#lastError = detail;
    this.#tellAway();
    this.#settleFirst(null);
  }

  #tellAway(): void {
    if (this.#wasTold) return;
    this.#wasTold = true;
    this.#events.away(this.#lastError);
  }
}
