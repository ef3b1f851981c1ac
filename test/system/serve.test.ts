/** `onecard serve` as an operator meets it: settings, addresses, TLS, signals. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { createCity } from '../../platform/city.ts';
import { createPlatform } from '../../platform/server.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { makeToken, PlainClient } from '../protocol/plain-client.rig.ts';
import { RawGate } from '../unit/gateway/transport/raw-gate.rig.ts';
import { type GatewayOptions, MAIN, startGateway } from './gateway-under-test.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from './presentations.rig.ts';

const folder = mkdtempSync(join(tmpdir(), 'onecard-serve-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const city = createCity({ seed: 'serve', cards: 4, rsaCardKeys: 1 });

/** Writes a file into the folder of these tests; returns its path. */
function file(name: string, content: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

/** Runs `onecard serve` until it ends by itself. */
async function serve(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, 'serve', ...args]);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'close');
  return { status, stdout, stderr };
}

async function gatewayForTest(options: GatewayOptions) {
  const gateway = await startGateway(options);
  onTestFinished(() => gateway.stop());
  return gateway;
}

const minimal = {
  gateway_id: 'gw-1',
  data_dir: 'data',
  listen: { port: 0 },
  trust_file: 'trust.json',
  log: { level: 'warn' },
};

test('--check says what it found, and opens nothing', async () => {
  file('trust.json', city.trustDocument());
  const config = file('good.json', minimal);
  const anchors = city.trustDocument().anchors.length;
  expect(await serve('--config', config, '--check')).toEqual({
    status: 0,
    stdout: `${config} is usable: 75 scenes, ${anchors} anchors of trust, no TLS\n`,
    stderr: '',
  });
});

const platform = { url: 'http://127.0.0.1:1', root_file: 'root.json', token_file: 'token' };
const unusable: [string, object | string, RegExp][] = [
  ['no JSON', '{', /^onecard serve: cannot read settings from .*unusable\.json: /],
  [
    'an unknown setting',
    { ...minimal, colour: 'red' },
    /^onecard serve: settings are not usable:\n {2}.*unusable\.json: colour: there is no such setting; there are gateway_id, .*\n$/,
  ],
  [
    'settings that contradict',
    { ...minimal, workers: { hang_ms: 1, batch_target_ms: 5 } },
    /workers\.batch_target_ms must be below workers\.hang_ms/,
  ],
  ['no source of trust', { gateway_id: 'gw-1' }, /either platform or trust_file is needed/],
  ['no trust file', { ...minimal, trust_file: 'none.json' }, /cannot read trust from .*none\.json/],
  ['unusable trust', { ...minimal, trust_file: 'bad-trust.json' }, /anchor/],
  [
    'unusable scenes',
    { ...minimal, city: 'bad-city.json' },
    /the city in .*bad-city\.json is not usable:\n {2}bad-city\.json:1:\d+: policies must have/,
  ],
  [
    'unusable TLS files',
    { ...minimal, listen: { tls: { cert_file: 'trust.json', key_file: 'trust.json' } } },
    /TLS files cannot be used: .*trust\.json/,
  ],
  [
    'no root of trust',
    { ...minimal, platform: { ...platform, root_file: 'token' } },
    /token holds no root of trust: /,
  ],
];

test.each(unusable)(
  '%s: one clear message and status 2, with --check and without',
  async (_what, settings, says) => {
    file('trust.json', city.trustDocument());
    file('bad-trust.json', { anchors: [{ family: 'transit-qr', region: 'cq', caRecordHex: '21' }] });
    file('bad-city.json', { revision: '1', policies: [], scenes: [] });
    const config = file('unusable.json', settings);
    file('token', 'a-token-of-sixteen');
    for (const { status, stderr } of await Promise.all([
      serve('--config', config, '--check'),
      serve('--config', config),
    ])) {
      expect(stderr).toMatch(says);
      expect(stderr).not.toMatch(/^ +at /m);
      expect(status).toBe(2);
    }
  },
);

test('an address that is taken, or is not ours: one clear line, status 2, and the first gateway goes on', async () => {
  const gateway = await gatewayForTest({});
  file('trust.json', city.trustDocument());
  const { port } = new URL(gateway.http);
  const taken = await serve('--config', file('taken.json', { ...minimal, listen: { port: Number(port) } }));
  expect(taken.stderr).toBe(
    `onecard serve: cannot listen on 127.0.0.1:${port}: the port is taken, or the address is not one of this machine (gateways share a port only where each of them has listen.share_port)\n`,
  );
  expect(taken.status).toBe(2);
  // TEST-NET-1 (RFC 5737) is nobody's.
  const elsewhere = await serve('--config', file('away.json', { ...minimal, listen: { host: '192.0.2.1' } }));
  expect(elsewhere.stderr).toMatch(/^onecard serve: cannot listen on 192\.0\.2\.1:8790: .*\n$/);
  expect(elsewhere.status).toBe(2);
  const client = await PlainClient.connect(gateway.target());
  await client.bye();
});

