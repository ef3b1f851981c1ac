/**
 * Sends the journal to the platform, at least once and in order. A record's id never changes, so the platform can tell
 * what it already has; how far it has confirmed is kept in the journal, so sending goes on there after a restart.
 *
 * Only records that are on disk leave: one that a crash could still take back might come again as another record under
 * the same id.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { JournalError } from '../journal/journal-error.ts';
import type { LmdbJournal } from '../journal/lmdb-journal.ts';
import type { DecisionRecord } from '../journal/record.ts';
import { recordJson } from '../journal/record-json.ts';
import { jittered, pause } from './pause.ts';
import { PlatformError } from './platform-error.ts';
import { type PlatformEndpoint, requestPlatform } from './platform-request.ts';

/** Name under which the confirmed position is kept in the journal. */
export const UPLOAD_CURSOR = 'uploaded';

export interface UploaderOptions {
  readonly endpoint: PlatformEndpoint;
  readonly gatewayId: string;
  readonly journal: Pick<LmdbJournal, 'after' | 'syncedPosition' | 'cursor' | 'saveCursor'>;
  readonly batchRecords: number;
  /** Wait between looking for new records. Default 500 ms. */
  readonly idleMs?: number;
  /** First wait after a failure; doubles with each, up to `backoffMaxMs`. Default 500 ms and 30 s. */
  readonly backoffMs?: number;
  readonly backoffMaxMs?: number;
  readonly onUploaded?: (records: number, duplicates: number) => void;
  /** Every failure. Nothing is lost; it is tried again. */
  readonly onFault: (error: PlatformError | JournalError) => void;
  /** A damaged record that cannot be sent, and is passed over. */
  readonly onSkipped: (position: number, error: JournalError) => void;
}

const ANSWER_BYTES_MAX = 4_096;
const PAYLOAD_TOO_LARGE = 413;
const IDLE_MS = 500;
const BACKOFF_MS = 500;
const BACKOFF_MAX_MS = 30_000;
const JITTER = 0.5;

const UploadAnswer = Compile(
  Type.Object({ accepted: Type.Integer({ minimum: 0 }), duplicates: Type.Integer({ minimum: 0 }) }),
);

export class Uploader {
  readonly #options: UploaderOptions;
  readonly #stopping = new AbortController();
  #confirmed: number;
  #batchRecords: number;
  readonly #done: Promise<void>;

  /** Starts sending at once. */
  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#confirmed = options.journal.cursor(UPLOAD_CURSOR);
    this.#batchRecords = options.batchRecords;
    this.#done = this.#run();
  }

  /** Newest position the platform has confirmed. */
  get confirmedPosition(): number {
    return this.#confirmed;
  }

  /** Records on disk that the platform has not confirmed. */
  get waitingRecords(): number {
    return Math.max(0, this.#options.journal.syncedPosition - this.#confirmed);
  }

  /** Gives up what is under way, which is sent again next time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    const { idleMs = IDLE_MS, backoffMs = BACKOFF_MS, backoffMaxMs = BACKOFF_MAX_MS } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const sent = await this.#sendNext();
        failures = 0;
        if (!sent) await pause(jittered(idleMs, JITTER), signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onFault(faultOf(error));
        await pause(jittered(Math.min(backoffMaxMs, backoffMs * 2 ** failures), JITTER), signal);
        failures += 1;
      }
    }
  }

  /** Sends one batch and keeps what was confirmed; resolves to whether there was anything to send. */
  async #sendNext(): Promise<boolean> {
    const { journal, onUploaded } = this.#options;
    const records = await this.#nextRecords();
    const last = records.at(-1)?.position;
    if (last === undefined) return false;
    const { duplicates } = await this.#post(records);
    await journal.saveCursor(UPLOAD_CURSOR, last);
    this.#confirmed = last;
    onUploaded?.(records.length, duplicates);
    return true;
  }

  async #nextRecords(): Promise<DecisionRecord[]> {
    const { journal } = this.#options;
    const onDisk = (records: DecisionRecord[]) => records.filter((r) => r.position <= journal.syncedPosition);
    try {
      return onDisk(journal.after(this.#confirmed, this.#batchRecords));
    } catch (error) {
      if (!(error instanceof JournalError) || error.code !== 'corrupt') throw error;
      return await this.#nextBesideDamage();
    }
  }

  /** One record, where a whole batch cannot be read; a damaged one is reported and passed over. */
  async #nextBesideDamage(): Promise<DecisionRecord[]> {
    const { journal, onSkipped } = this.#options;
    try {
      return journal.after(this.#confirmed, 1).filter((r) => r.position <= journal.syncedPosition);
    } catch (error) {
      if (!(error instanceof JournalError) || error.code !== 'corrupt') throw error;
      const skipped = this.#confirmed + 1;
      await journal.saveCursor(UPLOAD_CURSOR, skipped);
      this.#confirmed = skipped;
      onSkipped(skipped, error);
      return await this.#nextRecords();
    }
  }

  async #post(records: readonly DecisionRecord[]): Promise<{ accepted: number; duplicates: number }> {
    const { endpoint, gatewayId } = this.#options;
    const body = {
      gateway: gatewayId,
      records: records.map((record) => ({ id: `${gatewayId}:${record.position}`, ...recordJson(record) })),
    };
    try {
      const { signal } = this.#stopping;
      const response = await requestPlatform(endpoint, {
        path: '/v1/journal',
        body,
        maxBytes: ANSWER_BYTES_MAX,
        signal,
      });
      return readAnswer(response.body, records.length);
    } catch (error) {
      if (error instanceof PlatformError && error.status === PAYLOAD_TOO_LARGE) {
        this.#batchRecords = Math.max(1, Math.floor(this.#batchRecords / 2));
      }
      throw error;
    }
  }
}

/** Confirmed only if every record is accounted for. */
function readAnswer(body: Buffer, records: number): { accepted: number; duplicates: number } {
  let answer: unknown = null;
  try {
    answer = JSON.parse(body.toString('utf8'));
  } catch {
    // Told below, as any other wrong answer.
  }
  if (!UploadAnswer.Check(answer) || answer.accepted + answer.duplicates !== records) {
    throw new PlatformError('malformed', 'the platform did not confirm every record');
  }
  return answer;
}

function faultOf(error: unknown): PlatformError | JournalError {
  if (error instanceof PlatformError || error instanceof JournalError) return error;
  return new PlatformError('storage', (error as Error).message, { cause: error });
}
