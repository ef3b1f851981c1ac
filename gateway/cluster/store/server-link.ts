/**
 * One connection to one server, of the least a client can be: a write for all questions that come together, and replies read
 * from the bytes as they arrive. It is made once; who wants another makes another.
 */
import { connect, isIP, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { commandText, ErrorReply, NoReplyError, type Reply, ReplyReader } from './resp.ts';
import { CONNECT_MS, type ServerAccess, type ServerPlace, SILENT_MS } from './server-access.ts';
import type { StoreQuestion } from './store.ts';

export interface LinkEvents {
  /** The server has let this gateway in, and says this of itself (`INFO`). `address`: and port, without TLS. */
  ready(info: string, address: string | null): void;
  /** It is over, or never was; once. What was not answered has failed by then. */
  closed(detail: string): void;
}

export type OnReply = (at: number, reply: unknown) => void;

/** Questions that were sent together and wait for replies, which come in order. */
interface Asked {
  readonly count: number;
  readonly onReply: OnReply;
  replied: number;
}

const READ_BYTES = 16_384;
const INFO_BYTES_MAX = 65_536;
/** Marks, nonces and times have 16 at most. */
const BULK_BYTES_MAX = 64;
const SILENCE_LOOK_MS = 1_000;

export class ServerLink {
  readonly #events: LinkEvents;
  readonly #socket: Socket;
  /** Without TLS. */
  readonly #isPlain: boolean;
  readonly #replies = new ReplyReader(INFO_BYTES_MAX);
  readonly #asked: Asked[] = [];
  readonly #timers: readonly NodeJS.Timeout[];
  #isReady = false;
  #wasHeard = false;
  #silentLooks = 0;
  #detail = 'the connection was closed';

  constructor(place: ServerPlace, access: ServerAccess, events: LinkEvents) {
    this.#events = events;
    this.#isPlain = access.tls === undefined;
    const options: TcpNetConnectOpts = {
      ...place,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafe(READ_BYTES),
        callback: (count, buffer) => this.#read(count, buffer),
      },
    };
    this.#socket =
      access.tls === undefined
        ? connect(options)
        : connectTls({
            ...options,
            ...access.tls,
            ...(isIP(place.host) === 0 && { servername: place.host }),
          });
    this.#socket.on('error', (error) => {
      this.#detail = error.message;
    });
    this.#socket.on('close', () => this.#closed());
    this.#socket.once(access.tls === undefined ? 'connect' : 'secureConnect', () => this.#greet(access));
    this.#timers = [
      setTimeout(() => this.#isReady || this.#end('it does not let this gateway in'), CONNECT_MS),
      setInterval(() => this.#lookForSilence(), SILENCE_LOOK_MS).unref(),
    ];
  }

  /** Calls back once for each, in order; with an error where there is no connection, within the call then. */
  send(questions: readonly StoreQuestion[], onReply: OnReply): void {
    const count = questions.length;
    if (!this.#isReady) {
      for (let at = 0; at < count; at += 1) onReply(at, new ErrorReply(this.#detail));
      return;
    }
    this.#write(questions, onReply);
  }

  close(): void {
    this.#end('it was closed here');
  }

  #write(questions: readonly StoreQuestion[], onReply: OnReply): void {
    let text = '';
    for (let at = 0; at < questions.length; at += 1) text += commandText(questions[at] as StoreQuestion);
    this.#asked.push({ count: questions.length, onReply, replied: 0 });
    this.#socket.write(text, 'latin1');
  }

  #greet({ username, password }: ServerAccess): void {
    const words = [username, password].filter((word) => word !== undefined);
    const greeting = password === undefined ? [] : [{ command: 'auth', args: words }];
    this.#write([...greeting, { command: 'info', args: [] }], (at, reply) => {
      if (reply instanceof ErrorReply) this.#end(reply.message);
      else if (at === greeting.length) this.#letIn(reply);
    });
  }

  #letIn(info: unknown): void {
    if (typeof info !== 'string') {
      this.#end('it does not say what it is');
      return;
    }
    this.#isReady = true;
    this.#replies.bulkBytesMax = BULK_BYTES_MAX;
    this.#events.ready(info, this.#isPlain ? addressOf(this.#socket) : null);
  }

  #read(count: number, buffer: Uint8Array): boolean {
    this.#wasHeard = true;
    const chunk = Buffer.from(buffer.buffer, buffer.byteOffset, count);
    try {
      this.#replies.read(chunk, this.#replied);
    } catch (cause) {
      if (!(cause instanceof NoReplyError)) throw cause;
      this.#end(cause.message);
    }
    return true;
  }

  readonly #replied = (reply: Reply): void => {
    const [asked] = this.#asked;
    if (asked === undefined) throw new NoReplyError('it replies to what was not asked');
    const at = asked.replied;
    asked.replied += 1;
    if (asked.replied === asked.count) this.#asked.shift();
    asked.onReply(at, reply);
    // One that takes no writes any more: behind the same name there may be another by now.
    if (reply instanceof ErrorReply && reply.message.startsWith('READONLY')) this.#end(reply.message);
  };

  /** Counted in looks: a thread that stood still looks once, whatever the clock says. */
  #lookForSilence(): void {
    this.#silentLooks = this.#wasHeard || this.#asked.length === 0 ? 0 : this.#silentLooks + 1;
    this.#wasHeard = false;
    if (this.#silentLooks * SILENCE_LOOK_MS >= SILENT_MS) this.#end('it says nothing');
  }

  #end(detail: string): void {
    if (this.#socket.destroyed) return;
    this.#detail = detail;
    this.#isReady = false;
    this.#socket.destroy();
  }

  #closed(): void {
    this.#isReady = false;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const { count, replied, onReply } of this.#asked.splice(0)) {
      for (let at = replied; at < count; at += 1) onReply(at, new ErrorReply(this.#detail));
    }
    this.#events.closed(this.#detail);
  }
}

/** Null: it has none that others could connect to, such as one that names an interface of this machine. */
function addressOf({ remoteAddress: host, remotePort: port }: Socket): string | null {
  if (host === undefined || port === undefined || host.includes('%')) return null;
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
