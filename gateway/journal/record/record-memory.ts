/**
 * Where records are written, one behind the other: blocks of memory that are filled once and never written again, so
 * that what was handed out stays as it is for as long as anyone holds it.
 */
const BLOCK_BYTES = 262_144;

/** One block. `bytes` and `view` are the same memory. */
export interface RecordMemory {
  readonly bytes: Buffer;
  readonly view: DataView;
}

export class RecordBlocks {
  #memory = newBlock(BLOCK_BYTES);
  #used = 0;

  /** The block that has room for so many bytes from `used` on. */
  withRoom(bytes: number): RecordMemory {
    if (this.#used + bytes > this.#memory.bytes.length) {
      this.#memory = newBlock(Math.max(BLOCK_BYTES, bytes));
      this.#used = 0;
    }
    return this.#memory;
  }

  /** Bytes of the block that are in use. */
  get used(): number {
    return this.#used;
  }

  /** The block is in use up to here. */
  take(end: number): void {
    this.#used = end;
  }
}

function newBlock(length: number): RecordMemory {
  const bytes = Buffer.allocUnsafeSlow(length);
  return { bytes, view: new DataView(bytes.buffer) };
}
