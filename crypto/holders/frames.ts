/** Cuts the bytes of a stream into frames. */
import { BODY_BYTES_MAX, LENGTH_BYTES } from './messages.ts';

export class FrameCutter {
  #rest: Buffer = Buffer.alloc(0);

  /** The bodies that are whole by now. Null: what comes is too long, or empty, and the stream is of no use any more. */
  push(chunk: Buffer): Buffer[] | null {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const bodies: Buffer[] = [];
    while (rest.length >= LENGTH_BYTES) {
      const length = rest.readUInt32BE(0);
      if (length === 0 || length > BODY_BYTES_MAX) return null;
      const end = LENGTH_BYTES + length;
      if (rest.length < end) break;
      bodies.push(rest.subarray(LENGTH_BYTES, end));
      rest = rest.subarray(end);
    }
    this.#rest = rest;
    return bodies;
  }
}
