/** A key-value bucket of JetStream: values by name, each write telling what it follows, and everyone told of each. */
import { JetStreamApiCodes, JetStreamApiError, StorageType } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { BusSession } from './connect.ts';

/** At the servers, where there are so many. */
const REPLICAS = 3;
const ANSWER_MS = 2_000;
/** `err_code` of a write that does not follow the last one; newer servers have a second. */
const NOT_LAST: readonly number[] = [JetStreamApiCodes.StreamWrongLastSequence, 10_164];
const NOT_FOUND = 404;

export interface BucketOptions {
  readonly name: string;
  /** Values of one name that are kept. */
  readonly history: number;
  /** Largest value with its headers. */
  readonly valueBytesMax: number;
  /** A value that is older is gone. Default: it stays. */
  readonly keptMs?: number;
  /** Not worth a disk: gone when its servers are. */
  readonly inMemory?: boolean;
}

export interface BucketEntry {
  readonly key: string;
  /** Null: it was deleted. */
  readonly value: Uint8Array | null;
  /** Of the bucket: each write has a higher one. */
  readonly sequence: number;
  /** Milliseconds since 1970 UTC by the servers' clock. */
  readonly writtenAtMs: number;
}

export interface BucketEvents {
  entry(entry: BucketEntry): void;
  /** All that was there has been told. */
  caughtUp(): void;
  /** Nothing more is told, though the session goes on. */
  ended(): void;
}

export interface BucketWatch {
  stop(): void;
}

export class Bucket {
  readonly #session: BusSession;
  readonly #kv: KV;
  /** When it was made: another time is another bucket of this name. */
  readonly #made: string;
  readonly #stream: string;

  private constructor(
    session: BusSession,
    kv: KV,
    { stream, made }: { readonly stream: string; readonly made: string },
  ) {
    this.#session = session;
    this.#kv = kv;
    this.#stream = stream;
    this.#made = made;
  }

  /** Makes it where there is none. Rejects with what the servers say. */
  static async open(session: BusSession, options: BucketOptions): Promise<Bucket> {
    const kv = await opened(session, options);
    const { streamInfo } = await kv.status();
    return new Bucket(session, kv, { stream: streamInfo.config.name, made: String(streamInfo.created) });
  }

  /** Null: there never was such a name. */
  async get(key: string): Promise<BucketEntry | null> {
    const entry = await this.#kv.get(key);
    return entry === null ? null : entryOf(entry);
  }

  /**
   * Writes it if the last write under its name is that of `after` (0: there is none). Resolves with the write's sequence;
   * null: somebody wrote meanwhile.
   */
  async put(key: string, value: Uint8Array, after: number): Promise<number | null> {
    try {
      return await this.#kv.put(key, value, { previousSeq: after, timeout: ANSWER_MS });
    } catch (error) {
      if (error instanceof JetStreamApiError && NOT_LAST.includes(error.code)) return null;
      throw error;
    }
  }

  /** Writes it whatever was there before. */
  async set(key: string, value: Uint8Array): Promise<void> {
    await this.#kv.put(key, value, { timeout: ANSWER_MS });
  }

  /** How many values it has. */
  async count(): Promise<number> {
    return (await this.#kv.status()).values;
  }

  /** Tells the last value of each name, then each write, until it is stopped. */
  async watch(events: BucketEvents): Promise<BucketWatch> {
    const isEmpty = (await this.#kv.status()).streamInfo.state.messages === 0;
    const entries = await this.#kv.watch();
    let isCaughtUp = isEmpty;
    let isStopped = false;
    if (isEmpty) events.caughtUp();
    const tell = async () => {
      for await (const entry of entries) {
        events.entry(entryOf(entry));
        if (!isCaughtUp && entry.isUpdate) {
          isCaughtUp = true;
          events.caughtUp();
        }
      }
    };
    void tell()
      .catch(() => {})
      .then(() => {
        if (!isStopped) events.ended();
      });
    return {
      stop: () => {
        isStopped = true;
        entries.stop();
      },
    };
  }

  /** Whether the servers still have the one that was opened. Rejects where they do not answer. */
  async isThere(): Promise<boolean> {
    try {
      const info = await this.#session.manager.streams.info(this.#stream);
      return String(info.created) === this.#made;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.status === NOT_FOUND) return false;
      throw error;
    }
  }
}

async function opened(
  session: BusSession,
  { name, history, valueBytesMax, keptMs, inMemory = false }: BucketOptions,
): Promise<KV> {
  const kvm = new Kvm(session.jetstream);
  const options = {
    history,
    storage: inMemory ? StorageType.Memory : StorageType.File,
    maxValueSize: valueBytesMax,
    ...(keptMs !== undefined && { ttl: keptMs }),
  };
  if (session.connection.info?.cluster === undefined) return kvm.create(name, { ...options, replicas: 1 });
  try {
    return await kvm.create(name, { ...options, replicas: REPLICAS });
  } catch (error) {
    // Of the servers there are too few, or too few can take it.
    if (error instanceof JetStreamApiError) return kvm.create(name, { ...options, replicas: 1 });
    throw error;
  }
}

function entryOf(entry: {
  readonly key: string;
  readonly value: Uint8Array;
  readonly revision: number;
  readonly operation: string;
  readonly created: Date;
}): BucketEntry {
  const { key, value, revision: sequence, operation, created } = entry;
  return { key, value: operation === 'PUT' ? value : null, sequence, writtenAtMs: created.getTime() };
}
