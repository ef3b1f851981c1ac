/** Ids of rows: in order of creation, and not to be guessed. */
import { randomBytes } from 'node:crypto';

const RANDOM_BYTES = 10;
const COUNT_MAX = 36 ** 3;

/** Milliseconds in base 36, a count within one of them, and chance. */
export function rowIds(now: () => number): () => string {
  let lastMs = 0;
  let count = 0;
  return () => {
    const nowMs = Math.max(lastMs, Math.floor(now()));
    count = nowMs === lastMs ? (count + 1) % COUNT_MAX : 0;
    lastMs = nowMs;
    const inOrder = `${nowMs.toString(36).padStart(9, '0')}${count.toString(36).padStart(3, '0')}`;
    return `${inOrder}-${randomBytes(RANDOM_BYTES).toString('hex')}`;
  };
}
