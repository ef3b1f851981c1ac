/** The server that gateways talk to, under whatever fault is in force. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Bureau } from '../bureau/bureau.ts';
import { answerBureau, BUREAU_PATH } from '../bureau/routes.ts';
import type { FaultSwitch } from '../faults.ts';
import { REPLAYS_PATH } from '../replays/replays-json.ts';
import { Problem } from './problem.ts';
import { garbageReply, problemReply, type Reply, sendReply } from './reply.ts';
import { requireBearer } from './request.ts';
import { answer, type Service } from './routes.ts';

const REQUEST_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3_000;

export interface DataServerOptions {
  readonly token: string;
  /** Of the platform's own people; null: nobody is told what they are told. */
  readonly peopleToken: string | null;
  readonly service: Service;
  readonly faults: FaultSwitch;
  /** Answers below `/bureau/v1/`, under faults of its own beside those of the platform. */
  readonly bureau: Bureau;
}

export function serve({ token, peopleToken, service, faults, bureau }: DataServerOptions): Server {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      respond(request, response).catch(() => response.destroy());
    },
  );
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const isGarbage = () => faults.fault?.fault === 'garbage';
    const made = isGarbage()
      ? garbageReply()
      : await replyTo(request, () => {
          requireBearer(request, isOfPeople(request) ? required(peopleToken) : token);
          return request.url?.startsWith(BUREAU_PATH)
            ? answerBureau(bureau, request)
            : answer(service, request);
        });
    if (made === null) return void request.socket.resetAndDestroy();
    await faults.held();
    if (!server.listening) response.setHeader('connection', 'close');
    await sendReply(response, isGarbage() ? garbageReply() : made);
  };
  resetWhenDown(server, faults);
  return server;
}

function isOfPeople({ url = '' }: IncomingMessage): boolean {
  return url.split('?', 1)[0] === REPLAYS_PATH;
}

function required(token: string | null): string {
  if (token === null) throw new Problem('request.not_found');
  return token;
}

async function replyTo(request: IncomingMessage, handle: () => Promise<Reply | null>): Promise<Reply | null> {
  try {
    return await handle();
  } catch (error) {
    if (request.destroyed && !request.complete) throw error;
    return problemReply(error instanceof Problem ? error : new Problem('gateway.internal'));
  }
}

/** While the platform is down its connections are reset, and new ones at once. */
function resetWhenDown(server: Server, faults: FaultSwitch): void {
  server.on('connection', (socket) => {
    const reset = () => {
      if (faults.isDown) socket.resetAndDestroy();
    };
    reset();
    const forget = faults.onChange(reset);
    socket.once('close', forget);
  });
}

export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Answers what is under way, then closes. One that never finishes its request does not hold up the end. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), STOP_TIMEOUT_MS).unref();
  });
}

export function addressOf(server: Server): string {
  const { address: host, port, family } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`;
}
