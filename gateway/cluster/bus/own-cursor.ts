/**
 * Follows a stream by a cursor that the follower keeps, and no server: at each session, and whenever anything looks
 * wrong, a consumer is made anew from the last sequence + 1. Each message is taken exactly once and in order; only after a
 * crash between taking and keeping may the last ones come again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AckPolicy,
  type ConsumerInfo,
  DeliverPolicy,
  JetStreamApiError,
  JetStreamError,
} from '@nats-io/jetstream';
import {
  createInbox,
  errors,
  type Msg,
  type MsgHdrs,
  nanos,
  type Subscription,
} from '@nats-io/transport-node';
import { ClusterError } from '../cluster-error.ts';
import type { Bus, BusSession } from './connect.ts';
import { beginning, type CursorNews, type CursorPlace, type Delivery, deliveryOf } from './cursor-place.ts';

export interface CursorMessage extends Delivery {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

export interface OwnCursorOptions {
  readonly bus: Pick<Bus, 'attend'> & Partial<Pick<Bus, 'followers'>>;
  readonly stream: string;
  /** Those of its subjects that are followed, with wildcards; default: all. */
  readonly subjects?: readonly string[];
  /** Where it stood; null: nowhere yet. */
  readonly place: CursorPlace | null;
  /** Where one begins that stood nowhere. */
  readonly beginsAt: 'first' | 'end';
  /**
   * Takes one message. What cannot be used is refused in here: a rejection says that it could not be taken now, and the
   * same comes again.
   */
  readonly take: (message: CursorMessage) => Promise<void> | void;
  /** To be kept; called when what is at hand was taken, and after each `KEEP_EVERY`. A rejection is told as a fault. */
  readonly keep: (place: CursorPlace) => Promise<void> | void;
  /** Everything up to the end of the stream was taken; also at the begin of each session where that is so. */
  readonly onCaughtUp?: () => void;
  readonly onNews?: (news: CursorNews) => void;
  readonly onFault: (error: Error) => void;
  /** Messages and bytes on their way at once. Defaults 256 and 1 MiB. */
  readonly messagesMax?: number;
  readonly bytesMax?: number;
}

export interface CursorState {
  /** Null: it stood nowhere yet. */
  readonly place: CursorPlace | null;
  /** Messages that are still to be taken, as the server said last. */
  readonly pending: number;
  /** Whether it follows now: there is a session, and a consumer. */
  readonly follows: boolean;
}

const KEEP_EVERY = 64;
/** A request for messages stands for so long. */
const PULL_MS = 20_000;
/** The server says that it is there so often; over a leaf node oftener, whose cuts nobody tells. */
const HEARTBEAT_MS = 5_000;
const LEAF_HEARTBEAT_MS = 1_000;
const SILENCE_HEARTBEATS = 2.5;
/** A consumer that nobody asks is removed by the server. */
const CONSUMER_IDLE_MS = 30_000;
/** Pauses after what looked wrong, doubled from one to the next while no message is taken. */
const AGAIN = { firstMs: 200, longestMs: 3_200 } as const;
const STREAM_NOT_FOUND = 10_059;

export class OwnCursor {
  readonly #options: OwnCursorOptions;
  readonly #stopping = new AbortController();
  readonly #forget: () => void;
  #running: Promise<void> = Promise.resolve();
  #place: CursorPlace | null;
  #kept: CursorPlace | null;
  #pending = 0;
  #follows = false;
  /** What is wrong is told once, until it follows again. */
  #toldFault: string | null = null;

