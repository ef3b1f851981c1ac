/**
 * What was given to the bus and is not answered yet: what of it the stream holds as far as is known, and what has to be
 * published, or published again. Pure bookkeeping; nothing is sent from here.
 */
import type { Confirmation, ConfirmedUpload } from './confirmation.ts';
import type { UploadMessage } from './upload-message.ts';

/** Somebody who waits for an answer. */
export interface Waiter {
  answered(answer: ConfirmedUpload): void;
}

export interface SentUpload {
  readonly message: UploadMessage;
  /** Those who gave up are no longer here; the message may be in the stream all the same. */
  readonly waiters: Set<Waiter>;
  /** Since when it waits, milliseconds of a clock that only goes on. */
  sinceMs: number;
  /** In the stream; null: it is to be published. */
  sequence: number | null;
  /** It was sent, and nobody said whether it was stored. */
  isInDoubt: boolean;
  /** How often it was passed over: published again, it must have another name. */
  attempt: number;
}

/** The last message of a subject; `sequence` 0: there is none. */
export interface LastStored {
  readonly sequence: number;
  /** Its `Nats-Msg-Id`. */
  readonly name: string | null;
}

/** What its servers say of the stream. */
export interface StreamStand {
  /** When it was made. */
  readonly made: string;
  /** Sequence of its first message. */
  readonly first: number;
  /** By subject. */
  readonly lasts: ReadonlyMap<string, LastStored>;
}

/** Messages without anybody who waits, which are known so that they are not published twice. */
const FORSAKEN_MAX = 64;

export class SentUploads {
  /** By digest, in the order they came. */
  readonly #uploads = new Map<string, SentUpload>();
  /** When the stream was made that the sequences are of. */
  #made: string | null = null;

  add(message: UploadMessage, waiter: Waiter, nowMs: number): void {
    const known = this.#uploads.get(message.digest);
    if (known) {
      if (known.waiters.size === 0) known.sinceMs = nowMs;
      known.waiters.add(waiter);
      return;
    }
    const waiters = new Set([waiter]);
    const upload = { message, waiters, sinceMs: nowMs, sequence: null, isInDoubt: false, attempt: 0 };
    this.#uploads.set(message.digest, upload);
  }

  giveUp({ digest }: UploadMessage, waiter: Waiter): void {
    const upload = this.#uploads.get(digest);
    if (!upload?.waiters.delete(waiter) || upload.waiters.size > 0) return;
    if (upload.sequence === null && !upload.isInDoubt) this.#uploads.delete(digest);
    const forsaken = [...this.#uploads.values()].filter(({ waiters }) => waiters.size === 0);
    for (const { message } of forsaken.slice(0, -FORSAKEN_MAX)) this.#uploads.delete(message.digest);
  }

  get subjects(): ReadonlySet<string> {
    return new Set([...this.#uploads.values()].map(({ message }) => message.subject));
  }

  /** The oldest that somebody waits for; null: nobody waits. */
  get oldestWaiting(): SentUpload | null {
    return [...this.#uploads.values()].find(({ waiters }) => waiters.size > 0) ?? null;
  }

  /** Whether any is in the stream without an answer. */
  get hasUnanswered(): boolean {
    return [...this.#uploads.values()].some(({ sequence, isInDoubt }) => sequence !== null || isInDoubt);
  }

  /** The next to be published. */
  get next(): SentUpload | null {
    for (const upload of this.#uploads.values()) {
      if (upload.sequence === null && upload.waiters.size > 0) return upload;
    }
    return null;
  }

  /**
   * How the stream stands: what it has lost is to be published. What lies before its first message was read by the platform,
   * which says so. Returns how many it has lost.
   */
  standsAt({ made, first, lasts }: StreamStand): number {
    let lost = 0;
    for (const upload of this.#uploads.values()) {
      const last = lasts.get(upload.message.subject);
      if (last === undefined) continue;
      if (upload.sequence === null) {
        if (upload.isInDoubt && last.name === nameOf(upload)) upload.sequence = last.sequence;
        upload.isInDoubt = false;
      } else if (made !== this.#made || (upload.sequence > last.sequence && upload.sequence >= first)) {
        lost += 1;
        upload.sequence = null;
      }
    }
    this.#made = made;
    this.#forget();
    return lost;
  }

  /** Hands on what is answered; what was read without an answer is to be published again. */
  confirmed({ made, through, answers }: Confirmation): number {
    let settled = 0;
    for (const upload of [...this.#uploads.values()]) {
      const answer = answers.get(upload.message.digest);
      if (answer && (isTaken(answer) || isOf(answer, upload, made === this.#made))) {
        this.#uploads.delete(upload.message.digest);
        settled += 1;
        for (const waiter of upload.waiters) waiter.answered(answer);
      } else if (made === this.#made && upload.sequence !== null && upload.sequence <= through) {
        passOver(upload);
      }
    }
    this.#forget();
    return settled;
  }

  /** Nobody answers: it is published under another name, in case the answer was lost. */
  askAgain(upload: SentUpload, nowMs: number): void {
    passOver(upload);
    upload.sinceMs = nowMs;
  }

  isOfStream(made: string): boolean {
    return this.#made === null || this.#made === made;
  }

  #forget(): void {
    for (const [digest, { waiters, sequence, isInDoubt }] of this.#uploads) {
      if (waiters.size === 0 && sequence === null && !isInDoubt) this.#uploads.delete(digest);
    }
  }
}

/** Its `Nats-Msg-Id`. */
export function nameOf({ message, attempt }: SentUpload): string {
  return attempt === 0 ? message.name : `${message.name}.${attempt}`;
}

function passOver(upload: SentUpload): void {
  upload.sequence = null;
  upload.attempt += 1;
}

/** What was taken stays taken, whenever it was. */
function isTaken({ status }: ConfirmedUpload): boolean {
  return status === 200;
}

/** A refusal counts for what was published then, and not for the same that is sent again. */
function isOf({ sequence }: ConfirmedUpload, upload: SentUpload, isOfStream: boolean): boolean {
  return isOfStream && upload.sequence !== null && sequence >= upload.sequence;
}
