/**
 * Looks again and again whether the platform answers: `GET /v1/health`, never two looks at once. What it answers is not
 * signed and is believed for availability alone: whoever forges it makes the gateway ask a platform that is not there, or
 * not ask one that is, and no more.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Settings } from '../../config/settings.ts';
import {
  type ClientEndpoint,
  createKeepAliveClient,
  ExchangeError,
  type ExchangeFault,
  type KeepAliveClient,
} from '../outbound/keep-alive-client.ts';
import { type Evidence, NOTHING_SEEN, nextReachability, type Reachability } from './reachability.ts';

const HEALTH_PATH = '/v1/health';
const HEALTH_BYTES_MAX = 4_096;
/** Part of the pause that is left to chance, so that gateways do not look in step. */
const JITTER = 0.1;

const health = Compile(
  Type.Object({
    ok: Type.Literal(true),
    now_ms: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
  }),
);

export interface ProbeEvents {
  /** After each look; `fault` null: it answered well. */
  probed(fault: ExchangeFault | null, elapsedMs: number): void;
  /** The time in an answer, milliseconds since 1970 UTC, unsigned; the look took `elapsedMs`, and ends now. */
  time?(platformMs: number, elapsedMs: number): void;
  /** Whether the platform counts as answering has changed. */
  changed(answers: boolean): void;
}

export interface ProbeOptions {
  readonly endpoint: ClientEndpoint;
  readonly settings: Settings['live'];
  /** Monotonic, milliseconds. Default `performance.now()`. */
  readonly now?: () => number;
  /** From 0 up to 1. Default `Math.random()`. */
  readonly random?: () => number;
  readonly events: ProbeEvents;
  /** Default: HTTP to the endpoint, over a connection of its own. */
  readonly client?: KeepAliveClient;
}

export interface Probe {
  /** Whether the platform answers, with hysteresis; a plain field. False until the first look. */
  readonly answers: boolean;
  readonly reachability: Reachability;
  /** What a live request saw. A failure brings the next look forward. */
  requestSeen(ok: boolean): void;
  stop(): void;
}

/** Starts looking at once. */
export function startProbe(options: ProbeOptions): Probe {
  const probe = new RepeatedProbe(options);
  probe.look();
  return probe;
}

class RepeatedProbe implements Probe {
  answers = false;
  reachability = NOTHING_SEEN;
  readonly #settings: Settings['live'];
  readonly #client: KeepAliveClient;
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #events: ProbeEvents;
  #timer: NodeJS.Timeout | null = null;
  #startedAt = 0;
  /** A look that requests have brought forward is not brought forward again until a look went well. */
  #hastened = false;
  #stopped = false;

  constructor({ endpoint, settings, now, random, events, client }: ProbeOptions) {
    this.#settings = settings;
    this.#client = client ?? createKeepAliveClient(endpoint, 1);
    this.#now = now ?? (() => performance.now());
    this.#random = random ?? Math.random;
    this.#events = events;
  }

  requestSeen(ok: boolean): void {
    if (this.#stopped) return;
    this.#seen(ok ? 'request_ok' : 'request_failed');
    if (ok || this.#hastened || this.#timer === null) return;
    this.#hastened = true;
    clearTimeout(this.#timer);
    this.look();
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#client.close();
  }

  /** One look, and the next when it is over: measured from start to start, so that a slow answer costs no time twice. */
  look(): void {
    this.#timer = null;
    this.#startedAt = this.#now();
    void this.#askHealth().then((fault) => {
      if (this.#stopped) return;
      const elapsedMs = this.#now() - this.#startedAt;
      if (fault === null) this.#hastened = false;
      this.#seen(fault === null ? 'probe_ok' : 'probe_failed');
      this.#events.probed(fault, elapsedMs);
      const pauseMs = this.#settings.probe_ms * (1 - JITTER + 2 * JITTER * this.#random());
      this.#timer = setTimeout(() => this.look(), Math.max(0, pauseMs - elapsedMs));
    });
  }

  async #askHealth(): Promise<ExchangeFault | null> {
    const { probe_timeout_ms: timeoutMs } = this.#settings;
    try {
      const { body } = await this.#client.exchange({
        path: HEALTH_PATH,
        timeoutMs,
        maxBytes: HEALTH_BYTES_MAX,
      });
      const platformMs = healthyAtMs(body.toString('utf8'));
      if (platformMs === null) return 'malformed';
      this.#events.time?.(platformMs, this.#now() - this.#startedAt);
      return null;
    } catch (error) {
      if (error instanceof ExchangeError) return error.code;
      throw error;
    }
  }

  #seen(evidence: Evidence): void {
    const { probe_failures: failuresMax, recover_ms: recoverMs } = this.#settings;
    this.reachability = nextReachability(this.reachability, evidence, this.#now(), {
      failuresMax,
      recoverMs,
    });
    const answers = this.reachability.answers === true;
    if (answers === this.answers) return;
    this.answers = answers;
    this.#events.changed(answers);
  }
}

/** The platform's time; null: that is no good answer. */
function healthyAtMs(text: string): number | null {
  try {
    const value: unknown = JSON.parse(text);
    return health.Check(value) ? value.now_ms : null;
  } catch {
    return null;
  }
}
