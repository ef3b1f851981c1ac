/**
 * Sends the journal to the platform, at least once and in order, as it is stored. A record's name (epoch and position)
 * does not change, so the platform can tell what it already has. How far it has confirmed is told through
 * `onConfirmed`, to be kept in the journal, so that sending goes on there after a restart.
 *
 * Only what the platform has sealed counts as confirmed, since what is confirmed may be forgotten here. While trust names
 * no key for that, records are sent all the same, once in each process, and all again when it comes to name one.
 *
 * Where the platform holds other records under these names, this folder was restored or copied. That is told through
 * `onConflict`, and nothing behind it is sent until the journal has begun an epoch that names them anew.
 */
import { JournalError } from '../journal/journal-error.ts';
import type { OutboxReader, StoredBatch } from '../journal/outbox-reader.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import type { PlatformEndpoint, PlatformResponse, SealKeys } from '../outbound/platform-request.ts';
import { type RetryBounds, RetryPause } from '../outbound/retry-pause.ts';
import { BatchSize } from './batch-size.ts';
import { EpochAnnouncer } from './epoch-announcer.ts';
import { SentBefore } from './sent-before.ts';
import { readUploadAnswer } from './upload-answer.ts';
import { uploadBody } from './upload-body.ts';
import { overHttp, type RouteBounds, RouteChangedError, type UploadRoute } from './upload-route.ts';

/** The platform holds other records than this journal behind a position. */
export interface UploadConflict {
  /** The epoch under which it does. */
  readonly epoch: string;
  /** Last position up to which they are the same. */
  readonly after: number;
  /** Records of the upload that differ. */
  readonly records: number;
}

export interface OutboxOptions {
  readonly endpoint: PlatformEndpoint;
  /** Default: over HTTP. */
  readonly route?: UploadRoute;
  readonly gatewayId: string;
  readonly reader: Pick<OutboxReader, 'lineage' | 'storedAfter' | 'syncedPosition' | 'lastPosition'>;
  /** Keys that the platform's answers are sealed with; null: trust is not known yet, and nothing is sent. */
  readonly sealKeys: () => SealKeys | null;
  /** Position the platform had confirmed when the gateway stopped last. */
  readonly confirmed: number;
  readonly batchRecords: number;
  /** Records of one request, bytes. Default 8 MiB. */
  readonly batchBytes?: number;
  /** Wait for more records when a batch would not be full. Default 200 ms. */
  readonly idleMs?: number;
  readonly retry?: Partial<RetryBounds>;
  /** Everything up to here is confirmed, or was passed over. */
  readonly onConfirmed: (position: number) => void;
  readonly onUploaded?: (records: number, duplicates: number) => void;
  /** Told again until the journal has begun a new epoch. */
  readonly onConflict: (conflict: UploadConflict) => void;
  /** Every failure. Nothing is lost; it is tried again. */
  readonly onFault: (error: PlatformError | JournalError) => void;
  /** A record that cannot be sent, and is passed over. */
  readonly onSkipped: (position: number, error: JournalError | PlatformError) => void;
  /** Records that were given up before they could be sent. */
  readonly onGap?: (first: number, last: number) => void;
}

