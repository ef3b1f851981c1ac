/** Polls for what comes about by itself, for as long as a busy machine may take. */
import { expect } from 'vitest';

export function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: 20_000, interval: 10 });
}
