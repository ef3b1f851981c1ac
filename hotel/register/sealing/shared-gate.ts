/** Many may go through at once, or one alone: who seals rows, and who takes the key they are sealed under. */

export class SharedGate {
  #inside = 0;
  #alone: Promise<void> = Promise.resolve();
  #waiting = 0;
  #wake: (() => void) | null = null;

  async shared<T>(act: () => Promise<T>): Promise<T> {
    while (this.#waiting > 0) await this.#alone;
    this.#inside += 1;
    try {
      return await act();
    } finally {
      this.#inside -= 1;
      if (this.#inside === 0) this.#wake?.();
    }
  }

  async alone<T>(act: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const before = this.#alone;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#alone = promise;
    try {
      await before;
      if (this.#inside > 0) await new Promise<void>((wake) => (this.#wake = wake));
      this.#wake = null;
      return await act();
    } finally {
      this.#waiting -= 1;
      resolve();
    }
  }
}
