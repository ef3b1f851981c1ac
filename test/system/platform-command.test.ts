/** `onecard platform --city` as an operator runs it, and `onecard issue` of a neighbour beside it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { cityFile, shippedCity } from '../fixtures/city-document.ts';
import { freePort, MAIN } from './gateway-under-test.rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-test-'));
const file = join(folder, 'city.json');
const trustFile = join(folder, 'trust.json');
const said = (what: RegExp) =>
  vi.waitFor(() => expect(output).toMatch(what), { timeout: 30_000, interval: 50 });
let platform: ChildProcess;
let url: string;
let output = '';

beforeAll(async () => {
  publishable('first');
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  const at = ['--listen', `127.0.0.1:${port}`, '--token-file', join(folder, 'token')];
  platform = spawn(process.execPath, [
    MAIN,
    'platform',
    '--seed',
    's',
    '--cards',
    '10',
    '--city',
    file,
    ...at,
  ]);
  for (const stream of [platform.stdout, platform.stderr]) {
    stream?.on('data', (chunk) => {
      output += String(chunk);
    });
  }
  await said(/^try /m);
});
afterAll(() => {
  platform.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function publishable(revision: string): void {
  writeFileSync(file, JSON.stringify({ ...shippedCity(), revision }));
}

async function fetched(path: string): Promise<Readonly<Record<string, never>>> {
  const headers = { authorization: `Bearer ${readFileSync(join(folder, 'token'), 'utf8').trim()}` };
  return (await (await fetch(`${url}/v1/tuf/${path}`, { headers })).json()) as Readonly<
    Record<string, never>
  >;
}

interface Signed {
  readonly signed: {
    readonly meta: Readonly<Record<string, { readonly version: number }>>;
    readonly targets: Readonly<Record<string, { readonly hashes: { readonly sha256: string } }>>;
  };
}

/** A target as gateways get it. */
async function published(path: string): Promise<Readonly<Record<string, unknown>>> {
  const named = async (name: string) => (await fetched(`metadata/${name}`)) as unknown as Signed;
  const snapshot = (await named('timestamp.json')).signed.meta['snapshot.json']?.version;
  const targets = (await named(`${snapshot}.snapshot.json`)).signed.meta['targets.json']?.version;
  const { sha256 } = (await named(`${targets}.targets.json`)).signed.targets[path]?.hashes ?? {};
  return await fetched(`targets/${sha256}.${path}`);
}

test('publishes the document, reads it again at SIGHUP, and keeps it where the next cannot be used', async () => {
  expect((await published('city.json'))['revision']).toBe('first');
  expect(output).toMatch(/^city .* revision first\+[0-9a-f]{8}$/m);
  publishable('second');
  platform.kill('SIGHUP');
  await said(/revision second\+/);
  expect((await published('city.json'))['revision']).toBe('second');
  writeFileSync(file, JSON.stringify({ ...shippedCity(), revision: 'third', scenes: [] }));
  platform.kill('SIGHUP');
  await said(/onecard platform: not published: /);
  expect((await published('city.json'))['revision']).toBe('second');
});

test('has the authorities of its neighbours in its trust, with which what is issued there is proven', async () => {
  const trust = await published('trust.json');
  const regions = (trust['anchors'] as { readonly region: string }[]).map(({ region }) => region);
  expect(new Set(regions)).toEqual(new Set(['cq', 'sc', 'xz', 'gz']));
  writeFileSync(trustFile, JSON.stringify(trust));
  const issue = ['issue', '--seed', 's', '--region', 'sc', '--family', 'chip-oda', '--count', '2'];
  const issued = spawnSync(process.execPath, [MAIN, ...issue], { encoding: 'utf8' });
  const verify = ['verify', '--trust', trustFile, '--jsonl', '-'];
  const verified = spawnSync(process.execPath, [MAIN, ...verify], { encoding: 'utf8', input: issued.stdout });
  const lines = verified.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  expect(lines).toHaveLength(2);
  for (const line of lines) expect(JSON.stringify(line)).toContain('"region":"sc"');
});

test.each([
  ['a document that cannot be used', () => ['--city', cityFile({ revision: 'x' })], 'is not usable'],
  ['a neighbour that is none', () => ['--neighbours', 'sc,bj'], 'cq,sc,xz,gz'],
  ['itself as its neighbour', () => ['--neighbours', 'cq'], 'different ones'],
])('%s ends with a clear line and status 2', (_, args, message) => {
  const command = [MAIN, 'platform', '--seed', 's', '--cards', '1', '--listen', '127.0.0.1:0', ...args()];
  const run = spawnSync(process.execPath, command, { encoding: 'utf8', timeout: 60_000 });
  expect([run.status, run.stderr]).toEqual([2, expect.stringContaining(message)]);
});
