/** The servers of a Redis Cluster, by the library that follows its slots from server to server. */
import { Cluster, Command, type Redis, type RedisOptions } from 'iovalkey';
import { CONNECT_MS, placeOf, retryMs, type ServerAccess, SILENT_MS } from './server-access.ts';
import type { StoreQuestion } from './store.ts';
import type { ServersEvents, StoreServers } from './store-servers.ts';

const REDIRECTIONS_MAX = 3;
const SLOTS_EVERY_MS = 2_000;
const LOOK_AGAIN_MS = 500;
const REPLY_AS_TEXT = { replyEncoding: 'utf8' } as const;

type Node = InstanceType<typeof Redis>;

export class ManyServers implements StoreServers {
  readonly #events: ServersEvents;
  readonly #servers: InstanceType<typeof Cluster>;
  #lastError = 'no connection could be made';

  constructor(urls: readonly string[], access: ServerAccess, events: ServersEvents) {
    this.#events = events;
    this.#servers = new Cluster(urls.map(placeOf), {
      redisOptions: nodeOptions(access),
      clusterRetryStrategy: retryMs,
      enableOfflineQueue: false,
      maxRedirections: REDIRECTIONS_MAX,
      slotsRefreshInterval: SLOTS_EVERY_MS,
      slotsRefreshTimeout: CONNECT_MS,
    });
    this.#servers.on('error', (error: Error) => {
      this.#lastError = error.message;
    });
    this.#servers.on('ready', () => void this.#look());
    this.#servers.on('close', () => events.down(this.#lastError));
  }

  send(questions: readonly StoreQuestion[], onReply: (at: number, reply: unknown) => void): void {
    const commands = questions.map(
      ({ command, args }, at) =>
        new Command(command, [...args], REPLY_AS_TEXT, (error, reply) => onReply(at, error ?? reply)),
    );
    const streams = this.#servers.nodes('master').map(({ stream }) => stream);
    for (const stream of streams) stream?.cork();
    for (const command of commands) void this.#servers.sendCommand(command);
    for (const stream of streams) stream?.uncork();
  }

  close(): void {
    this.#servers.disconnect();
  }

  /** Connections are used once their servers have said what they are. */
  async #look(): Promise<void> {
    try {
      const nodes = this.#servers.nodes('master');
      const infos = await Promise.all(nodes.map((node) => node.info()));
      if (this.#servers.status !== 'ready') return;
      this.#events.up(infos.map((info, i) => ({ place: nameOf(nodes[i]), info })));
    } catch (cause) {
      this.#events.down((cause as Error).message);
      // It loads what it kept, or wants another password.
      setTimeout(() => void this.#look(), LOOK_AGAIN_MS).unref();
    }
  }
}

function nodeOptions({ username, password, tls }: ServerAccess) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls }),
    ...{ connectTimeout: CONNECT_MS, socketTimeout: SILENT_MS, enableReadyCheck: false },
    // What was not answered when a connection ends is not sent again: nobody waits for it any more.
    ...{ maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
  } satisfies RedisOptions;
}

function nameOf(node: Node | undefined): string {
  return `${node?.options.host}:${node?.options.port}`;
}
