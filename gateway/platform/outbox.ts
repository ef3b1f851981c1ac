/**
 * Sends the journal to the platform, at least once and in order, as it is stored. A record's name (epoch and position)
 * never changes, so the platform can tell what it already has. How far it has confirmed is told through `onConfirmed`,
 * to be kept in the journal, so that sending goes on there after a restart.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { JournalError } from '../journal/journal-error.ts';
import type { OutboxReader, StoredBatch } from '../journal/outbox-reader.ts';
import { PlatformError } from './platform-error.ts';
import { type PlatformEndpoint, requestPlatform } from './platform-request.ts';
import { type RetryBounds, RetryPause } from './retry-pause.ts';
import { uploadBody } from './upload-body.ts';

export interface OutboxOptions {
  readonly endpoint: PlatformEndpoint;
  readonly gatewayId: string;
  readonly reader: Pick<OutboxReader, 'epoch' | 'storedAfter' | 'syncedPosition'>;
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
  /** Every failure. Nothing is lost; it is tried again. */
  readonly onFault: (error: PlatformError | JournalError) => void;
  /** A damaged record that cannot be sent, and is passed over. */
  readonly onSkipped: (position: number, error: JournalError) => void;
  /** Records that were given up before they could be sent. */
  readonly onGap?: (first: number, last: number) => void;
}

const ANSWER_BYTES_MAX = 4_096;
const PAYLOAD_TOO_LARGE = 413;
const BATCH_BYTES = 8 * 1024 * 1024;
const IDLE_MS = 200;

const UploadAnswer = Compile(
  Type.Object({ accepted: Type.Integer({ minimum: 0 }), duplicates: Type.Integer({ minimum: 0 }) }),
);

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #stopping = new AbortController();
  readonly #pause: RetryPause;
  #confirmed: number;
  #batchRecords: number;
  readonly #done: Promise<void>;

  /** Starts sending at once. */
  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#confirmed = options.confirmed;
    this.#batchRecords = options.batchRecords;
    this.#pause = new RetryPause(options.retry ?? {}, this.#stopping.signal);
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

  /** Tries now instead of waiting on. */
  nudge(): void {
    this.#pause.nudge();
  }

  /** Gives up what is under way, which is sent again next time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const full = await this.#sendNext();
        this.#pause.succeeded();
        if (!full) await this.#pause.idle(this.#options.idleMs ?? IDLE_MS);
      } catch (error) {
        if (signal.aborted) return;
        const fault = faultOf(error);
        this.#options.onFault(fault);
        await this.#pause.afterFailure(fault);
      }
    }
  }

  /** Sends one batch; resolves to whether another is worth sending at once. */
  async #sendNext(): Promise<boolean> {
    const { reader, batchBytes, onUploaded } = this.#options;
    const bounds = { records: this.#batchRecords, bytes: batchBytes ?? BATCH_BYTES };
    const batch = reader.storedAfter(this.#confirmed, bounds);
    if (!batch) return false;
    if (batch.damaged) {
      this.#reportGap(batch);
      this.#options.onSkipped(batch.first, batch.damaged);
      this.#confirm(batch.first);
      return true;
    }
    const duplicates = await this.#post(batch);
    this.#reportGap(batch);
    this.#confirm(batch.first + batch.records.length - 1);
    onUploaded?.(batch.records.length, duplicates);
    return this.waitingRecords >= this.#batchRecords;
  }

  #reportGap({ first }: StoredBatch): void {
    const expected = this.#confirmed + 1;
    if (first > expected) this.#options.onGap?.(expected, first - 1);
  }

  #confirm(position: number): void {
    this.#confirmed = position;
    this.#options.onConfirmed(position);
  }

  /** Resolves to the number of records the platform had already. */
  async #post(batch: StoredBatch): Promise<number> {
    const { endpoint, gatewayId } = this.#options;
    try {
      const response = await requestPlatform(endpoint, {
        path: '/v1/journal',
        packed: uploadBody(gatewayId, batch),
        maxBytes: ANSWER_BYTES_MAX,
        signal: this.#stopping.signal,
      });
      return readUploadAnswer(response.body, batch.records.length).duplicates;
    } catch (error) {
      if (error instanceof PlatformError && error.status === PAYLOAD_TOO_LARGE) {
        this.#batchRecords = Math.max(1, Math.floor(batch.records.length / 2));
      }
      throw error;
    }
  }
}

/** What the platform took of what it was sent. Throws PlatformError unless every item is accounted for. */
export function readUploadAnswer(body: Buffer, items: number): { accepted: number; duplicates: number } {
  let answer: unknown = null;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch {
    // Told below, as any other wrong answer.
  }
  if (!UploadAnswer.Check(answer) || answer.accepted + answer.duplicates !== items) {
    throw new PlatformError('malformed', 'the platform did not confirm everything it was sent');
  }
  return answer;
}

function faultOf(error: unknown): PlatformError | JournalError {
  if (error instanceof PlatformError || error instanceof JournalError) return error;
  return new PlatformError('storage', (error as Error).message, { cause: error });
}
