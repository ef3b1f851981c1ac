/**
 * Words on the bus: says this gateway's, and hears those of others while somebody looks. A gateway that nobody looks at
 * hears nothing: a thousand that all heard each other would be a million messages a second.
 */
import { Bucket } from '../bus/bucket.ts';
import type { Bus, BusSession } from '../bus/connect.ts';
import type { BusNames } from '../bus/subjects.ts';
import { FORGOTTEN_MS, type Member, MemberTable } from './member-table.ts';
import { readWord, WORD_BYTES_MAX, type Word, writeWord } from './word.ts';

export interface CarrierOptions {
  readonly bus: Bus;
  readonly names: BusNames;
  readonly everyMs: number;
  readonly goneMs: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  readonly onFault: (error: unknown) => void;
}

/** Words between two that are kept for those who come later. */
const KEPT_EVERY = 10;
/** So long after the last look others are still heard. */
const LISTEN_MS = 30_000;
const LOAD_MS = 2_000;
const LEAVE_MS = 500;

interface Listening {
  readonly sinceMs: number;
  /** What is kept was read. */
  readonly loaded: Promise<void>;
  readonly end: () => void;
}

export class WordCarrier {
  readonly #options: CarrierOptions;
  readonly #table = new MemberTable();
  readonly #forget: () => void;
  #session: BusSession | null = null;
  #bucket: Promise<Bucket> | null = null;
  #own: Word | null = null;
  #said = 0;
  #kept: string | null = null;
  #known = 0;
  #refused = 0;
  #listening: Listening | null = null;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(options: CarrierOptions) {
    this.#options = options;
    this.#forget = options.bus.attend((session) => this.#begin(session));
  }

  /** Words that could not be read, or came under another gateway's name. */
  get refused(): number {
    return this.#refused;
  }

  /** Gateways of which a word of the last day is kept, as far as was seen. */
  get known(): number {
    return this.#known;
  }

  /** Says what this gateway says of itself now. Throws TypeError where it is no word. */
  say(word: Word): void {
    const bytes = writeWord(word);
    this.#own = word;
    this.#table.heard(word, this.#options.now());
    const session = this.#session;
    if (session === null || session.signal.aborted || session.connection.isClosed()) return;
    session.connection.publish(this.#options.names.health(word.gateway), bytes);
    // What others decide by is kept at once; the rest as often as is enough.
    const notable = JSON.stringify([word.ready, word.leaving, word.left, word.mode, word.version, word.keys]);
    if (notable === this.#kept && this.#said % KEPT_EVERY !== 0) {
      this.#said += 1;
      return;
    }
    this.#said += 1;
    this.#kept = notable;
    void this.#keep(word, bytes);
  }

  /** Who is there. Resolves when what is kept was read and everybody had the time for a word, or after a while. */
  async members(waitMs: number): Promise<readonly Member[]> {
    this.#lookedAt = this.#options.now();
    const session = this.#session;
    if (session && !session.signal.aborted) {
      const isFirst = this.#listening === null;
      this.#listening ??= this.#listen(session);
      await within(this.#listening.loaded, waitMs);
      if (isFirst) await pause(Math.min(waitMs, this.#options.everyMs * 1.2));
    }
    if (this.#own) this.#table.heard(this.#own, this.#own.at_ms);
    const { now, goneMs } = this.#options;
    const listeningSinceMs = this.#listening?.sinceMs ?? null;
    return this.#table.members({ nowMs: now(), listeningSinceMs, goneMs });
  }

  get reachable(): boolean {
    return this.#session !== null && !this.#session.signal.aborted;
  }

  /** Takes leave, where there is somebody to tell. */
  async close(): Promise<void> {
    this.#forget();
    this.#listening?.end();
    if (this.#own === null || !this.reachable) return;
    const word = { ...this.#own, at_ms: this.#options.now(), ready: false, leaving: true, left: true };
    this.#own = null;
    const bytes = writeWord(word);
    this.#session?.connection.publish(this.#options.names.health(word.gateway), bytes);
    await within(this.#keep(word, bytes), LEAVE_MS);
  }

  #begin(session: BusSession): void {
    this.#session = session;
    this.#bucket = null;
    this.#kept = null;
    session.signal.addEventListener('abort', () => {
      this.#listening?.end();
      this.#listening = null;
    });
    if (this.#own) this.say({ ...this.#own, at_ms: this.#options.now() });
  }

  async #keep(word: Word, bytes: Uint8Array): Promise<void> {
    try {
      const bucket = await this.#opened();
      await bucket.set(keyOf(word.gateway), bytes);
      this.#known = await bucket.count();
    } catch (error) {
      this.#bucket = null;
      this.#kept = null;
      if (this.reachable) this.#options.onFault(error);
    }
  }

  #opened(): Promise<Bucket> {
    const session = this.#session;
    if (session === null) return Promise.reject(new Error('the bus is cut'));
    this.#bucket ??= Bucket.open(session, {
      name: this.#options.names.members,
      history: 1,
      valueBytesMax: WORD_BYTES_MAX,
      keptMs: FORGOTTEN_MS,
      inMemory: true,
    });
    return this.#bucket;
  }

  #listen(session: BusSession): Listening {
    const { names, now } = this.#options;
    const subscription = session.connection.subscribe(names.everyHealth, {
      callback: (error, { data, subject }) => {
        if (error) return;
        if (now() - this.#lookedAt > LISTEN_MS) {
          this.#listening?.end();
          this.#listening = null;
          return;
        }
        const word = readWord(data);
        if (word !== null && subject === names.health(word.gateway)) this.#table.heard(word, now());
        else this.#refused += 1;
      },
    });
    const end = () => {
      if (!session.connection.isClosed()) subscription.unsubscribe();
    };
    return { sinceMs: now(), loaded: this.#load().catch((error) => this.#options.onFault(error)), end };
  }

  /** The last words that are kept, of those too who say nothing any more. */
  async #load(): Promise<void> {
    const bucket = await this.#opened();
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        void watching.then((watch) => watch.stop()).catch(() => {});
        resolve();
      };
      const timer = setTimeout(done, LOAD_MS);
      const watching = bucket.watch({
        entry: ({ key, value, writtenAtMs }) => {
          const word = value === null ? null : readWord(value);
          if (word !== null && keyOf(word.gateway) === key) this.#table.kept(word, writtenAtMs);
        },
        caughtUp: () => queueMicrotask(done),
        ended: done,
      });
      watching.catch((error: unknown) => {
        this.#options.onFault(error);
        done();
      });
    });
  }
}

/** A key of a bucket has dots between its parts, as a subject has. */
const keyOf = (gateway: string) => gateway.replaceAll('.', '_');

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function within(done: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([
    done,
    new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    }),
  ]);
  clearTimeout(timer);
}
