/**
 * Tells subscribers of events: ids alone, in order for each, at least once, and again until it is taken. What was delivered is
 * a number in the register, so a desk that was killed goes on from there.
 */
import { randomBytes } from 'node:crypto';
import type { GuestRegister, Put, Row } from '../register/guest-register.ts';
import type { EventKind } from './event.ts';
import type { EventLog } from './event-log.ts';
import type { Subscription } from './subscription.ts';
import { Courier, type CourierOptions } from './webhook-courier.ts';
import { type Delivered, sendWebhook } from './webhook-sender.ts';

interface WebhooksOptions extends Omit<CourierOptions, 'onStanding' | 'row'> {
  readonly register: GuestRegister;
  readonly events: EventLog;
  readonly subscriptionsMax: number;
  readonly onFailing: (webhooks: number) => void;
}

/** Never purged by day: it names no guest. */
export const PURGE_NEVER = '9999-12-31';
const SECRET_BYTES = 32;

export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #couriers = new Map<string, Courier>();

  private constructor(options: WebhooksOptions) {
    this.#options = options;
  }

  /** Rejects with HotelError as the register does. */
  static async open(options: WebhooksOptions): Promise<Webhooks> {
    const webhooks = new Webhooks(options);
    const { rows } = await options.register.scan('subscription', null, options.subscriptionsMax);
    for (const row of rows) webhooks.#start(row);
    webhooks.#tellFailing();
    options.events.onWritten(() => {
      for (const courier of webhooks.#couriers.values()) courier.wake();
    });
    return webhooks;
  }

  get all(): readonly Subscription[] {
    return [...this.#couriers.values()].map(({ subscription }) => subscription);
  }

  get isFull(): boolean {
    return this.#couriers.size >= this.#options.subscriptionsMax;
  }

  get(id: string): Subscription | null {
    return this.#couriers.get(id)?.subscription ?? null;
  }

  /** Of events from now on. Not yet written: `add` does. */
  fresh(url: string, kinds: readonly EventKind[], createdBy: string): Subscription {
    return {
      ...{ subscriptionId: `w${randomBytes(8).toString('hex')}`, url, kinds, secret: newSecret(), createdBy },
      ...{ createdAtMs: this.#options.now(), failingSinceMs: null },
      deliveredSeq: this.#options.events.lastSeq,
    };
  }

  async add(subscription: Subscription, beside: readonly Put[]): Promise<void> {
    const put = subscriptionPut(subscription, null);
    await this.#options.register.commit({ puts: [put, ...beside] });
    this.#start({ ...put, version: 1 });
  }

  async remove(id: string, beside: readonly Put[]): Promise<void> {
    const courier = this.#couriers.get(id);
    if (courier === undefined) return;
    await courier.stop();
    const removals = [{ table: 'subscription', id, expectVersion: courier.row.version }] as const;
    await this.#options.register.commit({ puts: beside, removals });
    this.#couriers.delete(id);
    this.#tellFailing();
  }

  /** Deliveries are signed with it from now on. */
  async changeSecret(id: string, secret: string, beside: readonly Put[]): Promise<void> {
    await this.#couriers.get(id)?.change({ secret }, beside);
  }

  /** Sends an event that is none, once. Null: there is no such webhook. */
  async test(id: string): Promise<Delivered | null> {
    const { now, hotelId, answerMs, allowsPrivate, profile } = this.#options;
    const subscription = this.get(id);
    if (subscription === null) return null;
    const { url, secret } = subscription;
    const [eventId, atMs] = [`test-${randomBytes(8).toString('hex')}`, now()];
    const body = JSON.stringify({
      ...{ event_id: eventId, kind: 'webhook.test', at_ms: atMs, hotel_id: hotelId },
      ...{ stay_id: null, guest_id: null, report_id: null },
    });
    return sendWebhook({ url, secret, body, eventId, atMs, answerMs, allowsPrivate, profile });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#couriers.values()].map((courier) => courier.stop()));
  }

  #start(row: Row<'subscription'>): void {
    const onStanding = () => this.#tellFailing();
    this.#couriers.set(row.id, new Courier({ ...this.#options, row, onStanding }));
  }

  #tellFailing(): void {
    this.#options.onFailing(this.all.filter(({ failingSinceMs }) => failingSinceMs !== null).length);
  }
}

export function subscriptionPut(value: Subscription, version: number | null): Put<'subscription'> {
  return {
    ...{ table: 'subscription', id: value.subscriptionId, expectVersion: version },
    ...{ purgeDay: PURGE_NEVER, value, indexes: [] },
  };
}
