/**
 * Records of bytes from one thread to another, in order, through memory that both share: one thread writes and one reads, and
 * neither ever waits. A record lies in one piece; one that would not fit before the end of the ring begins at its start.
 */
import { OnecardError } from '../../../config/onecard-error.ts';

/** What stands in the ring cannot have been written: memory that is shared is in doubt, and the process should end. */
export class RingError extends OnecardError {
  override readonly name = 'RingError';
  readonly code = 'torn';
}

/** Words of the head, each on a cache line of its own: bytes ever written and ever read, modulo 2³². */
const [WRITTEN, READ] = [0, 16] as const;
const HEAD_BYTES = 128;
/** Before each record: its length. Records begin at multiples of this. */
const LENGTH_BYTES = 4;
/** Instead of a length: the next record begins at the start of the ring. */
const AT_START = -1;
const RING_BYTES_MAX = 2 ** 30;

/** `bytes`: a power of two. */
export function newRing(bytes: number): SharedArrayBuffer {
  if (!(bytes >= 64 && bytes <= RING_BYTES_MAX && (bytes & (bytes - 1)) === 0)) {
    throw new RangeError(`a ring cannot have ${bytes} bytes`);
  }
  return new SharedArrayBuffer(HEAD_BYTES + bytes);
}

class RingSide {
  /** All that records lie in. */
  readonly bytes: Buffer<SharedArrayBuffer>;
  protected readonly head: Int32Array<SharedArrayBuffer>;
  protected readonly lengths: Int32Array<SharedArrayBuffer>;
  protected readonly mask: number;

  constructor(shared: SharedArrayBuffer) {
    const bytes = shared.byteLength - HEAD_BYTES;
    this.head = new Int32Array(shared, 0, HEAD_BYTES / Int32Array.BYTES_PER_ELEMENT);
    this.bytes = Buffer.from(shared, HEAD_BYTES, bytes);
    this.lengths = new Int32Array(shared, HEAD_BYTES, bytes / LENGTH_BYTES);
    this.mask = bytes - 1;
  }

  /** Whether everything that was written was read. */
  get isEmpty(): boolean {
    return Atomics.load(this.head, WRITTEN) === Atomics.load(this.head, READ);
  }
}

export class RingWriter extends RingSide {
  #written: number;
  /** What `open` leaves out before its record. */
  #left = 0;

  /** `begun`: bytes that were ever written and read; default 0. */
  constructor(shared: SharedArrayBuffer, begun = 0) {
    super(shared);
    this.#written = begun;
    Atomics.store(this.head, WRITTEN, begun);
    Atomics.store(this.head, READ, begun);
  }

  /** Where in `bytes` a record of at most so many bytes may be written; -1: there is no room. It counts once it is closed. */
  open(bytesMax: number): number {
    const needed = LENGTH_BYTES + padded(bytesMax);
    const size = this.mask + 1;
    const free = size - ((this.#written - Atomics.load(this.head, READ)) >>> 0);
    const at = this.#written & this.mask;
    const toEnd = size - at;
    this.#left = toEnd < needed ? toEnd : 0;
    if (this.#left + needed > free) return -1;
    if (this.#left === 0) return at + LENGTH_BYTES;
    this.lengths[at / LENGTH_BYTES] = AT_START;
    return LENGTH_BYTES;
  }

  /** The record that was opened has so many bytes, and is to be read. */
  close(bytes: number): void {
    const from = (this.#written + this.#left) & this.mask;
    this.lengths[from / LENGTH_BYTES] = bytes;
    this.#written = (this.#written + this.#left + LENGTH_BYTES + padded(bytes)) | 0;
    Atomics.store(this.head, WRITTEN, this.#written);
  }
}

export class RingReader extends RingSide {
  #read: number;

  constructor(shared: SharedArrayBuffer, begun = 0) {
    super(shared);
    this.#read = begun;
  }

  /** Calls back for each record that is there, with where it begins and ends in `bytes`. Its bytes stand until then. Throws RingError. */
  readAll(onRecord: (from: number, to: number) => void): void {
    while (true) {
      const waiting = (Atomics.load(this.head, WRITTEN) - this.#read) >>> 0;
      if (waiting === 0) return;
      const at = this.#read & this.mask;
      const length = this.lengths[at / LENGTH_BYTES] ?? Number.NaN;
      const toEnd = this.mask + 1 - at;
      if (length === AT_START && toEnd < waiting) {
        this.#advance(toEnd);
        continue;
      }
      const taken = LENGTH_BYTES + padded(length);
      if (!(length >= 0 && taken <= Math.min(waiting, toEnd))) {
        throw new RingError(`a record of ${length} bytes cannot stand among ${waiting} that wait`);
      }
      onRecord(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
      this.#advance(taken);
    }
  }

  #advance(bytes: number): void {
    this.#read = (this.#read + bytes) | 0;
    Atomics.store(this.head, READ, this.#read);
  }
}

function padded(bytes: number): number {
  return (bytes + LENGTH_BYTES - 1) & -LENGTH_BYTES;
}
