/** A buffer that grows by doubling: bytes in pieces, however small, cost at most twice their length. */

const FIRST_BYTES = 16_384;

export class GrowingBytes {
  #bytes = new Uint8Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Copies the piece. */
  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    if (length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(FIRST_BYTES, length, this.#bytes.length * 2));
      larger.set(this.all());
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  /** A view of what has come so far. */
  all(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }
}
