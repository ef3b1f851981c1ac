/** The reference platform over HTTP: who may ask it, and journals they hand in. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createCity } from '../../../platform/city.ts';
import { createPlatform, type Platform, type PlatformOptions } from '../../../platform/server.ts';

const NOW = Date.UTC(2026, 10, 20, 8);
const TOKEN = 'a-token-for-tests-only';
const city = createCity({ seed: 'served', cards: 50, now: NOW });

const started: Platform[] = [];
const folders: string[] = [];

async function start(options: Partial<PlatformOptions> = {}): Promise<Platform> {
  const platform = createPlatform({ city, token: TOKEN, now: () => NOW, ...options });
  await platform.start();
  started.push(platform);
  return platform;
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'platform-'));
  folders.push(path);
  return path;
}

afterEach(async () => {
  for (const platform of started.splice(0)) await platform.stop();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

function get(platform: Platform, path: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(platform.url + path, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
}

function post(platform: Platform, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${platform.url}/v1/journal`, {
    method: 'POST',
    body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json', ...headers },
  });
}

async function codeOf(response: Response): Promise<unknown> {
  return ((await response.json()) as { code?: unknown }).code;
}

describe('journal', () => {
  const upload = (...ids: string[]) => ({
    gateway: 'gate-1',
    records: ids.map((id) => ({ id, code: 'allow.good' })),
  });

  it('keeps each record once, whoever sends it again', async () => {
    const platform = await start();
    expect(await (await post(platform, upload('a', 'b', 'a'))).json()).toEqual({
      accepted: 2,
      duplicates: 1,
      conflicts: 0,
    });
    expect(await (await post(platform, upload('b', 'c'))).json()).toEqual({
      accepted: 1,
      duplicates: 1,
      conflicts: 0,
    });
    const other = { ...upload('a'), gateway: 'gate-2' };
    expect(await (await post(platform, other)).json()).toEqual({ accepted: 1, duplicates: 0, conflicts: 0 });
    const changed = { gateway: 'gate-1', records: [{ id: 'a', code: 'deny.replayed' }] };
    expect(await (await post(platform, changed)).json()).toEqual({
      accepted: 0,
      duplicates: 0,
      conflicts: 1,
      first_conflict: 'a',
    });
    expect(await (await get(platform, '/v1/journal/summary')).json()).toEqual({
      records: 4,
      duplicates: 2,
      conflicts: 1,
      gateways: { 'gate-1': 3, 'gate-2': 1 },
      forks: {},
    });
    expect([platform.hasRecord('gate-1', 'c'), platform.hasRecord('gate-2', 'c')]).toEqual([true, false]);
  });

  it('keeps records once when the same upload arrives twice at a time', async () => {
    const platform = await start({ dataDir: folder() });
    const answers = await Promise.all(
      [1, 2, 3].map(async () => (await post(platform, upload('x', 'y'))).json()),
    );
    expect(answers.map((answer) => (answer as { accepted: number }).accepted).sort()).toEqual([0, 0, 2]);
  });

  it('has what it confirmed after a restart, and not the line a crash tore', async () => {
    const dataDir = folder();
    const first = await start({ dataDir });
    await post(first, upload('a', 'b'));
    await first.stop();
    started.pop();
    appendFileSync(join(dataDir, 'journal.frames'), Buffer.from([0, 0, 0, 99, 1, 2, 3, 4, 1, 0x7b]));
    const second = await start({ dataDir });
    expect(await (await post(second, upload('b', 'c'))).json()).toEqual({
      accepted: 1,
      duplicates: 1,
      conflicts: 0,
    });
    expect(['a', 'b', 'c', 'to'].map((id) => second.hasRecord('gate-1', id))).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(second.journalSummary().conflicts).toBe(0);
  });

  it.each([
    ['no JSON', 'nonsense', {}, 400, 'request.malformed'],
    [
      'no UTF-8',
      new Uint8Array(Buffer.from('{"gateway":"g\xff","records":[]}', 'latin1')),
      {},
      400,
      'request.malformed',
    ],
    ['another shape', { gateway: 'gate-1' }, {}, 400, 'request.malformed'],
    ['a gateway with an odd name', { gateway: 'G 1', records: [] }, {}, 400, 'request.malformed'],
    ['a record without id', { gateway: 'gate-1', records: [{}] }, {}, 400, 'request.malformed'],
    [
      'too many records',
      { gateway: 'gate-1', records: Array.from({ length: 1_001 }, (_, i) => ({ id: `${i}` })) },
      {},
      400,
      'request.malformed',
    ],
    ['another media type', '{}', { 'content-type': 'text/plain' }, 415, 'request.unsupported_media_type'],
    ['a body too large', 'x'.repeat(8_388_609), {}, 413, 'request.too_large'],
  ])('refuses %s', async (_name, body, headers, status, code) => {
    const platform = await start();
    const response = await post(platform, body, headers);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status, code });
    expect(response.status).toBe(status);
    expect(platform.journalSummary().records).toBe(0);
  });
});

describe('requests', () => {
  it('wants the token, everywhere', async () => {
    const platform = await start();
    for (const path of ['/v1/health', '/v1/journal/summary', '/nothing']) {
      const without = await fetch(platform.url + path);
      expect([without.status, await codeOf(without)]).toEqual([401, 'auth.missing']);
      const wrong = await fetch(platform.url + path, { headers: { authorization: `Bearer ${TOKEN}x` } });
      expect([wrong.status, await codeOf(wrong)]).toEqual([401, 'auth.invalid']);
      expect(wrong.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(() => createPlatform({ city, token: 'short' })).toThrow(RangeError);
  });

  it('knows its paths and methods', async () => {
    const platform = await start();
    expect((await get(platform, '/v1/nothing')).status).toBe(404);
    expect((await get(platform, '/v1/health?card=1')).status).toBe(404);
    const response = await get(platform, '/v1/journal');
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('has the same root for the same seed, and no private key in it', () => {
    const root = () => createPlatform({ city, token: TOKEN, now: () => NOW }).rootJson.toString('utf8');
    expect(root()).toBe(root());
    expect(JSON.parse(root())).toMatchObject({ signed: { _type: 'root', version: 1 } });
  });
});