test('no trust, neither from the platform nor from disk: one clear line, status 2', async () => {
  file('token', 'a-token-of-sixteen');
  writeFileSync(join(folder, 'root.json'), createPlatform({ city, token: 'a-token-of-sixteen' }).rootJson);
  const config = file('alone.json', {
    ...minimal,
    trust_file: undefined,
    platform,
    log: { level: 'silent' },
  });
  const { status, stderr } = await serve('--config', config);
  expect(stderr).toMatch(/^onecard serve: no trust to start with: http:\/\/127\.0\.0\.1:1 .*\n$/);
  expect(status).toBe(2);
});

test('TLS by configuration: https and wss, and a tap through it', async () => {
  const pem = (name: string) => join(import.meta.dirname, '../unit/gateway/transport/tls', name);
  const tls = { cert_file: pem('localhost.cert.pem'), key_file: pem('localhost.key.pem') };
  const gateway = await gatewayForTest({ settings: { listen: { tls } } });
  expect([gateway.http, gateway.gate]).toEqual([
    expect.stringMatching(/^https:/),
    expect.stringMatching(/^wss:/),
  ]);
  const ca = readFileSync(tls.cert_file);
  const ready = request(`${gateway.http}/readyz`, { ca }).end();
  const [response] = await once(ready, 'response');
  response.resume();
  expect([response.statusCode, response.socket.authorized]).toEqual([200, true]);
  const gate = await RawGate.greeted(gateway.gate, { token: makeToken(gateway.target()) });
  const [card = 0] = goodCards(gateway.city, 'rsa');
  gate.send({ t: 'tap', seq: 0, ...chipTapOf(gateway.city, card).binary });
  expect(await gate.next()).toMatchObject({ code: 'allow.good' });
  expect(await gate.bye()).toEqual({ code: 1_000, reason: 'bye' });
  expect(await gateway.kill('SIGTERM')).toEqual({ status: 0, signal: null });
});

test('SIGINT and SIGTERM end it with status 0, a second signal at once', async () => {
  const gateway = await gatewayForTest({});
  expect(await gateway.kill('SIGINT')).toEqual({ status: 0, signal: null });
  await gateway.restart();
  // A client that does not leave holds up the end for the grace it was given.
  const client = await PlainClient.connect(gateway.target());
  const from = gateway.logLines.length;
  process.kill(gateway.pid, 'SIGTERM');
  await gateway.logged('stopping: taps that were taken are answered first', from);
  expect(await gateway.kill('SIGTERM')).toEqual({ status: 130, signal: null });
  expect((await client.closed).code).toBe(1_006);
});

test('a signal that comes while it starts ends it with status 0 as well', async () => {
  file('trust.json', city.trustDocument());
  const config = file('early.json', {
    ...minimal,
    data_dir: 'early',
    // Said as the first thing of a start, before anything is opened.
    journal: { durability: 'commit' },
  });
  const child = spawn(process.execPath, [MAIN, 'serve', '--config', config]);
  const closed = once(child, 'close');
  const [first] = (await once(child.stdout, 'data')) as [Buffer];
  expect(first.toString()).toContain('journal.durability is commit');
  expect(first.toString()).not.toContain('listening');
  child.kill('SIGTERM');
  expect(await closed).toEqual([0, null]);
});

test('starts from disk with no platform in reach, and judges', async () => {
  const gateway = await gatewayForTest({});
  await gateway.kill('SIGTERM');
  await gateway.stopPlatform();
  await gateway.restart();
  const ready = (await (await fetch(`${gateway.admin}/readyz`)).json()) as object;
  expect(ready).toMatchObject({ ok: true, checks: { mode: 'lists', list_revision: expect.any(String) } });
  const client = await PlainClient.connect(gateway.target());
  const [card = 0] = goodCards(gateway.city, 'rsa');
  const shown = [rideCodeOf(gateway.city, card), chipTapOf(gateway.city, card)];
  const answers = await Promise.all(shown.map(({ binary }, seq) => client.tap(seq, binary)));
  expect(answers.map(({ message }) => message['code'])).toEqual(['allow.good', 'allow.good']);
  await client.bye();
  expect(gateway.output).toContain('the platform link has a fault; what was in force stays');
});

test.each(['sync', 'commit', 'none'])('journal.durability %s is said at start', async (durability) => {
  const gateway = await gatewayForTest({ settings: { journal: { durability } } });

  const warned = gateway.logLines.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
  if (TEST_PROFILE === 'sm') expect(warned.pop()).toMatch(/^receipts are signed without a certificate: /);
  expect(warned).toEqual(
    durability === 'sync' ? [] : [expect.stringMatching(`^journal.durability is ${durability}: `)],
  );
  expect(await gateway.logged('listening')).toMatchObject({ durability });
});
