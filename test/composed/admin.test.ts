/** The address for operators: what it says, how often that is made, who may ask, and what is left of it in public. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parseSettings, SettingsError } from '../../config/settings.ts';
import { get, RawSocket } from '../hostile/raw-socket.rig.ts';
import { becomes } from '../outage/outage.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { rideCodeOf } from '../system/presentations.rig.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';
import {
  type ComposedGateway,
  type ComposedOptions,
  composeOnly,
  startComposed,
} from './composed-gateway.rig.ts';

async function composed(options: ComposedOptions = {}): Promise<ComposedGateway> {
  const started = await startComposed(options);
  onTestFinished(() => started.stop());
  return started;
}

test('operators are told metrics, readiness, liveness and mode there, and in public yes or no', async () => {
  const { address } = await composed();
  const told = async (base: string, path: string) => {
    const response = await fetch(`${base}${path}`);
    return { status: response.status, text: await response.text() };
  };
  expect((await told(address.admin, '/metrics')).text).toContain('onecard_decisions_total');
  const ready = await becomes(
    'the gateway is live',
    () => told(address.admin, '/readyz'),
    ({ text }) => JSON.parse(text).checks.mode === 'live',
  );
  expect(ready.status).toBe(200);
  expect(JSON.parse(ready.text)).toMatchObject({ ok: true, checks: { accepting: true } });
  expect(JSON.parse((await told(address.admin, '/livez')).text)).toEqual({
    ok: true,
    checks: { journal: 'ok' },
  });
  expect(JSON.parse((await told(address.admin, '/mode')).text)).toMatchObject({
    mode: 'live',
    forced: false,
  });
  expect((await told(address.admin, '/v1/verifications')).status).toBe(404);
  for (const path of ['/livez', '/readyz']) {
    expect(await told(address.http, path)).toEqual({ status: 200, text: '{"ok":true}' });
  }
  for (const path of ['/metrics', '/mode']) expect((await told(address.http, path)).status).toBe(404);
});

test('the text of metrics is made at most once in the time that is set, however many ask', async () => {
  const { address } = await composed({ settings: { admin: { metrics_ms: 600_000 } } });
  const text = async () => (await fetch(`${address.admin}/metrics`)).text();
  // Processor time that is used shows when a text was made.
  const texts = new Set(await Promise.all(Array.from({ length: 30 }, text)));
  for (let again = 0; again < 10; again += 1) texts.add(await text());
  expect(texts.size).toBe(1);
});

test('an address that is not of this machine needs a token, and the remedy is said', () => {
  const settings = (admin: object) => parseSettings({ gateway_id: 'gw-1', trust_file: 'trust.json', admin });
  expect(() => settings({ host: '0.0.0.0' })).toThrow(/set admin\.token_file/);
  expect(() => settings({ host: '192.0.2.1' })).toThrow(SettingsError);
  expect(settings({ host: '0.0.0.0', token_file: 'token' }).admin.host).toBe('0.0.0.0');
  expect(settings({ host: '::1' }).admin.host).toBe('::1');
});

test('where a token is set, nothing is told without it, and what was refused is counted', async () => {
  const tokenFile = join(temporaryFolder(), 'admin-token');
  writeFileSync(tokenFile, 'a-token-of-operators\n', { mode: 0o600 });
  const { address } = await composed({ settings: { admin: { token_file: tokenFile } } });
  const ask = (path: string, token?: string) =>
    fetch(
      `${address.admin}${path}`,
      token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
    );
  for (const path of ['/metrics', '/readyz', '/livez', '/mode', '/nothing']) {
    expect((await ask(path)).status).toBe(401);
    expect((await ask(path, 'a-token-of-somebody')).status).toBe(401);
  }
  const text = await (await ask('/metrics', 'a-token-of-operators')).text();
  expect(text).toContain('onecard_connection_faults_total{code="auth.missing"} 5');
  expect(text).toContain('onecard_connection_faults_total{code="auth.invalid"} 5');
});

test('probes that carry no token are told yes or no where that is set, and nothing else is told without it', async () => {
  const tokenFile = join(temporaryFolder(), 'admin-token');
  writeFileSync(tokenFile, 'a-token-of-operators\n', { mode: 0o600 });
  const { address } = await composed({
    settings: { admin: { token_file: tokenFile, probes_without_token: true } },
  });
  const ask = (path: string, init?: RequestInit) => fetch(`${address.admin}${path}`, init);
  for (const path of ['/livez', '/readyz']) {
    const response = await ask(path);
    expect([response.status, await response.text()]).toEqual([200, '{"ok":true}']);
    expect((await ask(path, { method: 'POST' })).status).toBe(401);
    expect((await ask(path, { headers: { authorization: 'Bearer of-somebody-else' } })).status).toBe(401);
  }
  for (const path of ['/metrics', '/mode', '/nothing']) expect((await ask(path)).status).toBe(401);
  const told = await ask('/readyz', { headers: { authorization: 'Bearer a-token-of-operators' } });
  expect(await told.json()).toMatchObject({ ok: true, checks: { accepting: true } });
});

test('a token that is no secret refuses the start', async () => {
  const tokenFile = join(temporaryFolder(), 'admin-token');
  writeFileSync(tokenFile, 'short\n');
  const only = await composeOnly({ settings: { admin: { token_file: tokenFile } } });
  onTestFinished(() => only.stop());
  await expect(only.start()).rejects.toThrow(/admin\.token_file.*fewer than 16 characters/);
});

test('the thread that serves operators dies: taps go on, it is said, and it serves at the same port again', async () => {
  const { address, logLines, target, city } = await composed({
    gateway: { adminEntry: new URL('../fixtures/mortal-admin-thread.ts', import.meta.url) },
  });
  const gate = await PlainClient.connect(target());
  await expect(fetch(`${address.admin}/mode`)).rejects.toThrow();
  const { message } = await gate.tap(0, { ...rideCodeOf(city, 0).binary, scene: '29/entry' });
  expect(message['t']).toBe('decision');
  await becomes(
    'operators are served again',
    async () => (await fetch(`${address.admin}/livez`).catch(() => null))?.status,
    (status) => status === 200,
  );
  expect(logLines.map(({ msg }) => msg)).toContain('operators could not be served');
  await gate.bye();
});

test('a connection has one request, and ends with its answer', async () => {
  const { address } = await composed();
  const socket = await RawSocket.open(address.admin);
  socket.write(get('/livez').repeat(3));
  await socket.closed;
  expect(socket.received.split('HTTP/1.1 ').length - 1).toBeLessThanOrEqual(1);
  const single = await RawSocket.open(address.admin);
  single.write(get('/livez'));
  await single.closed;
  expect(single.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: close\r\n/);
});
