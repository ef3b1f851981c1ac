/** Who gets in at the desk, how long, and what no other page, cookie or guess gets. */
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { TestClocks } from './composed-gateway.rig.ts';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { enter, firstPassword, post, sessionOf, signIn } from './desk-session.rig.ts';

const codeOf = async (answer: Response) =>
  [answer.status, ((await answer.json()) as { code?: string }).code] as const;
const MINUTE_MS = 60_000;

/** From another address of this machine. */
function signInFrom(
  localAddress: string,
  url: string,
  body: object,
  more: Readonly<Record<string, string>> = {},
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', ...more };
    const sent = request(`${url}/session`, { method: 'POST', headers, localAddress }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode));
    });
    sent.on('error', reject).end(JSON.stringify(body));
  });
}

describe('sessions of operators', () => {
  const clocks = new TestClocks(Math.floor(Date.now() / 1_000) * 1_000);
  let desk: ComposedDesk;
  beforeAll(async () => {
    desk = await startDesk({ clocks, hotel: { desks: ['front-1', 'front-2'] } });
  });
  afterAll(() => desk?.stop());

  test('the first password is said once, and opens nothing but its own change', async () => {
    const oneTime = firstPassword(desk);
    expect(desk.saidOnce).toHaveLength(1);
    const first = await enter(desk, 'manager', oneTime);
    expect(first.view).toMatchObject({ must_change_password: true, scopes: [], role: 'manager' });
    expect(await codeOf(await first.ask('/v1/operators'))).toEqual([403, 'desk.password_to_change']);
    const weak = await first.ask('/session/password', { body: { old: oneTime, new: 'short' } });
    expect(await codeOf(weak)).toEqual([422, 'desk.invalid']);
    // The rig changes it, and goes on.
    const manager = await signIn(desk, 'manager');
    expect(manager.view).toMatchObject({ must_change_password: false, desk: null });
    expect(await codeOf(await post(desk, '/session', { account: 'manager', password: oneTime }))).toEqual([
      401,
      'desk.sign_in_failed',
    ]);
    // The session that the change was made from is another's now.
    expect(await codeOf(await first.ask('/session'))).toEqual([401, 'desk.unauthenticated']);
  });

  test('a cookie that nobody was given, or that a browser had before, opens nothing', async () => {
    const forged = `onecard=${'A'.repeat(43)}`;
    for (const cookie of [forged, 'onecard=', 'onecard=%00', `__Host-onecard=${'A'.repeat(43)}`]) {
      const answer = await fetch(`${desk.url}/session`, { headers: { cookie } });
      expect(await codeOf(answer)).toEqual([401, 'desk.unauthenticated']);
    }
    const { account, password } = await signIn(desk, 'clerk');
    const answer = await post(desk, '/session', { account, password }, { cookie: forged });
    const set = answer.headers.getSetCookie();
    expect(set).toHaveLength(1);
    expect(set[0]).toMatch(/^onecard=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const session = await sessionOf(desk, password, answer);
    expect(session.cookie).not.toBe(forged);
    expect((await fetch(`${desk.url}/session`, { headers: { cookie: forged } })).status).toBe(401);
  });

  test('signing in anew ends the session that the browser had; signing out ends it', async () => {
    const { account, password, cookie } = await signIn(desk, 'clerk');
    const next = await sessionOf(
      desk,
      password,
      await post(desk, '/session', { account, password }, { cookie }),
    );
    expect((await fetch(`${desk.url}/session`, { headers: { cookie } })).status).toBe(401);
    const out = await next.ask('/session', { method: 'DELETE' });
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()[0]).toMatch(/^onecard=; .*Expires=Thu, 01 Jan 1970/);
    expect((await next.ask('/session')).status).toBe(401);
  });

  test('what changes something needs the token of its own session', async () => {
    const clerk = await signIn(desk, 'clerk');
    const other = await signIn(desk, 'clerk');
    const ask = { body: { desk: 'front-1' } };
    for (const token of [undefined, '', other.csrf, `${clerk.csrf}x`]) {
      const answer = await clerk.ask('/session/desk', { ...ask, headers: { 'X-CSRF-Token': token } });
      expect(await codeOf(answer)).toEqual([403, 'desk.cross_site']);
    }
    expect(await clerk.json('/session/desk', ask)).toMatchObject({ desk: 'front-1' });
    expect(await codeOf(await clerk.ask('/session/desk', { body: { desk: 'elsewhere' } }))).toEqual([
      422,
      'desk.invalid',
    ]);
  });

  test('what another page sends is refused, also to sign in', async () => {
    const clerk = await signIn(desk, 'clerk');
    const foreign: Readonly<Record<string, string>>[] = [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'https://hotel.example' },
      { Origin: 'null' },
      { Origin: desk.url.replace('http:', 'https:') },
    ];
    for (const headers of foreign) {
      const asked = await clerk.ask('/session/desk', { body: { desk: 'front-1' }, headers });
      expect(await codeOf(asked), JSON.stringify(headers)).toEqual([403, 'desk.cross_site']);
      const { account, password } = clerk;
      expect(await codeOf(await post(desk, '/session', { account, password }, headers))).toEqual([
        403,
        'desk.cross_site',
      ]);
    }
    const own = { Origin: desk.url, 'Sec-Fetch-Site': 'same-origin' };
    expect((await clerk.ask('/session/desk', { body: { desk: 'front-1' }, headers: own })).status).toBe(200);
  });

  test('a name that was made to lead here signs nobody in', async () => {
    const { account, password } = await signIn(desk, 'clerk');
    const signInAs = (Host: string) =>
      signInFrom('127.0.0.1', desk.url, { account, password }, { Host, Origin: `http://${Host}` });
    const { port } = new URL(desk.url);
    expect(await signInAs(`rebound.example:${port}`)).toBe(403);
    expect(await signInAs(`localhost:${port}`)).toBe(200);
  });

  test('a session ends when nothing was asked for a while, which a page that asks by itself does not put off', async () => {
    const clerk = await signIn(desk, 'clerk');
    clocks.pass(14 * MINUTE_MS);
    expect((await clerk.ask('/session')).status).toBe(200);
    clocks.pass(14 * MINUTE_MS);
    expect((await clerk.ask('/session', { headers: { 'X-Onecard-Background': '1' } })).status).toBe(200);
    clocks.pass(2 * MINUTE_MS);
    expect(await codeOf(await clerk.ask('/session'))).toEqual([401, 'desk.unauthenticated']);
  });

  test('and after eight hours whatever was asked', async () => {
    const clerk = await signIn(desk, 'clerk');
    expect(clerk.view.absolute_until_ms - clerk.view.idle_until_ms).toBe((8 * 60 - 15) * MINUTE_MS);
    for (let minutes = 0; minutes < 470; minutes += 10) {
      clocks.pass(10 * MINUTE_MS);
      expect((await clerk.ask('/session')).status).toBe(200);
    }
    clocks.pass(10 * MINUTE_MS);
    expect((await clerk.ask('/session')).status).toBe(401);
  });

  test('two sessions of one account stand beside each other, eight at most', async () => {
    const first = await signIn(desk, 'clerk');
    const all = [first];
    for (let more = 0; more < 7; more += 1) all.push(await enter(desk, first.account, first.password));
    for (const each of all) expect((await each.ask('/session')).status).toBe(200);
    await enter(desk, first.account, first.password);
    const still = await Promise.all(all.map(async (each) => (await each.ask('/session')).status));
    expect(still).toEqual([401, ...Array.from({ length: 7 }, () => 200)]);
  });

  test('who guesses waits longer each time, never for good', async () => {
    const { account, password } = await signIn(desk, 'clerk');
    const guess = () => post(desk, '/session', { account, password: 'a guess of some length' });
    for (let tries = 0; tries < 5; tries += 1)
      expect(await codeOf(await guess())).toEqual([401, 'desk.sign_in_failed']);
    const waits: number[] = [];
    for (let tries = 0; tries < 10; tries += 1) {
      const later = await guess();
      const { code, retry_after_ms: waitMs } = (await later.json()) as {
        code: string;
        retry_after_ms: number;
      };
      expect([later.status, code]).toEqual([429, 'desk.sign_in_later']);
      waits.push(waitMs);
      clocks.pass(waitMs);
      expect((await guess()).status).toBe(401);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300].map((s) => s * 1_000));
    // Also the right password waits: otherwise waiting would tell nothing apart.
    expect((await post(desk, '/session', { account, password })).status).toBe(429);
    clocks.pass(300_000);
    expect((await post(desk, '/session', { account, password })).status).toBe(200);
  });

  test('whoever was here before does not wait for what strangers guess', async () => {
    const { account, password } = await signIn(desk, 'clerk');
    const stranger = () => signInFrom('127.0.0.2', desk.url, { account, password: 'a guess of some length' });
    for (let tries = 0; tries < 5; tries += 1) expect(await stranger()).toBe(401);
    expect(await stranger()).toBe(429);
    expect(await signInFrom('127.0.0.3', desk.url, { account, password })).toBe(429);
    expect((await post(desk, '/session', { account, password })).status).toBe(200);
  });

  test('guesses at once are all counted', async () => {
    const { account } = await signIn(desk, 'clerk');
    const guesses = Array.from({ length: 20 }, () =>
      post(desk, '/session', { account, password: 'a guess' }),
    );
    const statuses = (await Promise.all(guesses)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  });

  test('an account that there is not is refused as one that there is', async () => {
    const answer = await post(desk, '/session', { account: 'nobody', password: 'a guess of some length' });
    expect(await codeOf(answer)).toEqual([401, 'desk.sign_in_failed']);
  });

  test('no password and no token is in the log or in any file of the desk', async () => {
    const clerk = await signIn(desk, 'clerk');
    const needles = [clerk.password, clerk.cookie.split('=')[1] ?? '', clerk.csrf, firstPassword(desk)];
    const folder = join(desk.composed.dataFolder, 'desk');
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) =>
      each.isFile(),
    );
    expect(files.map(({ name }) => name)).toContain('accounts.json');
    const kept = [
      JSON.stringify(desk.composed.logLines),
      ...files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1')),
    ];
    for (const needle of needles) {
      expect(needle.length).toBeGreaterThan(10);
      expect(kept.filter((text) => text.includes(needle))).toEqual([]);
    }
  });
});

test('where browsers come over TLS the cookie is bound to it, and other addresses are other sites', async () => {
  const desk = await startDesk({ hotel: { public_url: 'https://desk.hotel.example' } });
  onTestFinished(() => desk.stop());
  const body = { account: 'manager', password: firstPassword(desk) };
  const own = { Origin: 'https://desk.hotel.example' };
  const answer = await post(desk, '/session', body, own);
  expect(answer.headers.getSetCookie()[0]).toMatch(
    /^__Host-onecard=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
  );
  // One of the plain name is nobody's here: a site beside this one could set it.
  const { cookie } = await sessionOf(desk, body.password, answer);
  const plain = { cookie: cookie.replace('__Host-', '') };
  expect((await fetch(`${desk.url}/session`, { headers: plain })).status).toBe(401);
  expect((await fetch(`${desk.url}/session`, { headers: { cookie } })).status).toBe(200);
  expect((await post(desk, '/session', body, { Origin: desk.url })).status).toBe(403);
});
