/** Purges once a day, as soon as the day has begun at the hotel; and at the start, what came due while the desk was closed. */
import type { LocalTime } from '../../../reports/local-time.ts';
import type { DeskContext } from '../../context.ts';
import { type PurgeParts, purge } from './purge.ts';

export interface DailyPurgeParts extends PurgeParts {
  /**
   * A time that has surely passed (the guarded clock's): a clock that is ahead destroys nothing that is not due.
   */
  readonly surelyPastMs: () => number;
  readonly time: Pick<LocalTime, 'dayOf'>;
  readonly log: DeskContext['log'];
}

const LOOK_MS = 60_000;

export class DailyPurge {
  readonly #parts: DailyPurgeParts;
  #doneOn: string | null = null;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: DailyPurgeParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#look();
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#running;
  }

  #look(): void {
    this.#running ??= this.run().finally(() => {
      this.#running = null;
    });
  }

  /** Does nothing where it was done today. What fails is logged, and tried again at the next look. */
  async run(): Promise<void> {
    const { time, surelyPastMs, log } = this.#parts;
    const today = time.dayOf(surelyPastMs());
    if (this.#doneOn === today) return;
    try {
      const proofs = await purge(this.#parts, { today, actor: 'start' });
      this.#doneOn = today;
      const rows = proofs.reduce((sum, each) => sum + each.rows, 0);
      if (proofs.length > 0) log('info', { days: proofs.length, rows }, 'the register was purged');
    } catch (cause) {
      const { message } = cause as Error;
      log('error', { error: message }, 'the register could not be purged, and is tried again');
    }
  }
}
