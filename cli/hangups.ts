/** SIGHUP of a gateway: it is asked to take up what its files hold now. The signal ends nothing, whenever it comes. */
import type { Reloaded } from '../gateway/compose/reloaded.ts';
import type { Log } from '../gateway/observe/log.ts';

export class Hangups {
  readonly #log: Log;
  readonly #reload: () => Promise<Reloaded>;
  #state: 'starting' | 'running' | 'stopping' = 'starting';
  #waits = false;

  /** Hears the signal from now on. `reload`: rejects with what cannot be used. */
  constructor(log: Log, reload: () => Promise<Reloaded>) {
    this.#log = log;
    this.#reload = reload;
    process.on('SIGHUP', () => this.#heard());
  }

  /** The gateway runs: what was asked while it started is done now. */
  started(): void {
    this.#state = 'running';
    if (this.#waits) void this.#read();
  }

  /** From here on the signal has no effect. */
  stop(): void {
    this.#state = 'stopping';
  }

  #heard(): void {
    if (this.#state === 'running') void this.#read();
    this.#waits = this.#state === 'starting';
  }

  async #read(): Promise<void> {
    try {
      const { taken, needRestart } = await this.#reload();
      this.#log.info({ taken }, 'SIGHUP: the settings were read again');
      if (needRestart.length > 0) {
        this.#log.warn({ settings: needRestart }, 'these settings have changed, and need a restart');
      }
    } catch (error) {
      this.#log.error(
        { error: (error as Error).message },
        'SIGHUP: what the settings name cannot be used: everything stays as it was',
      );
    }
  }
}
