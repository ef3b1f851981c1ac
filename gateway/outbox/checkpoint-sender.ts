/**
 * Gives the platform the newest checkpoint of the journal, so that the gateway can be held to it by somebody who has not
 * the data folder. Only the newest is sent: it covers all before it. It is sent again until the platform has said under its
 * seal that it keeps it, or that it does not believe it.
 */
import { PlatformError } from '../outbound/platform-error.ts';
import type { PlatformEndpoint, SealKeys } from '../outbound/platform-request.ts';
import { type RetryBounds, RetryPause } from '../outbound/retry-pause.ts';
import { overHttp, type UploadRoute } from './upload-route.ts';

/** A checkpoint, and the key it is signed with (`textOfKey`). */
export interface CheckpointToSend {
  readonly key: string;
  readonly checkpoint: string;
  /** The last checkpoint of the tree before, which vouches for the key. */
  readonly before?: string;
}

export interface CheckpointSenderOptions {
  readonly endpoint: PlatformEndpoint;
  /** Default: over HTTP. */
  readonly route?: UploadRoute;
  readonly gatewayId: string;
  /** Null: trust is not known yet, and nothing is sent. Where trust names none, each checkpoint is sent once. */
  readonly sealKeys: () => SealKeys | null;
  readonly retry?: Partial<RetryBounds>;
  /** Every failure; it is tried again. */
  readonly onFault: (error: PlatformError) => void;
  /** The platform does not believe it: the records it has are others, or the key is. */
  readonly onRefused: (error: PlatformError) => void;
}

const ANSWER_BYTES_MAX = 4_096;
const CONFLICT = 409;
/** Between two that are sent. */
const IDLE_MS = 250;
/** While there is none to send: whoever has one offers it. */
const REST_MS = 60_000;
/** What the last attempt may take when the gateway stops. */
const LAST_MS = 1_000;

export class CheckpointSender {
  readonly #options: CheckpointSenderOptions;
  readonly #stopping = new AbortController();
  readonly #pause: RetryPause;
  readonly #route: UploadRoute;
  #newest: CheckpointToSend | null = null;
  /** Has none to send, and waits. */
  #rests = false;
  readonly #done: Promise<void>;

  /** Starts at once. */
  constructor(options: CheckpointSenderOptions) {
    this.#options = options;
    this.#route = options.route ?? overHttp(options.endpoint);
    this.#pause = new RetryPause(options.retry ?? {}, this.#stopping.signal);
    this.#done = this.#run();
  }

  offer(checkpoint: CheckpointToSend): void {
    this.#newest = checkpoint;
    if (this.#rests) this.#pause.nudge();
  }

  setPlatformAnswers(answers: boolean): void {
    this.#pause.setPlatformAnswers(answers);
  }

  /** Tries once more to send the newest, in bounded time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
    await this.#send(AbortSignal.timeout(LAST_MS)).catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        await this.#send(signal);
        this.#pause.succeeded();
        await this.#pause.idle(IDLE_MS);
        if (this.#newest === null) await this.#rest();
      } catch (error) {
        if (signal.aborted) return;
        const fault = error instanceof PlatformError ? error : new PlatformError('malformed', String(error));
        this.#options.onFault(fault);
        await this.#pause.afterFailure(fault);
      }
    }
  }

  async #rest(): Promise<void> {
    this.#rests = true;
    await this.#pause.idle(REST_MS);
    this.#rests = false;
  }

  async #send(signal: AbortSignal): Promise<void> {
    const sent = this.#newest;
    const sealKeys = this.#options.sealKeys();
    if (sent === null || sealKeys === null) return;
    const { gatewayId: gateway, onRefused } = this.#options;
    try {
      await this.#route.send({
        path: '/v1/journal/checkpoints',
        body: { gateway, ...sent },
        maxBytes: ANSWER_BYTES_MAX,
        sealKeys,
        signal,
      });
    } catch (error) {
      if (!(error instanceof PlatformError) || error.status !== CONFLICT) throw error;
      if (sealKeys.size > 0 && !error.isSealed) throw error;
      // The same again would be refused again.
      onRefused(error);
    }
    if (this.#newest === sent) this.#newest = null;
  }
}
