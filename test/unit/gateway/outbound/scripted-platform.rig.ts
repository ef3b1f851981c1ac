/** A platform that answers as the test says. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export const TOKEN = 'platform-token-1';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: string;
}

export type Handler = (request: Received, response: ServerResponse) => void | Promise<void>;

export interface ScriptedPlatform {
  readonly url: string;
  readonly received: readonly Received[];
  handler: Handler;
}

export async function scriptedPlatform(handler: Handler): Promise<ScriptedPlatform> {
  const received: Received[] = [];
  const scripted = { url: '', received, handler };
  const server = createServer(async (request, response) => {
    const each = await read(request);
    received.push(each);
    await scripted.handler(each, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  scripted.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return scripted;
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { authorization, 'content-type': contentType } = request.headers;
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    authorization,
    contentType,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

export function send(
  response: ServerResponse,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response.writeHead(200, headers).end(body);
}
