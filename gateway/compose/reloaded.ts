/** What a reload did. In a file of its own, as `start-error.ts` is. */

export interface Reloaded {
  /** What is now another than before. */
  readonly taken: readonly string[];
  /** Settings that are others now, and count from the next start on. */
  readonly needRestart: readonly string[];
}
