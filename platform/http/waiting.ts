/** Long polls that wait for the next change. */
import type { IncomingMessage } from 'node:http';

export class Waiting {
  readonly #waiting = new Set<() => void>();

  #turn = 0;

  /** Rises with each `wake`. */
  get turn(): number {
    return this.#turn;
  }

  /**
   * Resolves at the first `wake` since `turn` was what is given, after `waitMs`, or when the client is gone: what came
   * between looking and waiting is not slept through.
   */
  since(turn: number, waitMs: number, request: IncomingMessage): Promise<void> {
    if (turn !== this.#turn || request.socket.destroyed) return Promise.resolve();
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
    this.#turn += 1;
    for (const done of [...this.#waiting]) done();
  }
}
