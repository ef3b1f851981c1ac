/** Between a gateway and a platform: hands on what they say, and can stop in the middle of an answer. */
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StallingProxy {
  readonly url: string;
  /** Holds back the second half of answers to such paths. Resolves when one is held. */
  stall(path: RegExp): Promise<void>;
  /** Holds back nothing any more. */
  flow(): void;
  stop(): Promise<void>;
}

export async function startStallingProxy(platformUrl: string): Promise<StallingProxy> {
  let stalling: RegExp | null = null;
  let stalled: () => void = () => {};
  const server = createServer((incoming, response) => {
    const { method, url = '/', headers } = incoming;
    const onward = request(new URL(url, platformUrl), { method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const body = Buffer.concat(chunks);
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        if (stalling?.test(url)) {
          response.write(body.subarray(0, body.length / 2), () => stalled());
        } else response.end(body);
      });
    });
    onward.on('error', () => response.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stall: (path) =>
      new Promise((resolve) => {
        stalled = resolve;
        stalling = path;
      }),
    flow: () => {
      stalling = null;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
