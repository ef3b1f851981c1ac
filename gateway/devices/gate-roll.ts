/** Names of the enrolled gates, for a board of them: read anew now and then, a few a turn, so that no tap waits for it. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DeviceRegistry } from './registry.ts';

const EVERY_MS = 60_000;
const PER_TURN = 50;
/** More than a board can show. */
const GATES_MAX = 5_000;

export interface GateRollOptions {
  readonly registry: Pick<DeviceRegistry, 'page'>;
  readonly onFault: (error: Error) => void;
}

export class GateRoll {
  readonly #options: GateRollOptions;
  #timer: NodeJS.Timeout | null = null;
  #gates: readonly string[] = [];
  #reading: Promise<void> | null = null;
  #stopped = false;

  constructor(options: GateRollOptions) {
    this.#options = options;
  }

  /** As they were read last, by name; they are read from the first time on that somebody asks. */
  get gates(): readonly string[] {
    if (this.#timer === null && !this.#stopped) {
      this.#timer = setInterval(() => this.#look(), EVERY_MS);
      this.#look();
    }
    return this.#gates;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#timer) clearInterval(this.#timer);
    await this.#reading;
  }

  #look(): void {
    this.#reading ??= this.#read()
      .catch((error: Error) => this.#options.onFault(error))
      .finally(() => {
        this.#reading = null;
      });
  }

  async #read(): Promise<void> {
    const gates: string[] = [];
    for (let after: string | null = null; !this.#stopped && gates.length < GATES_MAX; ) {
      await nextTurn();
      if (this.#stopped) return;
      const some = this.#options.registry.page(after, PER_TURN);
      const last = some.at(-1);
      if (last === undefined) break;
      after = last.deviceId;
      for (const { deviceId, class: kind, revokedAtMs } of some) {
        if (kind === 'gate' && revokedAtMs === null) gates.push(deviceId);
      }
    }
    if (!this.#stopped) this.#gates = gates;
  }
}
