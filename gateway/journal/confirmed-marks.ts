/**
 * When the platform confirmed what: marks at intervals. A record is kept for a set time after it was confirmed, also over a
 * restart.
 */
import { positionKey, readPosition } from './record/record-keys.ts';

interface Mark {
  readonly atMs: number;
  readonly position: number;
}

/** Name they are kept under, beside the records. */
export const MARKS_NOTE = 'confirmed-marks';
/** Marks within the time that records are kept: the precision of that time. */
const MARKS = 32;
const NUMBER_BYTES = 8;

export class ConfirmedMarks {
  readonly #keepMs: number;
  #marks: Mark[];
  /** Everything up to here has been confirmed for long enough. */
  #expired = 0;

  /** `kept`: what `bytes` gave earlier, or null. */
  constructor(keepMs: number, kept: Uint8Array | null) {
    this.#keepMs = keepMs;
    this.#marks = kept ? readMarks(kept) : [];
  }

  /** Notes what is confirmed now. Returns whether there is a new mark, to be kept. */
  note(position: number, nowMs: number): boolean {
    const last = this.#marks.at(-1);
    if (position <= Math.max(this.#expired, last?.position ?? 0)) return false;
    // A clock that was set back must not hold up new marks.
    if (last && Math.abs(nowMs - last.atMs) < this.#keepMs / MARKS) return false;
    this.#marks.push({ atMs: nowMs, position });
    return true;
  }

  /** Newest position that was confirmed at least so long ago. */
  expired(nowMs: number): number {
    for (let first = this.#marks[0]; first && nowMs - first.atMs >= this.#keepMs; first = this.#marks[0]) {
      this.#expired = Math.max(this.#expired, first.position);
      this.#marks.shift();
    }
    return this.#expired;
  }

  /** What stands behind a position counts as not confirmed any more. */
  cut(position: number): void {
    this.#marks = this.#marks.filter((mark) => mark.position <= position);
    this.#expired = Math.min(this.#expired, position);
  }

  /** To be kept: 16 bytes per mark, its time and its position. */
  bytes(): Buffer {
    return marksBytes(this.#marks);
  }
}

/** Marks as they are kept, without those behind a position. */
export function cutMarks(kept: Uint8Array, position: number): Buffer {
  return marksBytes(readMarks(kept).filter((mark) => mark.position <= position));
}

function marksBytes(marks: readonly Mark[]): Buffer {
  return Buffer.concat(marks.flatMap(({ atMs, position }) => [positionKey(atMs), positionKey(position)]));
}

function readMarks(bytes: Uint8Array): Mark[] {
  const marks: Mark[] = [];
  for (let at = 0; at + 2 * NUMBER_BYTES <= bytes.length; at += 2 * NUMBER_BYTES) {
    marks.push({
      atMs: readPosition(bytes.subarray(at, at + NUMBER_BYTES)),
      position: readPosition(bytes.subarray(at + NUMBER_BYTES, at + 2 * NUMBER_BYTES)),
    });
  }
  return marks;
}
