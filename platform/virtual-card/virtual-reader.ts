/**
 * A reader without hardware: who connects to it has a reader, and finds a card on it while there is a connection. The same wire
 * as vsmartcard's, whose driver may also be connected to.
 */
import { createServer, connect as openSocket, type Server, type Socket } from 'node:net';
import { ChipApplication, type ChipApplicationOptions } from './chip-application.ts';
import { playCard } from './wire.ts';

/** Connections while no card lies on it wait for one; so many of them. */
const CONNECTIONS_MAX = 8;

export class VirtualReader {
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #card: ChipApplication | null = null;

  /** Resolves with the port. On this machine alone. */
  listen(port = 0): Promise<number> {
    const server = createServer((socket) => this.#met(socket));
    server.maxConnections = CONNECTIONS_MAX;
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : port);
      });
    });
  }

  /** Lays a card on it, in place of the one that lies there. */
  put(options: ChipApplicationOptions): void {
    this.remove();
    this.#card = new ChipApplication(options);
  }

  /** Takes the card away, also in the middle of a command. */
  remove(): void {
    this.#card = null;
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  async close(): Promise<void> {
    this.remove();
    const server = this.#server;
    if (server !== null) await new Promise((resolve) => server.close(resolve));
  }

  #met(socket: Socket): void {
    // Nothing lies on it.
    if (this.#card === null) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    playCard(socket, this.#card);
  }
}

/** Lays a card on vsmartcard's reader, which listens at `port`. Resolves when it was taken; `close` takes it away again. */
export async function putOnDriver(
  options: ChipApplicationOptions,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<Socket> {
  const socket = openSocket({ host, port });
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  playCard(socket, new ChipApplication(options));
  return socket;
}
