/** Asks the API server: objects as JSON, and changes as they come. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyPair } from './certificates.rig.ts';
import type { KubeObject } from './objects.rig.ts';

export interface ApiTarget {
  /** For example `https://127.0.0.1:6443`. */
  readonly url: string;
  readonly caFile: string;
  readonly client: KeyPair;
}

export interface Change<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
}

export interface Asked {
  readonly status: number;
  readonly body: string;
}

/** What the API server answered in place of the object. */
export class RefusedByApi extends Error {
  override readonly name = 'RefusedByApi';
  readonly status: number;

  constructor(method: string, path: string, { status, body }: Asked) {
    super(`${method} ${path}: ${status} ${body}`);
    this.status = status;
  }
}

const AGAIN_MS = 100;
const MERGE_PATCH = 'application/merge-patch+json';

export class ApiClient {
  readonly #target: ApiTarget;
  readonly #agent: Agent;
  readonly #stopping = new AbortController();

  constructor(target: ApiTarget) {
    this.#target = target;
    this.#agent = new Agent({
      keepAlive: true,
      ca: readFileSync(target.caFile),
      cert: readFileSync(target.client.cert),
      key: readFileSync(target.client.key),
    });
  }

  get<T>(path: string): Promise<T> {
    return this.#object('GET', path);
  }

  /** Null where there is none. */
  async find<T>(path: string): Promise<T | null> {
    const asked = await this.ask('GET', path);
    if (asked.status === 404) return null;
    return parsed('GET', path, asked);
  }

  create<T>(path: string, object: object): Promise<T> {
    return this.#object('POST', path, object);
  }

  patch<T>(path: string, change: object): Promise<T> {
    return this.#object('PATCH', path, change, MERGE_PATCH);
  }

  /** It need not be there any more. */
  async remove(path: string, options: object = {}): Promise<void> {
    const asked = await this.ask('DELETE', path, options);
    if (asked.status !== 404) parsed('DELETE', path, asked);
  }

  async ask(method: string, path: string, object?: object, type = 'application/json'): Promise<Asked> {
    const response = await this.#send(method, path, object, type);
    let body = '';
    for await (const chunk of response.setEncoding('utf8')) body += chunk;
    return { status: response.statusCode ?? 0, body };
  }

  /**
   * Calls back with each object that is there, then with each change, until the client is closed. A broken watch is made
   * again from a new list; what went in between is told as deleted.
   */
  follow<T extends KubeObject>(path: string, onChange: (change: Change<T>) => void): void {
    void this.#follow(path, onChange);
  }

  close(): void {
    this.#stopping.abort();
    this.#agent.destroy();
  }

  async #follow<T extends KubeObject>(path: string, onChange: (change: Change<T>) => void): Promise<void> {
    const known = new Map<string, T>();
    const tell = (change: Change<T>) => {
      if (change.type === 'DELETED') known.delete(change.object.metadata.uid);
      else known.set(change.object.metadata.uid, change.object);
      onChange(change);
    };
    while (!this.#stopping.signal.aborted) {
      try {
        const list = await this.get<{ metadata: { resourceVersion: string }; items: T[] }>(path);
        const there = new Set(list.items.map(({ metadata }) => metadata.uid));
        for (const [uid, object] of [...known]) if (!there.has(uid)) tell({ type: 'DELETED', object });
        for (const object of list.items) {
          tell({ type: known.has(object.metadata.uid) ? 'MODIFIED' : 'ADDED', object });
        }
        await this.#watch(path, list.metadata.resourceVersion, tell);
      } catch {
        await sleep(AGAIN_MS);
      }
    }
  }

  async #watch<T>(path: string, version: string, tell: (change: Change<T>) => void): Promise<void> {
    const query = `${path.includes('?') ? '&' : '?'}watch=1&resourceVersion=${version}`;
    const response = await this.#send('GET', path + query);
    let rest = '';
    for await (const chunk of response.setEncoding('utf8')) {
      const lines = `${rest}${chunk}`.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const change = JSON.parse(line) as Change<T> | { readonly type: 'ERROR' };
        // The version is too old: a new list is asked for.
        if (change.type === 'ERROR') return;
        tell(change);
      }
    }
  }

  async #object<T>(method: string, path: string, object?: object, type?: string): Promise<T> {
    return parsed(method, path, await this.ask(method, path, object, type));
  }

  #send(method: string, path: string, object?: object, type = 'application/json'): Promise<IncomingMessage> {
    const { signal } = this.#stopping;
    return new Promise((resolve, reject) => {
      const body = object === undefined ? '' : JSON.stringify(object);
      // Of a DELETE node:http would not say by itself that it has a body.
      const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const asking = request(
        `${this.#target.url}${path}`,
        { method, agent: this.#agent, headers, signal },
        resolve,
      );
      asking.on('error', reject);
      asking.end(body);
    });
  }
}

function parsed<T>(method: string, path: string, asked: Asked): T {
  if (asked.status < 200 || asked.status > 299) throw new RefusedByApi(method, path, asked);
  return JSON.parse(asked.body) as T;
}
