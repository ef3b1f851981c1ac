import { getEventListeners } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, test, vi } from 'vitest';
import { PlatformError } from '../../../../gateway/outbound/platform-error.ts';
import { type PlatformRequest, requestPlatform } from '../../../../gateway/outbound/platform-request.ts';
import { type Handler, scriptedPlatform, send, TOKEN } from './scripted-platform.rig.ts';

const MAX_BYTES = 100_000;

function request(url: string, over: Partial<PlatformRequest> = {}, timeoutMs = 5_000) {
  return requestPlatform(
    { url, token: TOKEN, timeoutMs },
    { path: '/v1/thing', maxBytes: MAX_BYTES, ...over },
  );
}

async function faultOf(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => null,
    (reason) => reason,
  );
  return error instanceof PlatformError ? error.code : `not a PlatformError: ${String(error)}`;
}

test('a question carries the token, and what it sends', async () => {
  const platform = await scriptedPlatform((_, response) => send(response, 'an answer'));
  expect((await request(`${platform.url}/`)).body.toString()).toBe('an answer');
  await request(platform.url, { body: { a: 1 } });
  const common = { path: '/v1/thing', authorization: `Bearer ${TOKEN}` };
  expect(platform.received).toEqual([
    { ...common, method: 'GET', contentType: undefined, body: '' },
    { ...common, method: 'POST', contentType: 'application/json', body: '{"a":1}' },
  ]);
});

describe('what is no answer', () => {
  const answers: [string, string, Handler][] = [
    ['too many bytes', 'too_large', (_, r) => send(r, 'x'.repeat(MAX_BYTES + 1))],
    [
      'too many bytes, packed',
      'too_large',
      (_, r) => send(r, gzipSync('x'.repeat(1e6)), { 'content-encoding': 'gzip' }),
    ],
    ['401', 'unauthorised', (_, r) => void r.writeHead(401).end()],
    ['403', 'unauthorised', (_, r) => void r.writeHead(403).end()],
    ['404', 'status', (_, r) => void r.writeHead(404).end()],
    ['500', 'status', (_, r) => void r.writeHead(500).end('x'.repeat(1_000))],
    ['204', 'status', (_, r) => void r.writeHead(204).end()],
    ['304', 'status', (_, r) => void r.writeHead(304).end()],
    ['a redirect', 'unreachable', (_, r) => void r.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['a broken connection', 'unreachable', (_, r) => void r.destroy()],
    [
      'half an answer',
      'unreachable',
      (_, r) => {
        r.writeHead(200, { 'content-length': '1000' }).write('x');
        setImmediate(() => r.destroy());
      },
    ],
  ];
  test.each(answers)('%s: %s', async (_, fault, handler) => {
    const platform = await scriptedPlatform(handler);
    expect(await faultOf(request(platform.url))).toBe(fault);
  });

  test('too slow is a timeout, in its head or in its body', async () => {
    const platform = await scriptedPlatform(() => {});
    expect(await faultOf(request(platform.url, {}, 150))).toBe('timeout');
    platform.handler = (_, response) => void response.writeHead(200).write('x');
    expect(await faultOf(request(platform.url, {}, 150))).toBe('timeout');
  });

  test('a platform that is gone is unreachable, and no message holds the token', async () => {
    const error = await request('http://127.0.0.1:1').catch((reason) => reason);
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(TOKEN);
  });

  test('a request is given up early when asked', async () => {
    const platform = await scriptedPlatform(() => {});
    const givingUp = new AbortController();
    const asked = request(platform.url, { signal: givingUp.signal });
    await expect.poll(() => platform.received.length).toBe(1);
    givingUp.abort();
    expect(await faultOf(asked)).toBe('unreachable');
  });
});

test('nothing of a request stays behind when it has been answered', async () => {
  const platform = await scriptedPlatform((_, response) => send(response, 'an answer'));
  const stopping = new AbortController();
  const fetched = vi.spyOn(globalThis, 'fetch');
  await request(platform.url, { signal: stopping.signal }, 100);
  const signal = fetched.mock.calls[0]?.[1]?.signal;
  fetched.mockRestore();
  await wait(200);
  expect(signal?.aborted).toBe(false);
  expect(getEventListeners(stopping.signal, 'abort')).toEqual([]);
});
