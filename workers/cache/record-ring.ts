/**
 * Ring buffer of records of any length, in memory that never grows. At the end writing wraps around to the beginning and
 * overwrites the oldest records. No record is split: the rest before the end then stays empty.
 */
const WORD_BYTES = 4;
/** Records begin at multiples of this, and are as long as a multiple of it. */
export const RECORD_ALIGN_BYTES = 8;
/** The newest record lies behind the oldest. */
const NOT_WRAPPED = -1;

export class RecordRing {
  readonly bytes: Uint8Array;
  /** The same memory as numbers of 32 bits. */
  readonly words: Int32Array;
  /** Where the next record goes. */
  #head = 0;
  /** Where the oldest record lies. */
  #tail = 0;
  /** Once writing went on at the beginning: where the older records end. */
  #upperEnd = NOT_WRAPPED;
  #isEmpty = true;

  /** `bytes`: rounded down to a multiple of `RECORD_ALIGN_BYTES`. Memory that is not written yet is the system's. */
  constructor(bytes: number) {
    const capacity = Math.floor(bytes / RECORD_ALIGN_BYTES) * RECORD_ALIGN_BYTES;
    this.bytes = new Uint8Array(capacity);
    this.words = new Int32Array(this.bytes.buffer, 0, capacity / WORD_BYTES);
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Where the oldest record lies; only while there is one. */
  get oldest(): number {
    return this.#tail;
  }

  /** Whether a record of so many bytes could be added now. */
  hasRoom(size: number): boolean {
    if (this.#isEmpty) return size <= this.bytes.length;
    if (this.#upperEnd !== NOT_WRAPPED) return this.#head + size <= this.#tail;
    return this.#head + size <= this.bytes.length || size <= this.#tail;
  }

  /** Adds a record, for which there must be room; returns where it is to be written. */
  add(size: number): number {
    if (this.#upperEnd === NOT_WRAPPED && this.#head + size > this.bytes.length) this.#wrap();
    const at = this.#head;
    this.#head = at + size;
    this.#isEmpty = false;
    return at;
  }

  /** Takes the oldest record away; `size`: its bytes. */
  drop(size: number): void {
    this.#tail += size;
    if (this.#tail === this.#upperEnd) {
      this.#tail = 0;
      this.#upperEnd = NOT_WRAPPED;
    }
    if (this.#upperEnd !== NOT_WRAPPED || this.#tail !== this.#head) return;
    this.#head = 0;
    this.#tail = 0;
    this.#isEmpty = true;
  }

  /** Makes the oldest record the newest; returns where it lies now. It needs no room but its own. */
  renew(size: number): number {
    const from = this.#tail;
    // Never beyond the record itself: writing has not passed the oldest.
    const to = this.add(size);
    this.bytes.copyWithin(to, from, from + size);
    this.drop(size);
    return to;
  }

  #wrap(): void {
    this.#upperEnd = this.#head;
    this.#head = 0;
  }
}
