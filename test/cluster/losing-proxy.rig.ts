/** A way to a gateway on which answers are lost: what the gate sends goes through, and nothing comes back. */
import { connect, createServer, type Socket } from 'node:net';

export interface LosingProxy {
  /** Of the gate path. */
  readonly url: string;
  /** From now on nothing that the gateway says arrives. */
  loseAnswers(): void;
  /** Bytes that were lost so far. */
  readonly lostBytes: number;
  /** Ends all connections, and takes no more. */
  end(): Promise<void>;
}

/** `gate`: address of a gateway's gate path. */
export async function startLosingProxy(gate: string): Promise<LosingProxy> {
  const target = new URL(gate);
  const sockets = new Set<Socket>();
  let isLosing = false;
  let lostBytes = 0;
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.on('data', (chunk) => far.write(chunk));
    far.on('data', (chunk) => {
      if (isLosing) lostBytes += chunk.length;
      else near.write(chunk);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const at = server.address();
  if (at === null || typeof at === 'string') throw new Error('it listens on a port');
  return {
    url: `ws://127.0.0.1:${at.port}${target.pathname}`,
    loseAnswers() {
      isLosing = true;
    },
    get lostBytes() {
      return lostBytes;
    },
    end() {
      for (const socket of sockets) socket.destroy();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}
