/** API clients: a secret said once, tokens that end, scopes that nobody gives who does not have them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestClocks } from './composed-gateway.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, signIn } from './desk-session.rig.ts';

interface Client {
  readonly client_id: string;
  readonly client_secret: string;
  readonly scopes: readonly string[];
}

const clocks = new TestClocks(Math.floor(Date.now() / 1_000) * 1_000);
let desk: ComposedDesk;
let manager: DeskSession;
beforeAll(async () => {
  desk = await startDesk({ clocks });
  manager = await signIn(desk, 'manager');
});
afterAll(() => desk?.stop());

const make = (scopes: readonly string[]) =>
  manager.json<Client>('/v1/clients', { body: { title: 'Front office', scopes } });
const tokenOf = (parameters: Readonly<Record<string, string>> | string, headers = {}) =>
  fetch(`${desk.url}/oauth/token`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    body: typeof parameters === 'string' ? parameters : new URLSearchParams(parameters).toString(),
  });
const grant_type = 'client_credentials';
const granted = async (client: Client, more = {}) => {
  const { client_id, client_secret } = client;
  const answer = await tokenOf({ grant_type, client_id, client_secret, ...more });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  return (await answer.json()) as { access_token: string; expires_in: number; scope: string };
};
const statusOf = async (token: string, path = '/v1/audit') =>
  (await fetch(`${desk.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

test('a client’s secret gets it a token, in the body or by Basic, of the scopes it asks for', async () => {
  const client = await make(['audit:read', 'accounts:write']);
  const all = await granted(client);
  expect(all).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: 'audit:read accounts:write' });
  expect([await statusOf(all.access_token), await statusOf(all.access_token, '/v1/clients')]).toEqual([
    200, 200,
  ]);
  const one = await granted(client, { scope: 'audit:read' });
  expect([await statusOf(one.access_token), await statusOf(one.access_token, '/v1/clients')]).toEqual([
    200, 403,
  ]);
  const basic = Buffer.from(`${client.client_id}:${client.client_secret}`).toString('base64');
  expect((await tokenOf({ grant_type }, { authorization: `Basic ${basic}` })).status).toBe(200);
});

test('what is wrong is said as OAuth says it', async () => {
  const client = await make(['audit:read']);
  const { client_id, client_secret } = client;
  const good = { grant_type, client_id, client_secret };
  const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;
  const wrong: readonly (readonly [Readonly<Record<string, string>> | string, number, string, object?])[] = [
    [{ ...good, client_secret: 'x'.repeat(43) }, 401, 'invalid_client'],
    [{ ...good, client_id: 'client-0000000000000000' }, 401, 'invalid_client'],
    [{ ...good, client_id: '../accounts' }, 401, 'invalid_client'],
    [{ ...good, grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ ...good, scope: 'stays:read' }, 400, 'invalid_scope'],
    [{ ...good, scope: 'audit:read  audit:read' }, 400, 'invalid_scope'],
    [{ client_id, client_secret }, 400, 'invalid_request'],
    [{ grant_type, client_id }, 400, 'invalid_request'],
    [`${new URLSearchParams(good)}&client_id=${client_id}`, 400, 'invalid_request'],
    [{ ...good, client_secret: 'x'.repeat(4_000) }, 400, 'invalid_request'],
    [good, 400, 'invalid_request', { authorization: basic }],
    [good, 400, 'invalid_request', { authorization: 'Bearer x' }],
    ['', 400, 'invalid_request'],
  ];
  for (const [parameters, status, error, headers = {}] of wrong) {
    const answer = await tokenOf(parameters, headers);
    expect([answer.status, ((await answer.json()) as { error: string }).error]).toEqual([status, error]);
  }
  expect((await tokenOf('{}', { 'Content-Type': 'application/json' })).status).toBe(415);
});

test('tokens end: by time, with a new secret, with the client', async () => {
  const client = await make(['audit:read']);
  const old = (await granted(client)).access_token;
  clocks.pass(599_000);
  expect(await statusOf(old)).toBe(200);
  clocks.pass(1_000);
  expect(await statusOf(old)).toBe(401);
  manager = await signIn(desk, 'manager');
  const token = (await granted(client)).access_token;
  const fresh = await manager.json<Client>(`/v1/clients/${client.client_id}/secret`, { body: {} });
  expect(await statusOf(token)).toBe(401);
  const { client_id, client_secret } = client;
  expect((await tokenOf({ grant_type, client_id, client_secret })).status).toBe(401);
  const last = (await granted(fresh)).access_token;
  await manager.json(`/v1/clients/${client.client_id}/revoke`, { body: {} });
  expect(await statusOf(last)).toBe(401);
  expect((await tokenOf({ grant_type, client_id, client_secret: fresh.client_secret })).status).toBe(401);
  const { clients } = await manager.json<{ clients: readonly Client[] }>('/v1/clients');
  expect(clients.map((each) => each.client_id)).not.toContain(client_id);
});

test('nobody gives a client what they do not have; a client gets no more through another', async () => {
  const operator = await signIn(desk, 'operator');
  const body = { title: 'mine', scopes: ['stays:read'] };
  expect((await operator.ask('/v1/clients', { body })).status).toBe(403);
  const client = await make(['accounts:write']);
  const token = (await granted(client)).access_token;
  const asked = (path: string, sent: object) =>
    fetch(`${desk.url}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': path,
      },
      body: JSON.stringify(sent),
    });
  expect((await asked('/v1/clients', body)).status).toBe(403);
  expect((await asked('/v1/operators', { account: 'boss', role: 'manager' })).status).toBe(403);
  expect((await asked('/v1/operators/manager/reset', {})).status).toBe(403);
  const strong = await make(['stays:read', 'audit:read']);
  expect((await asked(`/v1/clients/${strong.client_id}/secret`, {})).status).toBe(403);
});

test('neither secret nor token is in the log or in any file', async () => {
  const client = await make(['audit:read']);
  const { access_token: token } = await granted(client);
  const folder = join(desk.composed.dataFolder, 'desk');
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  const kept = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'));
  kept.push(JSON.stringify(desk.composed.logLines));
  expect(kept.some((text) => text.includes(client.client_id))).toBe(true);
  for (const needle of [client.client_secret, token]) {
    expect(kept.filter((text) => text.includes(needle))).toEqual([]);
  }
});
