/** A door on the loopback to an address that is asked for at each connection. Certificates of engines are good for the loopback too. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Forward {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(address: () => Promise<string | null>, port: number) {
    this.#server = createServer((socket) => {
      this.#hold(socket);
      address().then(
        (to) => {
          if (to === null) socket.destroy();
          else this.#join(socket, connect(port, to));
        },
        () => socket.destroy(),
      );
    });
  }

  /** Null: there is nothing there yet. */
  static async start(address: () => Promise<string | null>, port: number): Promise<Forward> {
    const forward = new Forward(address, port);
    forward.#server.listen(0, '127.0.0.1');
    await once(forward.#server, 'listening');
    return forward;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(socket: Socket, onward: Socket): void {
    this.#hold(onward);
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => onward.destroy());
    onward.on('close', () => socket.destroy());
  }

  #hold(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
