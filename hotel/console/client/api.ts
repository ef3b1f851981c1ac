/** Asks the desk. It never throws: what went wrong is an answer too. */
import { type Problem, readProblem, UNREACHABLE } from './problem.ts';
import { endSession, session } from './session.ts';

export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem };

const PATIENCE_MS = 20_000;
/** Before what was not answered is sent once more, under the same key: it is done once. */
const AGAIN_MS = 400;
const KEYS_KEPT = 16;
/** Keys of what was sent and not answered: whoever presses again sends the same. */
const unanswered = new Map<string, string>();

export const get = <T>(path: string): Promise<Answer<T>> => ask<T>('GET', path, undefined);

export function post<T>(path: string, body: unknown = {}): Promise<Answer<T>> {
  return ask<T>('POST', path, body);
}

/** Other verbs than POST: they are what they are however often they are sent. */
export const remove = <T>(path: string): Promise<Answer<T>> => ask<T>('DELETE', path, undefined);

async function ask<T>(method: string, path: string, body: unknown): Promise<Answer<T>> {
  const content = body === undefined ? undefined : JSON.stringify(body);
  const what = `${path} ${content}`;
  const key = unanswered.get(what) ?? randomKey();
  if (method === 'POST') {
    unanswered.set(what, key);
    for (const [oldest] of unanswered) {
      if (unanswered.size <= KEYS_KEPT) break;
      unanswered.delete(oldest);
    }
  }
  let answer = await once<T>(method, path, content, key);
  if (answer === null) {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    answer = await once<T>(method, path, content, key);
  }
  if (answer === null) return { ok: false, problem: UNREACHABLE };
  if (answer.ok || !answer.problem.retry) unanswered.delete(what);
  if (!answer.ok && answer.problem.code === 'desk.unauthenticated' && session.peek() && path !== '/session') {
    unanswered.clear();
    endSession('ended');
  }
  return answer;
}

/** Null: nothing was answered. */
async function once<T>(
  method: string,
  path: string,
  content: string | undefined,
  key: string,
): Promise<Answer<T> | null> {
  const headers = new Headers({ Accept: 'application/json' });
  if (content !== undefined) headers.set('Content-Type', 'application/json');
  if (method === 'POST') headers.set('Idempotency-Key', key);
  const csrf = session.peek()?.csrf;
  if (method !== 'GET' && csrf !== undefined) headers.set('X-CSRF-Token', csrf);
  try {
    const response = await fetch(path, {
      ...{ method, headers, credentials: 'same-origin', cache: 'no-store', redirect: 'error' },
      ...(content !== undefined && { body: content }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const text = await response.text();
    const value: unknown = text === '' ? null : parsed(text);
    if (response.ok) return { ok: true, value: value as T };
    return { ok: false, problem: readProblem(response.status, value) };
  } catch {
    return null;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** `crypto.randomUUID` is not there without TLS. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
