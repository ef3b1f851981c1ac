/** Whoever is signed in at a desk under test: accounts of each role are made as a manager makes them. */
import { randomUUID } from 'node:crypto';
import type { Role } from '../../hotel/people/actor.ts';
import type { ComposedDesk } from './desk.rig.ts';

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  /** Over those that a console sends; undefined: not sent. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** As a console asks: by cookie, with the session's token and a key that no other request has. */
export interface DeskSession {
  readonly account: string;
  readonly password: string;
  readonly cookie: string;
  readonly csrf: string;
  /** Answer to signing in. */
  readonly view: SessionView;
  ask(path: string, ask?: Ask): Promise<Response>;
  /** Throws when it is not answered with 2xx. */
  json<Answer = Record<string, unknown>>(path: string, ask?: Ask): Promise<Answer>;
}

export interface SessionView {
  readonly account: string;
  readonly role: Role;
  readonly scopes: readonly string[];
  readonly desk: string | null;
  readonly csrf: string;
  readonly must_change_password: boolean;
  readonly passkeys: number;
  readonly idle_until_ms: number;
  readonly absolute_until_ms: number;
}

const PASSWORD = 'harbour light at five';
const managers = new WeakMap<ComposedDesk, Promise<DeskSession>>();
let accounts = 0;

/** A session of a new account of that role; of the role of manager, the first account. At the only workplace, or at `desk`. */
export async function signIn(desk: ComposedDesk, role: Role, workplace?: string): Promise<DeskSession> {
  const session = role === 'manager' ? await firstManager(desk) : await newAccount(desk, role);
  if (workplace !== undefined) await session.json('/session/desk', { body: { desk: workplace } });
  return session;
}

/** Its password as it was said once at the start is changed, the first time. */
async function firstManager(desk: ComposedDesk): Promise<DeskSession> {
  const made = managers.get(desk) ?? changed(desk, 'manager', firstPassword(desk));
  managers.set(desk, made);
  const { account, password } = await made;
  return enter(desk, account, password);
}

export function firstPassword(desk: ComposedDesk): string {
  const said = /password (\S+)/.exec(desk.saidOnce.join('\n'))?.[1];
  if (said === undefined) throw new Error('no first password was said');
  return said;
}

async function newAccount(desk: ComposedDesk, role: Role): Promise<DeskSession> {
  const manager = await firstManager(desk);
  accounts += 1;
  const account = `${role}-${accounts}`;
  const body = { account, role };
  const made = await manager.json<{ one_time_password: string }>('/v1/operators', { body });
  return changed(desk, account, made.one_time_password);
}

async function changed(desk: ComposedDesk, account: string, oneTime: string): Promise<DeskSession> {
  const first = await enter(desk, account, oneTime);
  const answer = await first.ask('/session/password', { body: { old: oneTime, new: PASSWORD } });
  return sessionOf(desk, PASSWORD, answer);
}

/** Throws when account and password do not open a session. */
export async function enter(
  desk: Pick<ComposedDesk, 'url'>,
  account: string,
  password: string,
): Promise<DeskSession> {
  return sessionOf(desk, password, await post(desk, '/session', { account, password }));
}

export function post(
  desk: Pick<ComposedDesk, 'url'>,
  path: string,
  body: unknown,
  headers = {},
): Promise<Response> {
  return fetch(`${desk.url}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}

export async function sessionOf(
  desk: Pick<ComposedDesk, 'url'>,
  password: string,
  answer: Response,
): Promise<DeskSession> {
  if (answer.status !== 200) throw new Error(`not signed in: ${answer.status} ${await answer.text()}`);
  const view = (await answer.json()) as SessionView;
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  const ask = (path: string, { method, body, headers = {} }: Ask = {}) => {
    const verb = method ?? (body === undefined ? 'GET' : 'POST');
    const all = {
      cookie,
      ...(verb !== 'GET' && { 'X-CSRF-Token': view.csrf, 'Idempotency-Key': randomUUID() }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    };
    const sent = Object.entries(all).filter((each): each is [string, string] => each[1] !== undefined);
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    return fetch(`${desk.url}${path}`, { method: verb, headers: sent, ...content });
  };
  return {
    ...{ account: view.account, password, cookie, csrf: view.csrf, view, ask },
    async json<Answer>(path: string, asked?: Ask) {
      const answered = await ask(path, asked);
      if (!answered.ok) throw new Error(`${path}: ${answered.status} ${await answered.text()}`);
      return (await answered.json()) as Answer;
    },
  };
}
