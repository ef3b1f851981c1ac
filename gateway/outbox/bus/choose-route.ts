/**
 * Hands in over the bus, and over HTTP while the bus carries nothing and the platform answers there. What the stream still
 * holds then reaches the platform twice, which keeps it once: by its name.
 */
import type { PlatformResponse } from '../../outbound/platform-request.ts';
import {
  type RouteBounds,
  RouteChangedError,
  type UploadRequest,
  type UploadRoute,
} from '../upload-route.ts';
import type { BusUploads } from './bus-uploads.ts';

export type UploadWay = 'bus' | 'http';

export interface BusRouteOptions {
  readonly uploads: Pick<
    BusUploads,
    'bounds' | 'messageOf' | 'send' | 'stuckMs' | 'progressMs' | 'sessions' | 'isReady'
  >;
  readonly http: UploadRoute;
  /** Time for which something waits and nothing is answered, after which HTTP is tried. */
  readonly fallbackMs: number;
}

/** The same when there is not much time left. */
const HURRIED_FALLBACK_MS = 1_000;
/** A bus that looks ready though nobody has answered on it is tried again so often. */
const TRY_AGAIN_MS = 30_000;
const TICK_MS = 250;

/** How the bus stood at some time. */
interface BusThen {
  readonly atMs: number;
  readonly progressMs: number;
  readonly sessions: number;
}

export class BusRoute implements UploadRoute {
  readonly #options: BusRouteOptions;
  readonly #timer: NodeJS.Timeout;
  #fallbackMs: number;
  #platformAnswers = false;
  /** Null: over the bus. */
  #leftBus: BusThen | null = null;
  /** Ends what waits on the bus. */
  #onBus = new AbortController();

  constructor(options: BusRouteOptions) {
    this.#options = options;
    this.#fallbackMs = options.fallbackMs;
    this.#timer = setInterval(() => this.#look(), TICK_MS);
    this.#timer.unref();
  }

  get way(): UploadWay {
    return this.#leftBus === null ? 'bus' : 'http';
  }

  get bounds(): RouteBounds | null {
    return this.#leftBus === null ? this.#options.uploads.bounds : null;
  }

  async send(request: UploadRequest): Promise<PlatformResponse> {
    const { uploads, http } = this.#options;
    const message = this.#leftBus === null ? uploads.messageOf(request) : null;
    if (message === null) return await http.send(request);
    const signals = request.signal ? [request.signal, this.#onBus.signal] : [this.#onBus.signal];
    const left = this.#onBus.signal;
    try {
      return await uploads.send(message, AbortSignal.any(signals));
    } catch (error) {
      if (!left.aborted) throw error;
      throw new RouteChangedError(error);
    }
  }

  /** Whether it answers over HTTP. */
  setPlatformAnswers(answers: boolean): void {
    this.#platformAnswers = answers;
    this.#look();
  }

  /** There is not much time left: HTTP is tried sooner, whether the platform is known to answer there or not. */
  hurry(): void {
    this.#fallbackMs = Math.min(this.#fallbackMs, HURRIED_FALLBACK_MS);
    this.#platformAnswers = true;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#onBus.abort();
  }

  #look(): void {
    const { uploads } = this.#options;
    if (this.#leftBus === null) {
      if (!this.#platformAnswers || uploads.stuckMs < this.#fallbackMs) return;
      const { progressMs, sessions } = uploads;
      this.#leftBus = { atMs: performance.now(), progressMs, sessions };
      this.#onBus.abort();
    } else if (this.#mayReturn(this.#leftBus)) {
      this.#leftBus = null;
      this.#onBus = new AbortController();
    }
  }

  /** The bus came back, or the platform read what it holds, or there is nothing that says it would not. */
  #mayReturn({ atMs, progressMs, sessions }: BusThen): boolean {
    const { uploads } = this.#options;
    if (uploads.sessions > sessions || uploads.progressMs > progressMs) return true;
    return uploads.isReady && performance.now() - atMs > TRY_AGAIN_MS;
  }
}
