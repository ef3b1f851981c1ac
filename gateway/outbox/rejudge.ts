/**
 * Judges decisions again that were made by older lists: once the lists have caught up, with the newer list, from the
 * records alone. Differing decisions are told to the platform at least once; record and list revision identify them.
 * It continues where it stopped, a few records per turn of the event loop.
 *
 * What follows from a differing decision is decided at the platform: the gate has long opened or not.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Code } from '../../config/codes.ts';
import type { JournalError } from '../journal/journal-error.ts';
import type { DecodedSlice, OutboxReader } from '../journal/outbox-reader.ts';
import type { DecisionRecord } from '../journal/record/record.ts';
import { PlatformError } from '../outbound/platform-error.ts';
import type { PlatformEndpoint, SealKeys } from '../outbound/platform-request.ts';
import { type RetryBounds, RetryPause } from '../outbound/retry-pause.ts';
import type { WhyNot } from '../tap/judge-again.ts';
import type { Mode, Outcome } from '../verification.ts';
import { checkTaken } from './upload-answer.ts';
import { overHttp, type UploadRoute } from './upload-route.ts';

/** What judging again needs of a list that has caught up. */
export interface NewerList {
  /** As records name it. */
  readonly revision: string;
  /** Milliseconds since 1970 UTC. */
  readonly issuedAtMs: number;
}

export type NewJudgement =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly now: { readonly outcome: Outcome; readonly code: Code } }
  /** Not decidable from the record, the policies and the list that are available. */
  | { readonly kind: 'cannot'; readonly why: WhyNot };

/** Why decisions were not judged again; `damaged`: the record cannot be read. */
export type UnjudgedReason = WhyNot | 'damaged';
export type UnjudgedCounts = Readonly<Partial<Record<UnjudgedReason, number>>>;

export interface RejudgeResult {
  /** Judged up to this position, and the platform has sealed that it was told what differs. */
  readonly position: number;
  /** Records that were judged again, since the last result. */
  readonly judged: number;
  /** Of those, how many would be decided otherwise now. */
  readonly differing: number;
  /** How many could not be judged again, by why. */
  readonly cannot: UnjudgedCounts;
}

export interface RejudgeOptions<L extends NewerList> {
  readonly reader: Pick<OutboxReader, 'decodedAfter' | 'idOf' | 'lastPosition' | 'syncedPosition'>;
  readonly endpoint: PlatformEndpoint;
  /** Default: over HTTP. */
  readonly route?: UploadRoute;
  readonly gatewayId: string;
  /** Keys that the platform's answers are sealed with; empty: trust names none, or is not known yet. */
  readonly sealKeys: () => SealKeys;
  /** Position up to which records were judged again before. */
  readonly rejudged: number;
  readonly judge: (record: DecisionRecord, list: L) => NewJudgement;
  /** Records per turn of the event loop. Default 200. */
  readonly sliceRecords?: number;
  /** Differing decisions in one request. Default 1,000, the most the platform takes. */
  readonly batchItems?: number;
  readonly retry?: Partial<RetryBounds>;
  readonly onResult: (result: RejudgeResult) => void;
  /** Called for every failure, before the next try. */
  readonly onFault: (error: PlatformError) => void;
  /** A damaged record, which is passed over and counted as one that cannot be judged. */
  readonly onDamaged: (error: JournalError) => void;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

const SLICE_RECORDS = 200;
const BATCH_ITEMS = 1_000;
/** Records after which progress is told, though nothing differs. */
const PROGRESS_RECORDS = 10_000;
const ANSWER_BYTES_MAX = 4_096;
const PATH = '/v1/rejudgements';
const NOT_FOUND = 404;
const SEALED = { isSealed: true } as const;

interface Item {
  readonly id: string;
  readonly judged_at_ms: number;
  readonly was: Side;
  readonly now: Side;
}

interface Unjudged {
  readonly id: string;
  readonly why: WhyNot;
}

interface Side {
  readonly outcome: Outcome;
  readonly code: Code;
  readonly list_revision: string | null;
}

/** A list that has caught up. */
interface CaughtUp<L> {
  readonly list: L;
  readonly live: boolean;
  /** Newest record that there was then, on disk or not. */
  readonly end: number;
}

export class Rejudge<L extends NewerList> {
  readonly #options: RejudgeOptions<L>;
  readonly #stopping = new AbortController();
  readonly #pause: RetryPause;
  readonly #route: UploadRoute;
  #position: number;
  /** Up to here the platform has sealed that it was told. Behind `#position` only without keys. */
  #believed: number;
  #next: CaughtUp<L> | null = null;
  /** The same again, for records that were not on disk yet. */
  #owed: CaughtUp<L> | null = null;
  #running: Promise<void> = Promise.resolve();
  #idle = true;
  /** Incremented with each epoch and each restart: what was begun before is not told after. */
  #epochs = 0;

