/**
 * Guests who were accepted or referred without the platform are judged again by a card list that is newer than their decision. It
 * counts, too, who waits for a clerk, and who was accepted then and would be refused now.
 */
import type { DeskCore } from '../../gateway/desk/desk-core.ts';
import type { Gauges } from '../core/gauges.ts';
import { HotelError } from '../hotel-error.ts';
import type { GuestRegister, Page, Row } from '../register/guest-register.ts';
import { judgedAgain } from './guest-changes.ts';
import { GUEST_INDEX } from './rows.ts';
import { arrived, type Stays } from './stays.ts';

export interface JudgeAgainOptions {
  readonly core: Pick<DeskCore, 'judgeAgain' | 'standing'>;
  readonly register: Pick<GuestRegister, 'find'>;
  readonly stays: Stays;
  readonly gauges: Gauges;
  readonly log: (
    level: 'info' | 'warn',
    fields: Readonly<Record<string, string | number>>,
    message: string,
  ) => void;
}

const PAGE = 200;
const COUNTED_MAX = 10_000;
const BY = 'gateway';

export class JudgeAgain {
  readonly #options: JudgeAgainOptions;
  #running: Promise<void> | null = null;
  #counting: Promise<void> | null = null;
  #isToCount = false;

  constructor(options: JudgeAgainOptions) {
    this.#options = options;
  }

  /** Judges all that wait. One run at a time; a call while one goes on joins it. Never rejects. */
  run(): Promise<void> {
    this.#running ??= this.#all()
      .catch((cause: Error) =>
        this.#options.log(
          'warn',
          { error: cause.name },
          'guests could not be judged again; it is tried later',
        ),
      )
      .finally(() => {
        this.#running = null;
      });
    return this.#running;
  }

  /** Counts anew, after whatever changed. */
  changed(): void {
    this.#isToCount = true;
    this.#counting ??= this.#count()
      .catch(() => {})
      .finally(() => {
        this.#counting = null;
      });
  }

  /** Resolves when nothing of it is under way. */
  async settled(): Promise<void> {
    await this.#running;
    await this.#counting;
  }

  async #all(): Promise<void> {
    const { core, register } = this.#options;
    const { mode, listAgeMs, nowMs } = await core.standing();
    if (mode !== 'live' || listAgeMs === null) return;
    const listAtMs = nowMs - listAgeMs;
    let after: string | null = null;
    do {
      const page: Page<'guest'> = await register.find('guest', {
        ...{ index: GUEST_INDEX.again, kind: 'plain', value: 'waiting', after, limit: PAGE },
      });
      for (const row of page.rows) await this.#one(row, listAtMs);
      after = page.after;
    } while (after !== null);
  }

  async #one({ id, value: { decision } }: Row<'guest'>, listAtMs: number): Promise<void> {
    const { core, stays } = this.#options;
    if (decision === null || decision.atMs > listAtMs) return;
    const again = await core.judgeAgain(decision.decisionId);
    if (again === null) return;
    try {
      await stays.changeGuest(
        id,
        (guest) => {
          const change = stays.change(BY);
          const after = judgedAgain(guest, { ...again, atMs: change.nowMs }, change);
          const isLetIn = guest.state === 'referred' && after.state !== 'referred';
          const letIn = isLetIn ? arrived(after, null) : null;
          return {
            guest: after,
            happened: ['guest.judged_again', ...(letIn?.happened ?? [])],
            report: letIn?.report ?? null,
          };
        },
        { answerPut: null, deed: null },
      );
    } catch (cause) {
      // A clerk was at it: the next run sees what became of it.
      if (!(cause instanceof HotelError && cause.code === 'conflict')) throw cause;
    }
  }

  async #count(): Promise<void> {
    const { gauges } = this.#options;
    while (this.#isToCount) {
      this.#isToCount = false;
      const [referred_waiting, would_be_refused_now] = await Promise.all([
        this.#countOf(GUEST_INDEX.state, 'referred'),
        this.#countOf(GUEST_INDEX.again, 'refused_now'),
      ]);
      gauges.set({ referred_waiting, would_be_refused_now });
    }
  }

  async #countOf(index: string, value: string): Promise<number> {
    const { register } = this.#options;
    let count = 0;
    let after: string | null = null;
    do {
      const page: Page<'guest'> = await register.find('guest', {
        ...{ index, kind: 'plain', value, after, limit: PAGE },
      });
      count += page.rows.length;
      after = page.after;
    } while (after !== null && count < COUNTED_MAX);
    return count;
  }
}
