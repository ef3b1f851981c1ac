/**
 * The address that operators ask: metrics, readiness, liveness, mode. A thread of its own serves it; this is the main
 * thread's side, which is asked for each page at most as often as is set. A thread that dies is started again.
 */
import { Worker } from 'node:worker_threads';
import { adminPort } from '../../../config/admin-settings.ts';
import type { Code } from '../../../config/codes.ts';
import type { Settings } from '../../../config/settings.ts';
import { readTokenFile } from '../../../config/token-file.ts';
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { digestOf } from '../../../crypto/digest.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import { ThreadHeap } from '../../../workers/thread-heap.ts';
import { RestartPause } from '../../scheduling/restart-pause.ts';
import { MEDIA_TYPES } from '../media.ts';
import { isSamePair, readTlsFiles } from '../tls-files.ts';
import { type Health, type Renewal, TransportError } from '../transport.ts';
import type { AdminData, AdminSecrets, Asked, FromAdmin, Page, ToAdmin, Tried, TryOut } from './messages.ts';

export interface AdminListenerOptions {
  readonly settings: Pick<Settings, 'admin' | 'crypto' | 'listen'>;
  readonly health: Health;
  readonly metrics: {
    /** The text of /metrics. */
    collect(): Promise<string>;
    readonly contentType: string;
    /** Requests that were refused. */
    connectionRefused(code: Code, count: number): void;
  };
  /** What the page for people says of this gateway. */
  readonly about: () => object;
  /** How the cluster stands, as JSON; without it this gateway is no one of many. */
  readonly cluster?: () => Promise<string>;
  /** What its buttons try; without it there are none. */
  readonly tryOut?: TryOut;
  /** A page could not be made, or the thread died and is started again. */
  readonly onFault: (cause: Error) => void;
  /** Another entry module: tests put a faulty one here. */
  readonly entry?: URL;
}

const ENTRY = new URL('./admin-thread.ts', import.meta.url);
const TOKEN_CHARACTERS_MIN = 16;
/** Of the thread's heap: what it needs is a few pages of text. One that needs more dies, and is started again. */
const HEAP = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 };
const STOP_MS = 2_000;

export class AdminListener {
  readonly #options: AdminListenerOptions;
  readonly #pause = new RestartPause({ firstMs: 100, longestMs: 10_000 });
  #data: AdminData;
  readonly #heap = new ThreadHeap();
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | null = null;
  #hasListened = false;
  #stopping = false;

  /** Throws TransportError when a file cannot be used. */
  constructor(options: AdminListenerOptions) {
    this.#options = options;
    this.#data = adminData(options);
  }

