/** Delivers to one subscriber, one event at a time and in their order. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { GuestRegister, Put, Row } from '../register/guest-register.ts';
import type { DeskEvent } from './event.ts';
import { type EventLog, eventId } from './event-log.ts';
import type { Subscription } from './subscription.ts';
import { sendWebhook } from './webhook-sender.ts';

export interface CourierOptions {
  readonly row: Row<'subscription'>;
  readonly register: GuestRegister;
  readonly events: EventLog;
  readonly hotelId: string;
  readonly retryMs: number;
  readonly answerMs: number;
  readonly alarmMs: number;
  readonly allowsPrivate: boolean;
  readonly profile: CryptoProfile;
  readonly now: () => number;
  readonly log: (
    level: 'info' | 'warn' | 'error',
    fields: Readonly<Record<string, string | number | boolean | null>>,
    message: string,
  ) => void;
  /** It began to fail, or to be taken again. */
  readonly onStanding: () => void;
}

const EVENTS_AT_ONCE = 100;
const DOUBLINGS_MAX = 7;

export class Courier {
  readonly #options: CourierOptions;
  readonly #stopping = new AbortController();
  #row: Row<'subscription'>;
  #writing: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #isWoken = true;
  #hasAlarmed = false;
  readonly #running: Promise<void>;

  constructor(options: CourierOptions) {
    this.#options = options;
    this.#row = options.row;
    this.#running = this.#run();
  }

  get row(): Row<'subscription'> {
    return this.#row;
  }

  get subscription(): Subscription {
    return this.#row.value;
  }

  wake(): void {
    this.#isWoken = true;
    this.#wake();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.wake();
    await this.#running;
    await this.#writing;
  }

  /** Durable when it resolves. Changes are written one after the other. Rejects with HotelError as the register does. */
  async change(over: Partial<Subscription>, beside: readonly Put[] = []): Promise<void> {
    const writing = this.#writing.then(async () => {
      const value = { ...this.#row.value, ...over };
      const { table, id, purgeDay, version } = this.#row;
      const put = { table, id, purgeDay, value, indexes: [], expectVersion: version };
      await this.#options.register.commit({ puts: [put, ...beside] });
      this.#row = { table, id, purgeDay, value, version: version + 1 };
    });
    this.#writing = writing.catch(() => {});
    await writing;
  }

  async #run(): Promise<void> {
    const { events, log, retryMs } = this.#options;
    while (!this.#stopping.signal.aborted) {
      this.#isWoken = false;
      try {
        const page = await events.after(this.subscription.deliveredSeq, EVENTS_AT_ONCE);
        if (page.length > 0) await this.#deliver(page);
        else if (!this.#isWoken) await this.#woken();
      } catch (cause) {
        const { name } = cause as Error;
        log(
          'warn',
          { webhook: this.#row.id, error: name },
          'deliveries of a webhook could not be written down',
        );
        await this.#pause(retryMs);
      }
    }
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      if (this.#isWoken || this.#stopping.signal.aborted) resolve();
    });
  }

  /** Where it stops in between, the last of them comes a second time: told apart by its id. */
  async #deliver(page: readonly DeskEvent[]): Promise<void> {
    let deliveredSeq = this.subscription.deliveredSeq;
    for (const event of page) {
      const { kinds } = this.subscription;
      const isWanted = kinds.length === 0 || kinds.includes(event.kind);
      if (isWanted && !(await this.#untilTaken(event, deliveredSeq))) return;
      deliveredSeq = event.seq;
    }
    await this.change({ deliveredSeq });
  }

  /** False: it was stopped before. */
  async #untilTaken(event: DeskEvent, deliveredSeq: number): Promise<boolean> {
    const { now, hotelId, retryMs, answerMs, allowsPrivate, profile } = this.#options;
    const id = eventId(event.seq);
    const body = JSON.stringify({
      ...{ event_id: id, kind: event.kind, at_ms: event.atMs, hotel_id: hotelId },
      ...{ stay_id: event.stayId, guest_id: event.guestId, report_id: event.reportId },
    });
    for (let failures = 0; !this.#stopping.signal.aborted; failures += 1) {
      const { url, secret } = this.subscription;
      const sent = { url, secret, body, eventId: id, atMs: now(), answerMs, allowsPrivate, profile };
      const { taken, fault } = await sendWebhook(sent);
      if (taken) {
        await this.#recovered();
        return true;
      }
      await this.#failed(fault, deliveredSeq);
      await this.#pause(retryMs * 2 ** Math.min(failures, DOUBLINGS_MAX));
    }
    return false;
  }

  async #failed(fault: string | null, deliveredSeq: number): Promise<void> {
    const { now, alarmMs, log, onStanding } = this.#options;
    const { failingSinceMs } = this.subscription;
    if (failingSinceMs === null) {
      await this.change({ failingSinceMs: now(), deliveredSeq });
      onStanding();
    } else if (!this.#hasAlarmed && now() - failingSinceMs >= alarmMs) {
      this.#hasAlarmed = true;
      log('error', { webhook: this.#row.id, fault }, 'a webhook takes nothing for long; events wait for it');
    }
  }

  async #recovered(): Promise<void> {
    if (this.subscription.failingSinceMs === null) return;
    this.#hasAlarmed = false;
    await this.change({ failingSinceMs: null });
    this.#options.onStanding();
  }

  async #pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.#stopping.signal });
    } catch {
      // It is to stop.
    }
  }
}
