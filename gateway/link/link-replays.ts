/**
 * Asks the platform from time to time what became of what this gateway accepted alone (docs/platform.md, Accepted twice).
 * It is shown and nothing more: no decision rests on it, so no seal is looked for.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { PlatformError } from '../outbound/platform-error.ts';
import { type PlatformEndpoint, requestPlatform } from '../outbound/platform-request.ts';
import { RetryPause } from '../outbound/retry-pause.ts';
import type { ComparedOutage } from './messages.ts';

export interface LinkReplaysOptions {
  readonly endpoint: PlatformEndpoint;
  readonly gatewayId: string;
  readonly everyMs: number;
  /** While something that was accepted alone is not known to the platform. */
  readonly soonMs: number;
  readonly onOutages: (outages: readonly ComparedOutage[]) => void;
  readonly onFault: (error: unknown) => void;
}

const ANSWER_BYTES_MAX = 16_384;
/** A platform that knows of no clusters is not asked again so soon. */
const UNKNOWN_MS = 600_000;

const whole = Type.Integer({ minimum: 0 });
const answer = Compile(
  Type.Object({
    outages: Type.Array(Type.Object({ from_ms: whole, to_ms: whole, accepted: whole, doubles: whole }), {
      maxItems: 64,
    }),
  }),
);

export class LinkReplays {
  readonly #options: LinkReplaysOptions;
  readonly #stopping = new AbortController();
  readonly #pause: RetryPause;
  readonly #running: Promise<void>;
  #isOpen = false;

  constructor(options: LinkReplaysOptions) {
    this.#options = options;
    this.#pause = new RetryPause({}, this.#stopping.signal);
    this.#running = this.#run();
  }

  /** Whether something was accepted alone of which the platform has told nothing yet. */
  expect(isOpen: boolean): void {
    if (isOpen && !this.#isOpen) this.#pause.nudge();
    this.#isOpen = isOpen;
  }

  setPlatformAnswers(answers: boolean): void {
    this.#pause.setPlatformAnswers(answers);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { everyMs, soonMs, onOutages, onFault } = this.#options;
    while (!signal.aborted) {
      try {
        onOutages(await this.#ask(signal));
        this.#pause.succeeded();
        await this.#pause.idle(this.#isOpen ? soonMs : everyMs);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof PlatformError && error.status === 404) await this.#pause.idle(UNKNOWN_MS);
        else {
          // That it is not in reach is told by who looks for that.
          if (!(error instanceof PlatformError)) onFault(error);
          await this.#pause.afterFailure(error as Error);
        }
      }
    }
  }

  async #ask(signal: AbortSignal): Promise<readonly ComparedOutage[]> {
    const { endpoint, gatewayId } = this.#options;
    const path = `/v1/replays/${gatewayId}`;
    const { body } = await requestPlatform(endpoint, { path, maxBytes: ANSWER_BYTES_MAX, signal });
    const said: unknown = JSON.parse(body.toString('utf8'));
    if (!answer.Check(said)) throw new TypeError('the platform answers otherwise than the contract has it');
    return said.outages.map(({ from_ms: fromMs, to_ms: toMs, accepted, doubles }) => {
      return { fromMs, toMs, accepted, doubles };
    });
  }
}
