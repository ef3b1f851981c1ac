/** Passkeys beside passwords: bound to the desk's name, good once, and of one account. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposedDesk, startDesk } from './desk.rig.ts';
import { type DeskSession, post, type SessionView, signIn } from './desk-session.rig.ts';
import { SoftwareAuthenticator } from './software-authenticator.rig.ts';

interface Options {
  readonly challenge: string;
  readonly rp?: { readonly id: string };
  readonly rpId?: string;
  readonly user?: { readonly id: string; readonly name: string };
}

let byNumber: ComposedDesk;
/** As browsers see it: at a name. */
let desk: ComposedDesk;
let origin: string;
beforeAll(async () => {
  byNumber = await startDesk();
  const { composed, saidOnce, stop } = byNumber;
  origin = byNumber.url.replace('127.0.0.1', 'localhost');
  desk = { composed, saidOnce, stop, url: origin };
});
afterAll(() => byNumber?.stop());

const rpId = 'localhost';
const codeOf = async (answer: Response) =>
  [answer.status, ((await answer.json()) as { code?: string }).code] as const;

async function added(session: DeskSession, key = new SoftwareAuthenticator()) {
  const options = await session.json<Options>('/session/passkeys/options', { body: {} });
  const response = key.register({ challenge: options.challenge, origin, rpId });
  const made = await session.json<{ id: string }>('/session/passkeys', {
    body: { name: 'blue key', response },
  });
  return { key, made, options, response, userHandle: options.user?.id ?? '' };
}

const challenge = async () =>
  ((await (await post(desk, '/session/passkey-options', {})).json()) as Options).challenge;
const enterWith = (response: unknown) => post(desk, '/session/passkey', { response });

test('a passkey that was added signs its account in, and no other way than in turn', async () => {
  const clerk = await signIn(desk, 'clerk');
  const { key, options, userHandle } = await added(clerk);
  expect(options.rp).toMatchObject({ id: rpId });
  expect(options.user?.name).toBe(clerk.account);
  const response = key.get({ challenge: await challenge(), origin, rpId }, userHandle);
  const answer = await enterWith(response);
  expect(answer.status).toBe(200);
  expect((await answer.json()) as SessionView).toMatchObject({ account: clerk.account, passkeys: 1 });
  expect(answer.headers.getSetCookie()[0]).toMatch(/^onecard=.*HttpOnly; SameSite=Strict$/);
  // The same answer again, and one whose counter went back: a key that was copied.
  expect(await codeOf(await enterWith(response))).toEqual([401, 'desk.sign_in_failed']);
  key.counter = 0;
  const older = key.get({ challenge: await challenge(), origin, rpId }, userHandle);
  expect(await codeOf(await enterWith(older))).toEqual([401, 'desk.sign_in_failed']);
});

test('what is signed for another page, name, challenge or account opens nothing', async () => {
  const clerk = await signIn(desk, 'clerk');
  const { key, userHandle } = await added(clerk);
  const good = { challenge: await challenge(), origin, rpId };
  const stranger = new SoftwareAuthenticator();
  const drawn = await clerk.json<Options>('/session/passkeys/options', { body: {} });
  const wrong = [
    key.get({ ...good, origin: 'https://hotel.example' }, userHandle),
    key.get({ ...good, challenge: await challenge(), rpId: 'hotel.example' }, userHandle),
    key.get({ ...good, challenge: 'AAAA' }, userHandle),
    // Drawn for adding a passkey.
    key.get({ ...good, challenge: drawn.challenge }, userHandle),
    key.get({ ...good, challenge: await challenge() }, 'AAAA'),
    stranger.get({ ...good, challenge: await challenge() }, userHandle),
  ];
  for (const response of wrong) {
    expect(await codeOf(await enterWith(response))).toEqual([401, 'desk.sign_in_failed']);
  }
  const ok = key.get({ ...good, challenge: await challenge() }, userHandle);
  const cross = await post(desk, '/session/passkey', { response: ok }, { Origin: 'https://hotel.example' });
  expect(await codeOf(cross)).toEqual([403, 'desk.cross_site']);
  expect((await enterWith(ok)).status).toBe(200);
});

test('one is added in the session that asked, once, and to one account', async () => {
  const [clerk, other] = [await signIn(desk, 'clerk'), await signIn(desk, 'clerk')];
  const { key, response } = await added(clerk);
  const again = await clerk.ask('/session/passkeys', { body: { name: 'again', response } });
  expect(await codeOf(again)).toEqual([422, 'desk.passkey_refused']);
  const options = await clerk.json<Options>('/session/passkeys/options', { body: {} });
  const shown = { challenge: options.challenge, origin, rpId };
  const fresh = new SoftwareAuthenticator().register(shown);
  const asOther = await other.ask('/session/passkeys', { body: { name: 'mine', response: fresh } });
  expect(await codeOf(asOther)).toEqual([422, 'desk.passkey_refused']);
  await expect(added(other, key)).rejects.toThrow('desk.passkey_refused');
});

test('one that is removed, or whose account is reset or disabled, opens nothing', async () => {
  const manager = await signIn(desk, 'manager');
  const opens = async ({ key, userHandle }: Awaited<ReturnType<typeof added>>) =>
    (await enterWith(key.get({ challenge: await challenge(), origin, rpId }, userHandle))).status;
  const clerk = await signIn(desk, 'clerk');
  const passkey = await added(clerk);
  expect(await opens(passkey)).toBe(200);
  await manager.json(`/v1/operators/${clerk.account}/disable`, { body: {} });
  expect(await opens(passkey)).toBe(401);
  await manager.json(`/v1/operators/${clerk.account}/enable`, { body: {} });
  expect(await opens(passkey)).toBe(200);
  await manager.json(`/v1/operators/${clerk.account}/reset`, { body: {} });
  expect(await opens(passkey)).toBe(401);
  const next = await signIn(desk, 'clerk');
  const { passkeys } = await next.json<{ passkeys: unknown[] }>('/session/passkeys');
  expect(passkeys).toEqual([]);
  const second = await added(next);
  await next.json(`/session/passkeys/${second.made.id}/remove`, { body: {} });
  expect(await opens(second)).toBe(401);
});

test('at a numeric address there are none, and why is said', async () => {
  expect(await codeOf(await post(byNumber, '/session/passkey-options', {}))).toEqual([
    409,
    'desk.passkey_needs_name',
  ]);
});
