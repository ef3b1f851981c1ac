/**
 * Connections to Valkey or Redis: one server, or a replica that was promoted behind the same name, or a Redis Cluster. They
 * are made again for ever, and nothing waits in them for that: what is asked meanwhile fails at once.
 */
import { readFileSync } from 'node:fs';
import { Cluster, Command, Redis, type RedisOptions } from 'iovalkey';
import type { ClusterSettings } from '../../../config/settings.ts';
import { ClusterError } from '../cluster-error.ts';
import { type ServerFault, serverFault } from './server-fault.ts';
import type { StoreConnection, StoreQuestion } from './store.ts';

export type StoreSettings = NonNullable<ClusterSettings['store']>;

/** Told to the log. */
export interface StoreConnectionEvents {
  /** There is a connection, to a server that can be used. */
  there(): void;
  /** There is none any more, or none could be made; told once until there is one again. */
  away(detail: string): void;
  /** It answers, and cannot be used, or is not as it should be. */
  unfit(sentence: string): void;
}

const CONNECT_MS = 2_000;
/**
 * A server that says nothing for so long, while it is asked, is connected to anew. Longer than this thread stands still: what it
 * has not read yet would count as silence.
 */
const SILENT_MS = 5_000;
const RETRY_MS_MAX = 500;
const RETRY_STEP_MS = 50;
const REDIRECTIONS_MAX = 3;
const SLOTS_EVERY_MS = 2_000;
/** Time that a start waits to learn whether the servers can be used. */
const FIRST_TRY_MS = 2_000;
const REPLY_AS_TEXT = { replyEncoding: 'utf8' } as const;

/** The link to one server. */
type Node = InstanceType<typeof Redis>;

export class StoreClient implements StoreConnection {
  readonly #events: StoreConnectionEvents;
  readonly #servers: Node | InstanceType<typeof Cluster>;
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
    const options = nodeOptions(settings);
    const [first = ''] = urls;
    this.#servers =
      urls.length === 1
        ? new Redis({ ...placeOf(first), ...options, enableOfflineQueue: false, retryStrategy: retryMs })
        : new Cluster(urls.map(placeOf), {
            redisOptions: options,
            clusterRetryStrategy: retryMs,
            enableOfflineQueue: false,
            maxRedirections: REDIRECTIONS_MAX,
            slotsRefreshInterval: SLOTS_EVERY_MS,
            slotsRefreshTimeout: CONNECT_MS,
          });
    this.#watch();
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
    const servers = this.#servers;
    const commands = questions.map(
      ({ command, args }, at) =>
        new Command(command, [...args], REPLY_AS_TEXT, (error, reply) => onReply(at, error ?? reply)),
    );
    if (servers instanceof Redis) sendTogether(servers, commands);
    else {
      const streams = servers.nodes('master').map(({ stream }) => stream);
      for (const stream of streams) stream?.cork();
      for (const command of commands) void servers.sendCommand(command);
      for (const stream of streams) stream?.uncork();
    }
  }

  close(): void {
    this.#isReady = false;
    this.#wasTold = true;
    this.#servers.disconnect();
  }

  #nodes(): readonly Node[] {
    return this.#servers instanceof Redis ? [this.#servers] : this.#servers.nodes('master');
  }

  #watch(): void {
    const servers = this.#servers;
    servers.on('error', (error: Error) => {
      this.#lastError = error.message;
    });
    servers.on('ready', () => void this.#look());
    servers.on('close', () => {
      this.#isReady = false;
      this.#tellAway();
      this.#settleFirst(null);
    });
  }

  #tellAway(): void {
    if (this.#wasTold) return;
    this.#wasTold = true;
    this.#events.away(this.#lastError);
  }

  /** A new connection is used once its server has said what it is. */
  async #look(): Promise<void> {
    const asCluster = !(this.#servers instanceof Redis);
    try {
      const nodes = this.#nodes();
      const infos = await Promise.all(nodes.map((node) => node.info()));
      const faults = infos.map((info, i) => serverFault(info, asCluster, nameOf(nodes[i])));
      const fault = faults.find((each) => each?.isFatal) ?? faults.find((each) => each !== null) ?? null;
      if (fault !== null) this.#events.unfit(fault.sentence);
      this.#isReady = fault?.isFatal !== true && this.#servers.status === 'ready';
      if (this.#isReady) {
        this.#wasTold = false;
        this.#events.there();
      }
      this.#settleFirst(fault);
    } catch (cause) {
      this.#lastError = (cause as Error).message;
      this.#tellAway();
      this.#settleFirst(null);
      // It loads what it kept, or wants another password: asked again with a new connection.
      if (this.#servers instanceof Redis) this.#servers.disconnect(true);
      else setTimeout(() => void this.#look(), RETRY_MS_MAX).unref();
    }
  }
}

/** One write for all: most of what a question costs is its write. */
function sendTogether(server: Node, commands: readonly Command[]): void {
  let text = '';
  const together = {
    isPipeline: true,
    write(written: string | Buffer) {
      text += typeof written === 'string' ? written : written.toString('utf8');
    },
    destination: { redis: server },
  } as const;
  for (const command of commands) void server.sendCommand(command, together);
  if (text !== '') server.stream.write(text);
}

function nodeOptions({ urls, username, password_file, ca_file }: StoreSettings) {
  return {
    ...(username !== undefined && { username }),
    ...(password_file !== undefined && { password: textOf(password_file, 'password').trim() }),
    ...(urls.some((url) => url.startsWith('rediss:')) && {
      tls: ca_file === undefined ? {} : { ca: textOf(ca_file, 'roots') },
    }),
    ...{ connectTimeout: CONNECT_MS, socketTimeout: SILENT_MS, enableReadyCheck: false },
    // What was not answered when a connection ends is not sent again: nobody waits for it any more.
    ...{ maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
    // One that takes no writes any more: behind the same name there may be another by now.
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
  } satisfies RedisOptions;
}

/** Throws ClusterError `unusable`, which names the file and never what it holds. */
function textOf(file: string, what: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new ClusterError('unusable', `the ${what} of the store cannot be read: ${why}`, { cause });
  }
}

const DEFAULT_PORT = 6_379;

function placeOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? DEFAULT_PORT : Number(port) };
}

function nameOf(node: Node | undefined): string {
  return `${node?.options.host}:${node?.options.port}`;
}

function retryMs(times: number): number {
  return Math.min(times * RETRY_STEP_MS, RETRY_MS_MAX);
}
