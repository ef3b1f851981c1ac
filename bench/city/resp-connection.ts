/**
 * The least a client of Redis can be: one socket, commands written in one piece for each turn of the event loop, answers
 * counted in order (RESP2). The baseline that the gateway's own client is held against.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

type Waiting = (answer: string) => void;

const CR = 0x0d;
const DOLLAR = 0x24;

export class RespConnection {
  readonly #socket: Socket;
  readonly #waiting: Waiting[] = [];
  #taken = 0;
  #commands = '';
  #rest: Buffer = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#received(chunk));
    socket.on('error', () => {});
  }

  /** `redis://host:port`. Rejects when nobody listens there. */
  static async open(url: string): Promise<RespConnection> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new RespConnection(socket);
  }

  ask(...words: readonly string[]): Promise<string> {
    return new Promise((resolve) => this.send(words, resolve));
  }

  /** ASCII words only. */
  send(words: readonly string[], done: Waiting): void {
    this.#waiting.push(done);
    if (this.#commands === '') setImmediate(() => this.#flush());
    this.#commands += `*${words.length}\r\n`;
    for (const word of words) this.#commands += `$${word.length}\r\n${word}\r\n`;
  }

  close(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    const commands = this.#commands;
    this.#commands = '';
    this.#socket.write(commands, 'latin1');
  }

  #received(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const end = answerEnd(bytes, at);
      if (end === null) break;
      this.#answered(bytes.toString('latin1', at, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
  }

  #answered(answer: string): void {
    const done = this.#waiting[this.#taken];
    this.#taken += 1;
    if (this.#taken === this.#waiting.length || this.#taken > 4_096) {
      this.#waiting.splice(0, this.#taken);
      this.#taken = 0;
    }
    done?.(answer);
  }
}

/** Where the answer that begins at `at` ends; null: it is not all here. */
function answerEnd(bytes: Buffer, at: number): number | null {
  const lineEnd = bytes.indexOf(CR, at);
  if (lineEnd < 0 || lineEnd + 2 > bytes.length) return null;
  if (bytes[at] !== DOLLAR) return lineEnd + 2;
  const length = Number(bytes.toString('latin1', at + 1, lineEnd));
  const end = length < 0 ? lineEnd + 2 : lineEnd + 2 + length + 2;
  return end <= bytes.length ? end : null;
}
