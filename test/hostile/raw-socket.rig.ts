/** A bare TCP connection that writes what it is told, in pieces if need be, and reads only when it is told. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface RawSocketOptions {
  /** Address it comes from. */
  readonly from?: string;
  /** false: what comes is left in the system's buffers. */
  readonly reads?: boolean;
}

export class RawSocket {
  readonly #socket: Socket;
  #received = '';
  #onReceived: () => void = () => {};
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  #over = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#over = true;
        this.#onReceived();
        resolve();
      });
    });
  }

  /** Rejects when the connection is refused. `http`: the base address. */
  static async open(http: string, { from = '127.0.0.1', reads = true }: RawSocketOptions = {}) {
    const { hostname, port } = new URL(http);
    const socket = connect({ host: hostname, port: Number(port), localAddress: from, noDelay: true });
    const raw = new RawSocket(socket);
    if (reads) socket.on('data', (chunk: Buffer) => raw.#take(chunk));
    await Promise.race([once(socket, 'connect'), raw.closed]);
    return raw;
  }

  get isOver(): boolean {
    return this.#over;
  }

  /** As Latin-1. */
  get received(): string {
    return this.#received;
  }

  get sentBytes(): number {
    return this.#socket.bytesWritten;
  }

  write(bytes: string | Uint8Array): void {
    if (!this.#over) this.#socket.write(bytes);
  }

  /** Writes until the peer takes no more for `stallMs`, the connection is over, or `bytesMax` are sent. */
  async press(piece: string | Uint8Array, bytesMax: number, stallMs = 1_000): Promise<void> {
    while (!this.#over && this.#socket.bytesWritten < bytesMax) {
      if (this.#socket.write(piece)) {
        await sleep(0);
        continue;
      }
      const drained = once(this.#socket, 'drain', { signal: AbortSignal.timeout(stallMs) });
      const took = await Promise.race([drained.then(() => true), this.closed.then(() => false)]).catch(
        () => false,
      );
      if (!took) return;
    }
  }

  /** Writes a piece every `everyMs`, until it is over or `pieces` are sent. */
  async dribble(piece: string | Uint8Array, everyMs: number, pieces: number): Promise<void> {
    for (let i = 0; i < pieces && !this.#over; i += 1) {
      this.write(piece);
      await sleep(everyMs);
    }
  }

  /** Resolves when what was received is enough. Rejects when the connection is over before. */
  async until(isEnough: (received: string) => boolean): Promise<void> {
    while (!isEnough(this.#received)) {
      if (this.#over) throw new Error(`the connection is over, and received was: ${this.#received}`);
      await new Promise<void>((resolve) => {
        this.#onReceived = resolve;
      });
    }
  }

  /** Takes what has come, from now on. */
  read(): void {
    this.#socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  end(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received += chunk.toString('latin1');
    this.#onReceived();
  }
}

/** A request without a body. */
export function get(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ Host: 'gateway', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Opens many at once; those that are refused are not among them. */
export async function openMany(
  count: number,
  http: string,
  options: RawSocketOptions = {},
): Promise<RawSocket[]> {
  const opened = await Promise.allSettled(Array.from({ length: count }, () => RawSocket.open(http, options)));
  return opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
}
