/** A clerk's account at the demonstration's hotel, made as a manager makes one; kept in the demonstration's own folder. */
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawOneTimePassword } from '../../../hotel/people/password-rules.ts';

export interface DeskLogin {
  readonly account: string;
  readonly password: string;
}

interface Kept {
  readonly manager: DeskLogin;
  readonly clerk: DeskLogin;
}

const FILE = 'hotel-logins.json';

/**
 * The clerk's login. `firstPassword`: the manager's, said when the register was new; null: it was not said, so that an earlier
 * run has made the accounts. Throws when the desk does not take what was kept.
 */
export async function deskLogin(
  url: string,
  folder: string,
  firstPassword: string | null,
): Promise<DeskLogin> {
  const file = join(folder, FILE);
  if (firstPassword === null && existsSync(file)) {
    return (JSON.parse(readFileSync(file, 'utf8')) as Kept).clerk;
  }
  if (firstPassword === null) throw new Error(`the accounts of the hotel's desk are not those of ${file}`);
  const manager = await settled(url, 'manager', firstPassword);
  const { one_time_password } = await manager.post<{ one_time_password: string }>('/v1/operators', {
    account: 'clerk',
    role: 'clerk',
  });
  const clerk = await settled(url, 'clerk', one_time_password);
  const kept: Kept = { manager: manager.login, clerk: clerk.login };
  writeFileSync(file, JSON.stringify(kept), { mode: 0o600 });
  return clerk.login;
}

export interface DeskSession {
  readonly login: DeskLogin;
  /** Throws when it is not answered with 2xx. */
  post<Answer>(path: string, body: object): Promise<Answer>;
}

export async function openDeskSession(url: string, login: DeskLogin): Promise<DeskSession> {
  const headers = { 'Content-Type': 'application/json' };
  const answer = await fetch(`${url}/session`, { method: 'POST', headers, body: JSON.stringify(login) });
  if (!answer.ok)
    throw new Error(`the hotel's desk does not let ${login.account} in: ${await answer.text()}`);
  const { csrf } = (await answer.json()) as { readonly csrf: string };
  const cookie = (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? '';
  return {
    login,
    async post<Answer>(path: string, body: object) {
      const reply = await fetch(`${url}${path}`, {
        method: 'POST',
        headers: { ...headers, cookie, 'X-CSRF-Token': csrf, 'Idempotency-Key': randomUUID() },
        body: JSON.stringify(body),
      });
      if (!reply.ok) throw new Error(`${path}: ${await reply.text()}`);
      return (await reply.json()) as Answer;
    },
  };
}

/** Changes a password that was said once into one of its own. */
async function settled(url: string, account: string, old: string): Promise<DeskSession> {
  const first = await openDeskSession(url, { account, password: old });
  const password = drawOneTimePassword();
  await first.post('/session/password', { old, new: password });
  return openDeskSession(url, { account, password });
}