  /** Rejects with TransportError when the address cannot be listened on. */
  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    const { host } = this.#data;
    const port = await this.#start();
    // Where any port was meant: one that is started again has the one that operators know.
    this.#data = { ...this.#data, port };
    this.#hasListened = true;
    return { host, port };
  }

  /** Prepares what its files hold now. Null: nothing else than before. Throws TransportError when one cannot be used. */
  renew(admin: Settings['admin']): Renewal | null {
    const secrets = readSecrets(admin, this.#data.tokenDigestAlgorithm);
    if (isSame(secrets, this.#data)) return null;
    return {
      apply: () => {
        this.#data = { ...this.#data, ...secrets };
        this.#worker?.postMessage({ kind: 'renewed', secrets } satisfies ToAdmin);
      },
    };
  }

  /** Bytes of memory that its heap holds, as it said last. */
  get heapBytes(): number {
    return this.#heap.read();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#restart) clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    const timer = setTimeout(() => void worker.terminate(), STOP_MS);
    worker.postMessage({ kind: 'stop' } satisfies ToAdmin);
    await ended;
    clearTimeout(timer);
  }

  #start(): Promise<number> {
    const { host, port } = this.#data;
    const worker = new Worker(this.#options.entry ?? ENTRY, {
      workerData: this.#data,
      resourceLimits: HEAP,
    });
    this.#worker = worker;
    this.#heap.of(worker);
    return new Promise((resolve, reject) => {
      let why = 'it ended';
      worker.on('message', (message: FromAdmin) => {
        if (message.kind === 'asked') void this.#answer(worker, message.asked, message.refused);
        else if (message.kind === 'listening') resolve(message.port);
        else why = message.why;
      });
      worker.on('error', (error: Error) => {
        why = error.message;
      });
      worker.once('exit', () => {
        this.#worker = null;
        this.#heap.of(null);
        // Nothing comes of it when it had listened.
        reject(new TransportError(`cannot listen on ${host}:${port} (admin): ${why}`));
        if (this.#hasListened && !this.#stopping) this.#startAgain(why);
      });
    });
  }

  #startAgain(why: string): void {
    this.#options.onFault(new Error(`the thread that serves operators ended: ${why}`));
    this.#restart = setTimeout(() => {
      this.#start().then(
        () => this.#pause.reset(),
        // It has ended, and is started again.
        () => {},
      );
    }, this.#pause.next());
  }

  async #answer(worker: Worker, asked: Asked, refused: readonly (readonly [Code, number])[]): Promise<void> {
    const { metrics, onFault } = this.#options;
    for (const [code, count] of refused) metrics.connectionRefused(code, count);
    try {
      const page = await this.#page(asked);
      worker.postMessage({ kind: 'page', asked, page } satisfies ToAdmin);
    } catch (cause) {
      // Who asked is told that nobody answered.
      onFault(cause as Error);
    }
  }

  async #page(asked: Asked): Promise<Page> {
    const { health, metrics, about, tryOut, cluster } = this.#options;
    if (asked === 'metrics') {
      return { status: 200, contentType: metrics.contentType, body: await metrics.collect() };
    }
    if (asked === 'mode') return json(200, health.mode());
    if (asked === 'about') {
      return json(200, { ...about(), canTry: tryOut !== undefined, hasCluster: cluster !== undefined });
    }
    if (asked === 'cluster') {
      return { status: 200, contentType: MEDIA_TYPES.json, body: (await cluster?.()) ?? '{}' };
    }
    if (isTried(asked)) return json(200, (await tryOut?.(asked)) ?? {});
    const { ok, checks } = asked === 'live' ? health.live() : health.ready();
    return json(ok ? 200 : 503, { ok, checks });
  }
}

const isTried = (asked: Asked): asked is Tried => asked.startsWith('try');

function json(status: number, value: unknown): Page {
  return { status, contentType: MEDIA_TYPES.json, body: JSON.stringify(value) };
}

function adminData({ settings, tryOut, cluster }: AdminListenerOptions): AdminData {
  const { admin, crypto, listen } = settings;
  const tokenDigestAlgorithm = algorithmFor('admin-token', crypto.profile);
  return {
    ...readSecrets(admin, tokenDigestAlgorithm),
    tokenDigestAlgorithm,
    host: admin.host,
    port: adminPort(admin, listen.port),
    probesWithoutToken: admin.probes_without_token,
    page: admin.page,
    canTry: tryOut !== undefined,
    hasCluster: cluster !== undefined,
    connections: admin.connections,
    metricsMs: admin.metrics_ms,
    readinessMs: admin.readiness_ms,
  };
}

function readSecrets({ tls, token_file }: Settings['admin'], algorithm: DigestAlgorithm): AdminSecrets {
  const token = token_file === undefined ? null : readAdminToken(token_file);
  return {
    tls: tls ? readTlsFiles(tls) : null,
    tokenDigest: token === null ? null : digestOf(algorithm, Buffer.from(token)),
  };
}

function isSame(a: AdminSecrets, b: AdminSecrets): boolean {
  const sameTls = a.tls === null || b.tls === null ? a.tls === b.tls : isSamePair(a.tls, b.tls);
  const [token, other] = [a.tokenDigest, b.tokenDigest];
  return sameTls && (token === null || other === null ? token === other : Buffer.compare(token, other) === 0);
}

/** Throws TransportError. */
export function readAdminToken(file: string): string {
  try {
    return readTokenFile(file, TOKEN_CHARACTERS_MIN);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new TransportError(`the token in ${file} (admin.token_file) cannot be used: ${why}`, { cause });
  }
}
