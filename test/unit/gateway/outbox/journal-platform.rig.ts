/** A platform's side of the outbox: keeps each record once, and answers as the test says. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decode } from '@msgpack/msgpack';
import { expect, onTestFinished } from 'vitest';
import { decodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { sealing } from '../live/status-seals.rig.ts';

export const TOKEN = 'platform-token-1';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Buffer;
}

export interface Upload {
  readonly gateway: string;
  readonly epoch: string;
  readonly first: number;
  readonly records: readonly Uint8Array[];
}

export type Handler = (request: Received, response: ServerResponse) => void | Promise<void>;

/** A server on a free port, stopped with the test, which seals what it answers. `handler` may be replaced. */
export async function scriptedServer(handler: Handler) {
  const received: Received[] = [];
  const scripted = { url: '', received, handler, seals: true };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { authorization, 'content-type': contentType } = request.headers;
    const { method = '', url = '' } = request;
    const one = { method, path: url, authorization, contentType, body: Buffer.concat(chunks) };
    received.push(one);
    if (scripted.seals) sealing(response, url, one.body);
    await scripted.handler(one, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  scripted.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return scripted;
}

export function send(response: ServerResponse, body: unknown): void {
  response.writeHead(200).end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** What a platform has stored, by record id, and every id that came, in order. */
export function intake() {
  const stored = new Map<string, Uint8Array>();
  const seen: string[] = [];
  const store = (body: Buffer) => {
    const { gateway, epoch, first, records } = decode(body) as Upload;
    expect(gateway).toBe('gw-1');
    expect(epoch).toMatch(/^[0-9a-f]{16}$/);
    let accepted = 0;
    for (const [i, record] of records.entries()) {
      // Its checksum covers its position: a record under another's id would not be read.
      expect(decodeRecord(first + i, record).record.position).toBe(first + i);
      const id = `${epoch}:${first + i}`;
      seen.push(id);
      const before = stored.get(id);
      // The same record under the same id, for ever.
      if (before) expect(Buffer.compare(before, record)).toBe(0);
      else accepted += 1;
      stored.set(id, record);
    }
    return { accepted, duplicates: records.length - accepted };
  };
  const handler: Handler = ({ body }, response) => send(response, store(body));
  return { stored, seen, store, handler };
}
