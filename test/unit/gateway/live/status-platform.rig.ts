/** A platform for live status on a real socket, which answers each request as the test says. */

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { parseSettings, type Settings } from '../../../../config/settings.ts';
import type { AskingClass, LiveAnswer } from '../../../../gateway/live/live-answer.ts';
import {
  type ClosableLiveStatus,
  createLiveStatus,
  type LiveStatusEvents,
  type LiveStatusOptions,
} from '../../../../gateway/live/live-status.ts';
import { personalText } from '../../../../workers/claims.ts';
import { queriesIn, STATUS_KEYS, sealing } from './status-seals.rig.ts';

export const TOKEN = 'status-token-1';

export interface StatusRequest {
  readonly url: string;
  readonly method: string;
  readonly authorization: string | undefined;
  /** As it came. */
  readonly body: string;
  readonly queries: readonly (readonly [string, string])[];
  readonly response: ServerResponse;
  readonly socket: Socket;
}

export type StatusHandler = (request: StatusRequest, number: number) => void;

export interface StatusPlatform {
  readonly url: string;
  readonly requests: StatusRequest[];
  readonly connections: () => number;
  handler: StatusHandler;
}

export async function statusPlatform(handler: StatusHandler = answerAll): Promise<StatusPlatform> {
  const requests: StatusRequest[] = [];
  let connections = 0;
  const server = createServer(async (incoming, response) => {
    const request = await read(incoming, response);
    requests.push(request);
    platform.handler(request, requests.length - 1);
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const platform: StatusPlatform = { url, requests, connections: () => connections, handler };
  return platform;
}

async function read(incoming: IncomingMessage, response: ServerResponse): Promise<StatusRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const queries = text === '' ? [] : queriesIn(text);
  const { url = '', method = '', socket } = incoming;
  sealing(response, url, text);
  return {
    url,
    method,
    authorization: incoming.headers.authorization,
    body: text,
    queries,
    response,
    socket,
  };
}

export function good(asOfMs: number = Date.now()): Record<string, unknown> {
  return { answer: 'known', state: 'good', entitlements: 0, as_of_ms: asOfMs };
}

export function answerAll({ queries, response }: StatusRequest): void {
  sendJson(response, { answers: queries.map(() => good()) });
}

export function sendJson(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function reset({ socket }: StatusRequest): void {
  socket.resetAndDestroy();
}

export function liveSettings(live: Partial<Settings['live']> = {}): Settings['live'] {
  return {
    ...parseSettings({ gateway_id: 'gw-1', trust_file: 'trust.json' }).live,
    // A busy machine must not decide a test whose subject is not the deadline.
    deadline_gate_ms: 5_000,
    deadline_desk_ms: 5_000,
    ...live,
  };
}

/** Everything that was told, a line. */
export function tellingEvents(told: string[]): LiveStatusEvents {
  return {
    asked: (askingClass) => told.push(`${askingClass} asked`),
    answered: (askingClass, kind) => told.push(`${askingClass} ${kind}`),
    request: (askingClass, fault, _, queries) =>
      told.push(`${askingClass} request of ${queries}: ${fault ?? 'ok'}`),
    retried: (askingClass) => told.push(`${askingClass} retried`),
    breaker: (askingClass, state) => told.push(`${askingClass} breaker ${state}`),
  };
}

export interface Asking {
  readonly status: ClosableLiveStatus;
  readonly told: string[];
  ask(credentialId: string, askingClass?: AskingClass, withinMs?: number): Promise<LiveAnswer>;
}

export function asking(
  url: string,
  live: Partial<Settings['live']> = {},
  options: Partial<LiveStatusOptions> = {},
): Asking {
  const told: string[] = [];
  const status = createLiveStatus({
    endpoint: { url, token: TOKEN },
    settings: liveSettings(live),
    mayAsk: () => true,
    keys: () => STATUS_KEYS,
    wallClock: Date.now,
    events: tellingEvents(told),
    ...options,
  });
  onTestFinished(() => status.close());
  return {
    status,
    told,
    ask: (credentialId, askingClass = 'gate', withinMs = 60_000) =>
      new Promise((resolve) => {
        const deadlineAt = performance.now() + withinMs;
        status.ask(
          { issuer: 'issuer-1', credentialId: personalText(credentialId), class: askingClass, deadlineAt },
          resolve,
        );
      }),
  };
}