  constructor(options: RejudgeOptions<L>) {
    this.#options = options;
    this.#route = options.route ?? overHttp(options.endpoint);
    this.#position = options.rejudged;
    this.#believed = options.rejudged;
    this.#pause = new RetryPause(options.retry ?? {}, this.#stopping.signal);
  }

  /** Everything up to here was judged again. */
  get position(): number {
    return this.#position;
  }

  /**
   * A list has caught up. `live`: the gateway is back in that mode, so all records are judged again; otherwise only those
   * decided before the list was issued. While one list is used, the newest other one waits. Records that are not on disk yet
   * are judged when they are.
   */
  caughtUp(list: L, live: boolean): void {
    if (this.#stopping.signal.aborted) return;
    this.#owed = null;
    this.#next = { list, live, end: this.#options.reader.lastPosition };
    this.#begin();
  }

  /** More is on disk. */
  synced(): void {
    if (this.#owed === null || !this.#idle || this.#stopping.signal.aborted) return;
    this.#next = this.#owed;
    this.#owed = null;
    this.#begin();
  }

  #begin(): void {
    if (!this.#idle) return;
    this.#idle = false;
    this.#running = this.#run();
  }

  /** The journal has begun a new epoch: what lies behind its beginning is judged, and told, again under new names. */
  epochBegan(first: number): void {
    this.#believed = Math.min(this.#believed, first - 1);
    this.keysCame();
  }

  /** Answers can be believed from now on: what was told before is told again, once a list has caught up. */
  keysCame(): void {
    this.#epochs += 1;
    this.#position = Math.min(this.#position, this.#believed);
  }

  setPlatformAnswers(answers: boolean): void {
    this.#pause.setPlatformAnswers(answers);
  }

  /** Tries now instead of waiting on. */
  nudge(): void {
    this.#pause.nudge();
  }

  /** Gives up what is under way, which is begun again next time. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (this.#next && !signal.aborted) {
      const next = this.#next;
      const { list, live, end } = next;
      const { syncedPosition } = this.#options.reader;
      this.#next = null;
      this.#owed = syncedPosition < end ? next : null;
      try {
        await this.#goBy(list, live ? Number.POSITIVE_INFINITY : list.issuedAtMs, syncedPosition);
      } catch (cause) {
        this.#options.onFault(new PlatformError('unusable', String(cause), { cause }));
      }
      // More came to disk meanwhile.
      if (this.#options.reader.syncedPosition > syncedPosition) this.#next ??= this.#owed;
    }
    this.#idle = true;
  }

  /** Goes through everything up to `end` that was decided before a time, up to the first record decided after it. */
  async #goBy(list: L, beforeMs: number, end: number): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const range = new RejudgedRange(this.#options, list, this.#position);
      const epochs = this.#epochs;
      const over = await this.#gather(range, end, beforeMs);
      if (epochs !== this.#epochs) continue;
      const told = await this.#tellAll(range);
      if (told === null) return;
      if (epochs !== this.#epochs) continue;
      if (range.through > this.#position) {
        if (told.isSealed && this.#believed === this.#position) this.#believed = range.through;
        this.#position = range.through;
        this.#options.onResult(range.result(this.#believed));
      }
      if (over) return;
    }
  }

  /** Reads on until there is enough to tell; resolves to whether everything was read. */
  async #gather(range: RejudgedRange<L>, end: number, beforeMs: number): Promise<boolean> {
    const { reader, sliceRecords = SLICE_RECORDS, batchItems = BATCH_ITEMS } = this.#options;
    const from = range.through;
    while (!this.#stopping.signal.aborted) {
      if (range.through >= end) return true;
      if (range.items.length >= batchItems || range.through - from >= PROGRESS_RECORDS) return false;
      const room = batchItems - range.items.length;
      const limit = Math.min(sliceRecords, room, end - range.through);
      const slice = reader.decodedAfter(range.through, limit, isNotLive, range.damaged);
      if (slice.through === range.through || !range.take(slice, beforeMs)) return true;
      await nextTurn();
    }
    return true;
  }

  /** What differs, and what nobody could judge. Resolves as `#told`. */
  async #tellAll({ items, unjudged }: RejudgedRange<L>): Promise<{ readonly isSealed: boolean } | null> {
    let isSealed = true;
    const uploads: (readonly [string, readonly object[]])[] = [[PATH, items]];
    for (let at = 0; at < unjudged.length; at += BATCH_ITEMS)
      uploads.push([`${PATH}/unjudged`, unjudged.slice(at, at + BATCH_ITEMS)]);
    for (const [path, some] of uploads) {
      const told = some.length > 0 ? await this.#told(path, some) : SEALED;
      if (told === null) return null;
      isSealed &&= told.isSealed;
    }
    return { isSealed };
  }

  /** Resolves when the platform says that it has them; to null only when stopped. */
  async #told(path: string, items: readonly object[]): Promise<{ readonly isSealed: boolean } | null> {
    const { gatewayId, onFault } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const body = { gateway: gatewayId, items };
        const sealKeys = this.#options.sealKeys();
        const request = { path, body, maxBytes: ANSWER_BYTES_MAX, signal, sealKeys };
        const response = await this.#route.send(request);
        checkTaken(response.body, items.length);
        this.#pause.succeeded();
        return response;
      } catch (cause) {
        if (signal.aborted) break;
        // A platform of before that was told: it does not ask why.
        if (path !== PATH && cause instanceof PlatformError && cause.status === NOT_FOUND) return SEALED;
        const error = cause instanceof PlatformError ? cause : new PlatformError('storage', String(cause));
        onFault(error);
        await this.#pause.afterFailure(error);
      }
    }
    return null;
  }
}

