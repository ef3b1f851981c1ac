/** What stands between a gateway and its platform in tests: passes everything on, rewrites what a test wants, and listens. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';

/** A question and its answer, as both came. */
export interface Passing {
  readonly path: string;
  readonly body: Buffer;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly answer: Buffer;
}

/** What the gateway is to get instead. */
export interface Rewritten {
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>;
  readonly answer: Buffer | string;
}

export interface Relay {
  readonly url: string;
  /** Null: everything is passed on as it is. What it answers null to is too. */
  rewrite: ((passing: Passing) => Rewritten | null) | null;
  /** Answers in the platform's place, which never sees the question; null: it does. */
  swallow: ((path: string, body: Buffer) => object | null) | null;
  /** While set, connections are reset, but for what is answered in the platform's place. */
  isDown: boolean;
  /** How many answers were rewritten, or given in the platform's place, since the test last set this to 0. */
  tampered: number;
  close(): Promise<void>;
}

/** A relay that reads and rewrites HTTP, and has no key of anybody. */
export async function startRelay(platformUrl: string): Promise<Relay> {
  const server = createServer(async (incoming, response) => {
    const body = await bytesOf(incoming).catch(() => null);
    const path = incoming.url ?? '';
    const swallowed = body && (relay.swallow?.(path, body) ?? null);
    if (swallowed !== null) {
      relay.tampered += 1;
      return void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(swallowed));
    }
    if (body === null || relay.isDown) return void incoming.socket.resetAndDestroy();
    const asked = await forwarded(platformUrl, incoming, body).catch(() => null);
    if (asked === null || relay.isDown) return void incoming.socket.resetAndDestroy();
    const rewritten = relay.rewrite?.(asked) ?? null;
    if (rewritten !== null) relay.tampered += 1;
    const answer = Buffer.from(rewritten?.answer ?? asked.answer);
    const headers = { ...asked.headers, ...rewritten?.headers };
    const sent = Object.entries(headers).filter(([name, value]) => value !== undefined && !HOP.has(name));
    response
      .writeHead(asked.status, { ...Object.fromEntries(sent), 'content-length': answer.length })
      .end(answer);
  });
  const close = () => closed(server, () => server.closeAllConnections());
  const relay: Relay = {
    url: await listening(server),
    rewrite: null,
    swallow: null,
    isDown: false,
    tampered: 0,
    close,
  };
  return relay;
}

/** A relay that listens: everything that travels in either direction. */
export async function startListener(platformUrl: string) {
  const { hostname, port } = new URL(platformUrl);
  const heard: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer((near) => {
    const far = connect(Number(port), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('data', (bytes: Buffer) => {
        heard.push(bytes);
        to.write(bytes);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  const close = () =>
    closed(server, () => {
      for (const socket of sockets) socket.destroy();
    });
  return { url: await listening(server), close, heard: () => Buffer.concat(heard) };
}

const HOP: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function forwarded(platformUrl: string, incoming: IncomingMessage, body: Buffer): Promise<Passing> {
  const path = incoming.url ?? '';
  return new Promise((resolve, reject) => {
    const { method, headers } = incoming;
    const onward = request(`${platformUrl}${path}`, { method, headers }, (response) => {
      bytesOf(response).then((answer) => {
        resolve({ path, body, status: response.statusCode ?? 0, headers: response.headers, answer });
      }, reject);
    });
    const giveUp = () => onward.destroy();
    incoming.socket.once('close', giveUp);
    onward.once('close', () => incoming.socket.off('close', giveUp));
    onward.on('error', reject);
    onward.end(body);
  });
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function closed(server: Server, cutOff: () => void): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    cutOff();
  });
}
