/** A gate made of a bare WebSocket, to say the right and the wrong things by hand. */
import { decode, encode } from '@msgpack/msgpack';
import { WebSocket } from 'ws';

export type Message = Readonly<Record<string, unknown>>;

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class RawGate {
  readonly messages: Message[] = [];
  readonly frames: Uint8Array[] = [];
  readonly closed: Promise<Closed>;
  readonly socket: WebSocket;
  #wake: () => void = () => {};
  #over = false;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.frames.push(new Uint8Array(data));
      this.messages.push(decode(data) as Message);
      this.#wake();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#over = true;
        this.#wake();
        resolve({ code, reason: reason.toString() });
      });
    });
    socket.on('error', () => {});
  }

  static open(url: string, protocol = 'onecard.gate.v1'): Promise<RawGate> {
    const socket = new WebSocket(url, protocol, { rejectUnauthorized: false });
    const gate = new RawGate(socket);
    return new Promise((resolve, reject) => {
      socket.once('open', () => resolve(gate));
      socket.once('error', reject);
    });
  }

  /** Connects and is welcomed. */
  static async greeted(url: string, hello: Message = {}): Promise<RawGate> {
    const gate = await RawGate.open(url);
    gate.send({ t: 'hello', v: 1, token: 'good', stream: new Uint8Array(16), ...hello });
    await gate.next();
    return gate;
  }

  send(message: Message): void {
    this.sendBytes(encode(message));
  }

  sendBytes(bytes: Uint8Array): void {
    this.socket.send(bytes, { binary: true });
  }

  /** The next message not taken yet. Rejects when the connection closes first. */
  async next(): Promise<Message> {
    while (this.messages.length === 0) {
      if (this.#over) throw new Error('the connection closed');
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.messages.shift() as Message;
  }

  async bye(): Promise<Closed> {
    this.send({ t: 'bye' });
    return this.closed;
  }
}
