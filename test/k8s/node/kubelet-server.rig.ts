/**
 * What the API server asks of a kubelet: `kubectl exec` (`v5.channel.k8s.io` over WebSocket: a channel's number, then bytes; a
 * JSON status on channel 3 at the end) and `kubectl logs`.
 */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type WebSocket, WebSocketServer } from 'ws';
import type { KeyPair } from '../certificates.rig.ts';
import type { RunningContainer } from './container.rig.ts';

const PROTOCOL = 'v5.channel.k8s.io';
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;

export interface KubeletServerOptions {
  readonly address: string;
  readonly caFile: string;
  readonly own: KeyPair;
  readonly find: (namespace: string, pod: string) => RunningContainer | null;
}

export class KubeletServer {
  readonly #options: KubeletServerOptions;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });

  private constructor(options: KubeletServerOptions) {
    this.#options = options;
    const { own, caFile } = options;
    this.#server = createServer(
      {
        cert: readFileSync(own.cert),
        key: readFileSync(own.key),
        ca: readFileSync(caFile),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (request, response) => this.#logs(request, response),
    );
    this.#server.on('upgrade', (request, socket, head) => {
      this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#exec(request, opened));
    });
  }

  static async start(options: KubeletServerOptions): Promise<KubeletServer> {
    const server = new KubeletServer(options);
    server.#server.listen(0, options.address);
    await once(server.#server, 'listening');
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' ? (address?.port ?? 0) : 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #asked(request: IncomingMessage): {
    readonly verb: string;
    readonly container: RunningContainer | null;
    readonly query: URLSearchParams;
  } {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'https://kubelet');
    const [, verb = '', namespace = '', pod = ''] = pathname.split('/');
    return { verb, container: this.#options.find(namespace, pod), query: searchParams };
  }

  #logs(request: IncomingMessage, response: ServerResponse): void {
    const { verb, container, query } = this.#asked(request);
    if (verb !== 'containerLogs' || container === null) {
      response.writeHead(404).end('this kubelet has no such container, or does not know the request');
      return;
    }
    const lines = container.output.split('\n');
    const tail = Number(query.get('tailLines') ?? lines.length);
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.write(lines.slice(-tail - 1).join('\n'));
    if (query.get('follow') !== 'true') {
      response.end();
      return;
    }
    const leave = container.follow((chunk) => response.write(chunk));
    response.on('close', leave);
    void container.exited.then(() => response.end());
  }

  #exec(request: IncomingMessage, socket: WebSocket): void {
    const { verb, container, query } = this.#asked(request);
    if (verb !== 'exec' || container === null) {
      socket.close(1011, 'this kubelet has no such container, or does not know the request');
      return;
    }
    const child = container.exec(query.getAll('command'));
    const send = (channel: number, bytes: Uint8Array) => {
      socket.send(Buffer.concat([Uint8Array.of(channel), bytes]));
    };
    child.stdout?.on('data', (chunk: Buffer) => send(CHANNEL.stdout, chunk));
    child.stderr?.on('data', (chunk: Buffer) => send(CHANNEL.stderr, chunk));
    // Whoever does not read its input closes it.
    child.stdin?.on('error', () => {});
    if (query.get('input') !== '1' && query.get('stdin') !== 'true') child.stdin?.end();
    socket.on('message', (data: Buffer) => {
      if (data[0] === CHANNEL.stdin) child.stdin?.write(data.subarray(1));
      else if (data[0] === CHANNEL.close && data[1] === CHANNEL.stdin) child.stdin?.end();
    });
    socket.on('close', () => child.kill('SIGKILL'));
    child.once('close', (status) => {
      send(CHANNEL.status, Buffer.from(JSON.stringify(statusOf(status ?? 137))));
      socket.close(1000);
    });
  }
}

function statusOf(exitCode: number): object {
  if (exitCode === 0) return { metadata: {}, status: 'Success' };
  return {
    metadata: {},
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: ${exitCode}`,
    details: { causes: [{ reason: 'ExitCode', message: String(exitCode) }] },
  };
}