const ANSWER_BYTES_MAX = 4_096;
const PAYLOAD_TOO_LARGE = 413;
const BATCH_BYTES = 8 * 1024 * 1024;
const IDLE_MS = 200;
/** So many times that while there is nothing to send: whoever sees that there is says so. */
const REST_FACTOR = 5;
/** Time the journal has to begin a new epoch before it is asked again. */
const CONFLICT_MS = 5_000;

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #stopping = new AbortController();
  readonly #pause: RetryPause;
  readonly #route: UploadRoute;
  readonly #size: BatchSize;
  readonly #sent: SentBefore;
  readonly #epochs: EpochAnnouncer;
  #confirmed: number;
  /** Everything up to here was sent in this process. Ahead of what is confirmed only for want of keys. */
  #position: number;
  /** Counts beginnings anew: what was under way then counts for nothing. */
  #turn = 0;
  /** Found nothing to send, and waits. */
  #rests = false;
  /** Under way, in order, from behind `#position` on. */
  #flights: Flight[] = [];
  /** Ends those. */
  #flying = new AbortController();
  #flush: { readonly through: number; readonly end: () => void } | null = null;
  readonly #done: Promise<void>;

  /** Starts sending at once. */
  constructor(options: OutboxOptions) {
    const { confirmed, reader, batchRecords, retry = {} } = options;
    this.#options = options;
    this.#confirmed = confirmed;
    this.#position = confirmed;
    this.#size = new BatchSize(batchRecords);
    this.#sent = new SentBefore(reader.lastPosition, confirmed);
    this.#pause = new RetryPause(retry, this.#stopping.signal);
    this.#route = options.route ?? overHttp(options.endpoint);
    this.#epochs = new EpochAnnouncer({ ...options, route: this.#route, signal: this.#stopping.signal });
    this.#done = this.#run();
  }

  /** Newest position the platform has confirmed, or that was passed over. */
  get confirmedPosition(): number {
    return this.#confirmed;
  }

  /** Records on disk that the platform has not confirmed. */
  get waitingRecords(): number {
    return Math.max(0, this.#options.reader.syncedPosition - this.#confirmed);
  }

  /** While the platform answers other questions, a failed upload does not wait long; when it begins to, not at all. */
  setPlatformAnswers(answers: boolean): void {
    this.#pause.setPlatformAnswers(answers);
  }

  /** The journal has begun a new epoch: what lies behind its beginning is sent again under new names. */
  epochBegan(): void {
    this.#confirmed = Math.min(this.#confirmed, this.#options.reader.lineage.current.first - 1);
    this.keysCame();
  }

  /** Answers can be believed from now on: what was sent before is sent again, for the platform to confirm it. */
  keysCame(): void {
    this.#turn += 1;
    this.#position = this.#confirmed;
    this.#pause.nudge();
  }

  /**
   * Sends without a pause until everything up to a position was sent, and confirmed as far as it can be. Resolves then,
   * when it fails once, or after a time; sending goes on as before.
   */
  async flush(through: number, ms: number): Promise<void> {
    if (this.#confirmed >= through) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      const end = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#flush = { through, end };
      this.#pause.nudge();
    });
    this.#flush = null;
  }

  /** More is on disk: what waits for something to send goes on. */
  synced(): void {
    if (this.#rests) this.#pause.nudge();
  }

  /** Tries now instead of waiting on. */
  nudge(): void {
    this.#pause.nudge();
  }

  /** Gives up what is under way, which is sent again next time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#giveUpFlights();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const before = this.#position;
        const waitMs = await this.#sendNext();
        this.#pause.succeeded();
        if (this.#flush && this.#position >= this.#flush.through) this.#flush.end();
        else if (this.#flush && this.#position > before) continue;
        if (waitMs > 0) await this.#pause.idle(waitMs);
        this.#rests = false;
      } catch (error) {
        if (signal.aborted) return;
        this.#giveUpFlights();
        const fault = faultOf(error);
        this.#options.onFault(fault);
        if (fault instanceof RouteChangedError) continue;
        this.#flush?.end();
        await this.#pause.afterFailure(fault);
      }
    }
  }

  /** Sends what may be under way, and resolves when the first of it is answered to how long to wait before more. */
  async #sendNext(): Promise<number> {
    const { reader, idleMs = IDLE_MS } = this.#options;
    const keys = this.#options.sealKeys();
    if (keys === null) return idleMs;
    const bounds = this.#bounds();
    this.#fill(bounds, keys);
    const [flight] = this.#flights;
    if (flight === undefined) {
      this.#rests = true;
      return idleMs * REST_FACTOR;
    }
    const { batch, turn } = flight;
    const posted = await this.#answerTo(flight, bounds, keys);
    // Names may have changed meanwhile, or keys have come.
    const isOld = reader.lineage.at(batch.first).epoch !== batch.epoch || turn !== this.#turn;
    if (isOld || posted?.conflict) this.#giveUpFlights();
    if (isOld) return 0;
    if (posted?.conflict) {
      this.#options.onConflict(posted.conflict);
      return CONFLICT_MS;
    }
    this.#flights.shift();
    if (posted === null) {
      if (batch.damaged) {
        this.#reportGap(batch);
        this.#options.onSkipped(batch.first, batch.damaged);
      }
      this.#advance(batch.first, true);
      return 0;
    }
    this.#reportGap(batch);
    this.#advance(lastOf(batch), posted.isSealed);
    if (this.#flights.length > 0) return 0;
    return reader.syncedPosition - this.#position >= bounds.records ? 0 : idleMs;
  }

  /** Waits for it; more is sent meanwhile, as it comes. */
  async #answerTo({ posted }: Flight, bounds: RouteBounds, keys: SealKeys): Promise<Posted | null> {
    if (bounds.messages === 1) return await posted;
    const { idleMs = IDLE_MS } = this.#options;
    const timer = setInterval(() => this.#fill(bounds, keys), idleMs);
    try {
      return await posted;
    } finally {
      clearInterval(timer);
    }
  }

  #bounds(): RouteBounds {
    const { batchBytes = BATCH_BYTES } = this.#options;
    const { bounds } = this.#route;
    const { records } = this.#size;
    if (bounds !== null) return { ...bounds, records: Math.min(records, bounds.records) };
    return { records, messageBytes: batchBytes, messages: 1, bytes: batchBytes };
  }

  /** Behind the first, only whole batches are sent without waiting for an answer. */
  #fill(bounds: RouteBounds, keys: SealKeys): void {
    const { reader } = this.#options;
    while (!this.#stopping.signal.aborted) {
      const last = this.#flights.at(-1)?.batch;
      const after = last ? lastOf(last) : this.#position;
      if (last && !this.#mayFollow(last, reader.syncedPosition - after, bounds)) return;
      const batch = reader.storedAfter(after, { records: bounds.records, bytes: bounds.messageBytes });
      if (batch === null) return;
      const posted = batch.damaged ? Promise.resolve(null) : this.#postOrPassOver(batch, keys);
      // Told when it is its turn, unless it is given up by then.
      posted.catch(() => {});
      let bytes = 0;
      for (const record of batch.records) bytes += record.length;
      this.#flights.push({ batch, turn: this.#turn, bytes, posted });
    }
  }

  #mayFollow(last: StoredBatch, waiting: number, { records, messages, bytes }: RouteBounds): boolean {
    const flights = this.#flights;
    const underWay = flights.reduce((sum, flight) => sum + flight.bytes, 0);
    const hasRoom = flights.length < messages && underWay < bytes;
    return hasRoom && waiting >= records && !last.damaged && this.#epochs.isAnnounced(lastOf(last) + 1);
  }

  #giveUpFlights(): void {
    this.#flights = [];
    this.#flying.abort();
    this.#flying = new AbortController();
  }

  #reportGap({ first }: StoredBatch): void {
    const expected = this.#position + 1;
    if (first > expected) this.#options.onGap?.(expected, first - 1);
  }

  /** Confirmed is what lies behind nothing that is not. */
  #advance(position: number, isBelieved: boolean): void {
    const isNext = this.#position === this.#confirmed;
    this.#position = position;
    if (!isNext || !isBelieved) return;
    this.#confirmed = position;
    this.#options.onConfirmed(position);
  }

  /**
   * As `#post`. Resolves to null where a single record is refused as too large while one behind it is taken: then it is
   * the record, and not something on the way that refuses all of them.
   */
  async #postOrPassOver(batch: StoredBatch, sealKeys: SealKeys): Promise<Posted | null> {
    const { reader, batchBytes = BATCH_BYTES, onSkipped } = this.#options;
    try {
      return await this.#post(batch, sealKeys);
    } catch (error) {
      if (!isTooLarge(error) || batch.records.length > 1) throw error;
      const behind = reader.storedAfter(batch.first, { records: 1, bytes: batchBytes });
      if (behind === null || behind.damaged) throw error;
      const { conflict, isSealed } = await this.#post(behind, sealKeys);
      if (conflict !== null || !isSealed) throw error;
      const id = reader.lineage.idOf(batch.first);
      const why = `record ${id} is too large for the platform and was passed over: it is in this journal only`;
      onSkipped(batch.first, new PlatformError('too_large', why));
      return null;
    }
  }

  /** Resolves when the platform has all of it, or with the conflict that keeps it from taking any. */
  async #post(batch: StoredBatch, sealKeys: SealKeys): Promise<Posted> {
    const { gatewayId, onUploaded } = this.#options;
    const { epoch, first, records } = batch;
    const { signal } = this.#flying;
    await this.#epochs.announced(first, sealKeys);
    const mayBeThere = this.#sent.sending(first, records.length);
    const { body, isSealed } = await this.#sized(records.length, () =>
      this.#route.send({
        path: '/v1/journal',
        packed: uploadBody(gatewayId, batch),
        name: `${epoch}:${first}-${lastOf(batch)}`,
        maxBytes: ANSWER_BYTES_MAX,
        signal,
        sealKeys,
      }),
    );
    const answer = readUploadAnswer(body, first, records.length);
    if (answer.kind === 'conflict') {
      return conflicting(isSealed, { epoch, after: answer.first - 1, records: answer.conflicts });
    }
    const { accepted, duplicates, tellsConflicts } = answer;
    const after = this.#sent.answered(first, accepted, duplicates, mayBeThere);
    if (after !== null && !tellsConflicts) {
      return conflicting(isSealed, { epoch, after, records: duplicates - mayBeThere });
    }
    onUploaded?.(records.length, duplicates);
    return { conflict: null, isSealed };
  }

  async #sized(records: number, request: () => Promise<PlatformResponse>): Promise<PlatformResponse> {
    try {
      const response = await request();
      this.#size.taken(records);
      return response;
    } catch (error) {
      if (isTooLarge(error)) this.#size.tooMany(records);
      throw error;
    }
  }
}

interface Flight {
  readonly batch: StoredBatch;
  readonly turn: number;
  readonly bytes: number;
  /** Null: it is passed over. */
  readonly posted: Promise<Posted | null>;
}

function lastOf({ first, records }: StoredBatch): number {
  return first + Math.max(1, records.length) - 1;
}

interface Posted {
  readonly conflict: UploadConflict | null;
  readonly isSealed: boolean;
}

/** Names of records are not given up on the word of anybody. Throws PlatformError. */
function conflicting(isSealed: boolean, conflict: UploadConflict): Posted {
  if (isSealed) return { conflict, isSealed };
  throw new PlatformError('signature', 'a conflict is told, and trust names no key to believe it by');
}

function isTooLarge(error: unknown): boolean {
  return error instanceof PlatformError && error.status === PAYLOAD_TOO_LARGE;
}

function faultOf(error: unknown): PlatformError | JournalError {
  if (error instanceof PlatformError || error instanceof JournalError) return error;
  return new PlatformError('storage', (error as Error).message, { cause: error });
}
