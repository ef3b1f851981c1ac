/** The same code within a second is one code: a camera sees it in every frame, and some scanners send it twice. */
export const SAME_MS = 1_000;

export class SameCode {
  #last = '';
  #atMs = Number.NEGATIVE_INFINITY;

  /** Whether it is another one, or the same after it was away. Each sight of it makes the time anew. */
  isNew(code: string, atMs: number): boolean {
    const isNew = code !== this.#last || atMs - this.#atMs > SAME_MS;
    this.#last = code;
    this.#atMs = atMs;
    return isNew;
  }
}
