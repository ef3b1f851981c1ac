/** One connection of an agent: who it is first, then what its readers say. Whatever breaks the protocol ends it. */
import type { WebSocket } from '@fastify/websocket';
import {
  CLOSES,
  type FromDesk,
  MESSAGE_BYTES_MAX,
  type ReaderFault,
  type ReaderState,
  readFromAgent,
} from '../../client/reader/wire.ts';
import type { DeskReading } from './desk-reading.ts';
import type { PairedReader, PairedReaders } from './paired-readers.ts';
import type { ConnectedReader, ReaderHub } from './reader-hub.ts';

/** Both sides take the other for gone after two of them. */
export const BEAT_MS = 10_000;
const HELLO_MS = 5_000;

export interface ConnectionOptions {
  readonly paired: PairedReaders;
  readonly hub: ReaderHub;
  readonly reading: DeskReading;
  /** Readers of a workplace came or went. */
  readonly onChanged: (desk: string) => void;
  readonly log: (fields: Readonly<Record<string, string | number>>, message: string) => void;
}

export class Connection implements ConnectedReader {
  readonly #socket: WebSocket;
  readonly #options: ConnectionOptions;
  #timer: NodeJS.Timeout;
  #known: PairedReader | null = null;
  #isAlive = true;
  readers: readonly ReaderState[] = [];
  fault: ReaderFault | null = null;

  constructor(socket: WebSocket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#timer = setTimeout(() => this.close(CLOSES.malformed), HELLO_MS);
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#received(data, isBinary));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.once('close', () => this.#closed());
  }

  get paired(): PairedReader {
    if (this.#known === null) throw new TypeError('it has not said who it is');
    return this.#known;
  }

  send(message: FromDesk): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  close(code: number): void {
    this.#socket.close(code);
    setTimeout(() => this.#socket.terminate(), 1_000).unref();
  }

  #received(data: Buffer, isBinary: boolean): void {
    const message = isBinary || data.length > MESSAGE_BYTES_MAX ? null : readFromAgent(data.toString('utf8'));
    if (message === null || (message.t === 'hello') !== (this.#known === null)) {
      this.close(CLOSES.malformed);
      return;
    }
    if (message.t === 'hello') this.#met(message.token);
    if (this.#known === null) return;
    const { reading } = this.#options;
    if (message.t === 'scanned') reading.scanned(this, message.hex);
    else if (message.t === 'hello' || message.t === 'readers') {
      this.readers = message.readers;
      this.fault = message.fault;
      this.#options.onChanged(this.#known.desk);
    } else reading.said(this, message);
  }

  #met(token: string): void {
    const { paired, hub, log } = this.#options;
    this.#known = paired.find(token);
    if (this.#known === null) {
      this.close(CLOSES.unknownReader);
      return;
    }
    const { readerId, desk } = this.#known;
    hub.connect(this)?.close(CLOSES.replaced);
    clearTimeout(this.#timer);
    this.#timer = setInterval(() => this.#beat(), BEAT_MS);
    this.send({ t: 'welcome', desk, beat_ms: BEAT_MS });
    log({ reader: readerId, desk }, 'a reader is connected');
  }

  #beat(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
    this.send({ t: 'beat' });
  }

  #closed(): void {
    // Intervals and timeouts are cleared alike.
    clearTimeout(this.#timer);
    const { hub, onChanged, log } = this.#options;
    if (this.#known === null || !hub.disconnect(this)) return;
    const { readerId, desk } = this.#known;
    log({ reader: readerId, desk }, 'a reader is gone');
    onChanged(desk);
  }
}
