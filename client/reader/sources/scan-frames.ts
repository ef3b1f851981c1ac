/**
 * Whole codes out of what a serial scanner sends. Its driver hands over 255 bytes at a time and a code may hold any byte, so
 * neither a piece nor a line end says where a code ends: silence does.
 */
import { SCANNED_BYTES_MAX } from '../wire.ts';

/** Longer than any pause within a code at 9,600 baud, shorter than two codes are apart. */
export const SCAN_GAP_MS = 60;

export class ScanFrames {
  readonly #done: (code: Uint8Array) => void;
  #pieces: Uint8Array[] = [];
  #bytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(done: (code: Uint8Array) => void) {
    this.#done = done;
  }

  push(piece: Uint8Array): void {
    this.#bytes += piece.length;
    // What is longer than a code is none: it is counted, not kept.
    if (this.#bytes <= SCANNED_BYTES_MAX) this.#pieces.push(piece);
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), SCAN_GAP_MS);
  }

  stop(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pieces = [];
    this.#bytes = 0;
  }

  #end(): void {
    const tooLong = this.#bytes > SCANNED_BYTES_MAX;
    const code = withoutLineEnd(new Uint8Array(Buffer.concat(this.#pieces)));
    this.stop();
    if (!tooLong && code.length > 0) this.#done(code);
  }
}

/** Of a text, CR, LF or both that the scanner adds. A binary code keeps what it ends in. */
function withoutLineEnd(code: Uint8Array): Uint8Array {
  let end = code.length;
  while (end > 0 && (code[end - 1] === 0x0d || code[end - 1] === 0x0a)) end -= 1;
  const isText = code.subarray(0, end).every((byte) => byte >= 0x20 && byte <= 0x7e);
  return isText ? code.slice(0, end) : code;
}
