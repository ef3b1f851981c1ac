/** Streams that the gateway draws for requests that name none. */
import { randomFillSync } from 'node:crypto';
import { STREAM_BYTES } from './gate-protocol.ts';

/** Drawn at once: a call for each was 3 % of a request's work. */
const STREAMS = 256;

const drawn = Buffer.alloc(STREAMS * STREAM_BYTES);
let used = drawn.length;

/** 16 random bytes in hex, which were given to nobody before. */
export function drawStream(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += STREAM_BYTES;
  return drawn.toString('hex', used - STREAM_BYTES, used);
}
