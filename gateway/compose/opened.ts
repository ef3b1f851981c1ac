/** What is open, in the order to close it in: also when something later could not be opened. */
export class Opened {
  readonly #closing: (() => unknown)[] = [];

  /** Closes before everything that was added earlier. */
  add(close: () => unknown): void {
    this.#closing.unshift(close);
  }

  async close(): Promise<void> {
    for (const close of this.#closing.splice(0)) await close();
  }
}