  constructor(options: OwnCursorOptions) {
    this.#options = options;
    this.#place = options.place;
    this.#kept = options.place;
    options.bus.followers?.add(this);
    this.#forget = options.bus.attend((session) => {
      this.#running = this.#running.then(() => this.#follow(session));
    });
  }

  get stream(): string {
    return this.#options.stream;
  }

  get state(): CursorState {
    return { place: this.#place, pending: this.#pending, follows: this.#follows };
  }

  /** Ends after the message that is being taken; where it stands then is kept. */
  async close(): Promise<void> {
    this.#forget();
    this.#options.bus.followers?.delete(this);
    this.#stopping.abort();
    await this.#running;
  }

  async #follow(session: BusSession): Promise<void> {
    const over = AbortSignal.any([session.signal, this.#stopping.signal]);
    let pauseMs: number = AGAIN.firstMs;
    while (!over.aborted) {
      const before = this.#place?.sequence;
      try {
        await this.#consume(session, over);
      } catch (error) {
        if (!over.aborted) this.#tellFault(faultOf(error, this.#options.stream));
      }
      this.#follows = false;
      await this.#keep();
      if (over.aborted) return;
      pauseMs = this.#place?.sequence === before ? Math.min(AGAIN.longestMs, 2 * pauseMs) : AGAIN.firstMs;
      await sleep(pauseMs, undefined, { signal: over }).catch(() => {});
    }
  }

  /** One consumer, until it is over or something looks wrong. */
  async #consume(session: BusSession, over: AbortSignal): Promise<void> {
    const place = await this.#begin(session);
    const inbox = new Inbox(session, over);
    try {
      const info = await this.#makeConsumer(session, place.sequence + 1);
      this.#follows = true;
      this.#toldFault = null;
      this.#pending = info.num_pending;
      if (info.num_pending === 0) this.#options.onCaughtUp?.();
      await this.#pullAll(inbox, info);
    } finally {
      inbox.close();
    }
  }

  async #begin({ manager }: BusSession): Promise<CursorPlace> {
    const { stream, beginsAt, onNews } = this.#options;
    const { created: made, state } = await manager.streams.info(stream);
    const now = { made: String(made), first: state.first_seq, last: state.last_seq };
    const { place, news } = beginning(this.#place, now, beginsAt);
    this.#place = place;
    await this.#keep();
    if (news) onNews?.(news);
    return place;
  }

  #makeConsumer({ manager }: BusSession, from: number): Promise<ConsumerInfo> {
    const { stream, subjects } = this.#options;
    return manager.consumers.add(stream, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: from,
      ack_policy: AckPolicy.None,
      mem_storage: true,
      num_replicas: 1,
      inactive_threshold: nanos(CONSUMER_IDLE_MS),
      ...(subjects && { filter_subjects: [...subjects] }),
    });
  }

  async #pullAll(inbox: Inbox, { stream_name: stream, name }: ConsumerInfo): Promise<void> {
    const { messagesMax = 256, bytesMax = 1_048_576, onNews } = this.#options;
    let delivered = 0;
    let alone = false;
    for (;;) {
      const wanted = alone ? 1 : messagesMax;
      inbox.pull(`${stream}.${name}`, wanted, alone ? null : bytesMax);
      alone = false;
      let had = 0;
      while (had < wanted) {
        const next = await inbox.next();
        if (next === null) return;
        const delivery = deliveryOf(next.reply);
        if (delivery === null) {
          // One message that is larger than all may be together comes alone.
          alone = endOfRequest(next) === 'too_large' && had === 0;
          break;
        }
        had += 1;
        delivered += 1;
        if (delivery.delivered !== delivered) {
          onNews?.({ kind: 'lost_on_the_way', after: this.#place?.sequence ?? 0 });
          return;
        }
        await this.#take(next, delivery, inbox.isEmpty);
      }
    }
  }

  async #take({ subject, data, headers }: Msg, delivery: Delivery, isLast: boolean): Promise<void> {
    const { take, onNews, onCaughtUp } = this.#options;
    const { sequence, pending } = delivery;
    const place = this.#place;
    if (place === null) return;
    if (sequence <= place.sequence) onNews?.({ kind: 'duplicate', sequence });
    else {
      await take({ ...delivery, subject, data, headers });
      this.#place = { ...place, sequence };
    }
    this.#pending = pending;
    if (isLast || sequence - (this.#kept?.sequence ?? 0) >= KEEP_EVERY) await this.#keep();
    if (pending === 0) onCaughtUp?.();
  }

  #tellFault(fault: Error): void {
    if (fault instanceof ClusterError && fault.message === this.#toldFault) return;
    this.#toldFault = fault.message;
    this.#options.onFault(fault);
  }

  async #keep(): Promise<void> {
    const place = this.#place;
    if (place === null || (place.made === this.#kept?.made && place.sequence === this.#kept.sequence)) return;
    try {
      await this.#options.keep(place);
      this.#kept = place;
    } catch (error) {
      this.#options.onFault(error as Error);
    }
  }
}

/** What comes for one consumer: messages, and what the server says beside them. */
class Inbox {
  readonly #session: BusSession;
  readonly #over: AbortSignal;
  readonly #subject = createInbox();
  readonly #subscription: Subscription;
  readonly #heartbeatMs: number;
  readonly #waiting: Msg[] = [];
  #wake: () => void = () => {};
  #failure: Error | null = null;
  #heardAt = performance.now();

  constructor(session: BusSession, over: AbortSignal) {
    this.#session = session;
    this.#over = over;
    this.#heartbeatMs = session.domain === undefined ? HEARTBEAT_MS : LEAF_HEARTBEAT_MS;
    this.#subscription = session.connection.subscribe(this.#subject, {
      callback: (error, message) => this.#came(error, message),
    });
    over.addEventListener('abort', this.#wakeUp, { once: true });
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Asks for so many; `bytesMax` null: however large. */
  pull(consumer: string, batch: number, bytesMax: number | null): void {
    const { connection, domain } = this.#session;
    const request = {
      batch,
      ...(bytesMax !== null && { max_bytes: bytesMax }),
      expires: nanos(PULL_MS),
      idle_heartbeat: nanos(this.#heartbeatMs),
    };
    const api = domain === undefined ? '$JS.API' : `$JS.${domain}.API`;
    this.#heardAt = performance.now();
    connection.publish(`${api}.CONSUMER.MSG.NEXT.${consumer}`, JSON.stringify(request), {
      reply: this.#subject,
    });
  }

  /** The next message, or the status that ends a request; null: it is over. Rejects with ClusterError when nothing comes. */
  async next(): Promise<Msg | null> {
    for (;;) {
      if (this.#over.aborted) return null;
      if (this.#failure) throw this.#failure;
      const message = this.#waiting.shift();
      if (message) return message;
      const silentMs = performance.now() - this.#heardAt;
      const leftMs = this.#heartbeatMs * SILENCE_HEARTBEATS - silentMs;
      if (leftMs <= 0) {
        throw new ClusterError('unreachable', `the stream says nothing for ${Math.round(silentMs)} ms`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  close(): void {
    this.#over.removeEventListener('abort', this.#wakeUp);
    if (!this.#session.connection.isClosed()) this.#subscription.unsubscribe();
  }

  #came(error: Error | null, message: Msg): void {
    this.#heardAt = performance.now();
    if (error) this.#failure = error;
    else if (message.headers?.code !== 100) this.#waiting.push(message);
    this.#wakeUp();
  }

  readonly #wakeUp = (): void => {
    this.#wake();
  };
}

/** A status that ends a request for messages. Throws ClusterError where the consumer is gone, or its server. */
function endOfRequest({ headers }: Msg): 'over' | 'too_large' {
  const [code, said] = [headers?.code ?? 0, headers?.description ?? ''];
  if (code === 409 && /exceeds maxbytes/i.test(said)) return 'too_large';
  const isUsual = code === 408 || code === 404 || (code === 409 && /batch completed/i.test(said));
  if (isUsual) return 'over';
  throw new ClusterError('unreachable', `the stream is not followed any more: ${code} ${said}`);
}

function isOfTheBus(error: unknown): error is Error {
  return [JetStreamError, errors.ClosedConnectionError, errors.RequestError, errors.TimeoutError].some(
    (kind) => error instanceof kind,
  );
}

function faultOf(error: unknown, stream: string): Error {
  if (error instanceof JetStreamApiError && error.code === STREAM_NOT_FOUND) {
    return new ClusterError(
      'unreachable',
      `there is no stream ${stream} yet: the platform makes it (onecard platform --bus)`,
      { cause: error },
    );
  }
  if (isOfTheBus(error)) {
    return new ClusterError('unreachable', `the stream ${stream} cannot be followed: ${error.message}`, {
      cause: error,
    });
  }
  return error instanceof Error ? error : new Error(String(error));
}
