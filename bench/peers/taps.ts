/** Taps for both servers: each a fresh signature, with the answer that is right for it, made by every core. */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { SignRequest } from './sign-thread.ts';

/** What is shown. */
export const SHOWN = ['transit-qr', 'chip-sm2', 'chip-rsa'] as const;
export type Shown = (typeof SHOWN)[number];

export interface PreparedTap {
  /** JSON, a body for `POST /v1/verifications`. */
  readonly body: string;
  readonly code: string;
}

export class TapSigner {
  readonly #fleet: Pick<SignRequest, 'seed' | 'cards' | 'startedMs'>;
  readonly #threads: Piscina;

  /** `cards` cards for each of what is shown; the same fleet gives the same taps, in the same second. */
  constructor(fleet: Pick<SignRequest, 'seed' | 'cards' | 'startedMs'>) {
    this.#fleet = fleet;
    this.#threads = new Piscina({
      filename: new URL('./sign-thread.ts', import.meta.url).href,
      minThreads: 1,
      maxThreads: availableParallelism(),
    });
  }

  /** Taps `from` to `to` (exclusive). */
  async sign(shown: Shown, from: number, to: number): Promise<PreparedTap[]> {
    const share = Math.max(1, Math.ceil((to - from) / availableParallelism()));
    const requests: SignRequest[] = [];
    for (let at = from; at < to; at += share) {
      requests.push({ ...this.#fleet, shown, from: at, to: Math.min(to, at + share) });
    }
    const parts = await Promise.all(
      requests.map((each) => this.#threads.run(each) as Promise<PreparedTap[]>),
    );
    return parts.flat();
  }

  async close(): Promise<void> {
    await this.#threads.destroy();
  }
}