/** A list never overrules a live answer. */
function isNotLive(mode: Mode): boolean {
  return mode !== 'live';
}

/** A range of the journal, judged again, up to what one request can tell. */
class RejudgedRange<L extends NewerList> {
  readonly #options: RejudgeOptions<L>;
  readonly #list: L;
  readonly items: Item[] = [];
  readonly unjudged: Unjudged[] = [];
  through: number;
  #judged = 0;
  readonly #cannot: Partial<Record<UnjudgedReason, number>> = {};

  constructor(options: RejudgeOptions<L>, list: L, position: number) {
    this.#options = options;
    this.#list = list;
    this.through = position;
  }

  readonly damaged = (error: JournalError): void => {
    this.#count('damaged');
    this.#options.onDamaged(error);
  };

  /** Returns false when it came upon a decision that this list cannot know better. */
  take({ records, through }: DecodedSlice, beforeMs: number): boolean {
    for (const record of records) {
      if (isNotLive(record.mode)) {
        if (record.atMs > beforeMs) {
          // Those in between were decided live.
          this.through = Math.max(this.through, record.position - 1);
          return false;
        }
        this.#judge(record);
      }
      this.through = record.position;
    }
    this.through = through;
    return true;
  }

  /** `believed`: as far as the platform has sealed. */
  result(believed: number): RejudgeResult {
    return {
      position: believed,
      judged: this.#judged,
      differing: this.items.length,
      cannot: this.#cannot,
    };
  }

  #count(why: UnjudgedReason): void {
    this.#cannot[why] = (this.#cannot[why] ?? 0) + 1;
  }

  #judge(record: DecisionRecord): void {
    const { judge, reader, now } = this.#options;
    const judgement = judge(record, this.#list);
    if (judgement.kind === 'cannot') {
      this.#count(judgement.why);
      this.unjudged.push({ id: reader.idOf(record.position), why: judgement.why });
      return;
    }
    this.#judged += 1;
    if (judgement.kind === 'same') return;
    const { outcome, code } = record.answer;
    this.items.push({
      id: reader.idOf(record.position),
      judged_at_ms: now(),
      was: { outcome, code, list_revision: record.status.listRevision },
      now: { ...judgement.now, list_revision: this.#list.revision },
    });
  }
}
