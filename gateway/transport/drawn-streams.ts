/** Streams that the gateway draws for requests that name none. */
import { randomFillSync } from 'node:crypto';
import { STREAM_BYTES } from './gate-protocol.ts';

/** Drawn at once: one call for each would cost more than all the rest of it. */
const STREAMS = 256;

const drawn = Buffer.alloc(STREAMS * STREAM_BYTES);
let used = drawn.length;

/** 16 random bytes in hex, never the same twice. */
export function drawStream(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += STREAM_BYTES;
  return drawn.toString('hex', used - STREAM_BYTES, used);
}
