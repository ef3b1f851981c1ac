/** Long polls that wait for the next change. */
import type { IncomingMessage } from 'node:http';

export class Waiting {
  readonly #waiting = new Set<() => void>();

  get size(): number {
    return this.#waiting.size;
  }

  /** Resolves at the next `wake`, after `waitMs`, or when the client is gone. */
  next(waitMs: number, request: IncomingMessage): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        request.socket.off('close', done);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, waitMs);
      request.socket.once('close', done);
      this.#waiting.add(done);
    });
  }

  wake(): void {
    for (const done of [...this.#waiting]) done();
  }
}
