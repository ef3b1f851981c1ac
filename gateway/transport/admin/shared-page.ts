/** A page that is made at most once in a while, however many ask for it, and one at a time. */
import type { Page } from './messages.ts';

export interface SharedPageOptions {
  /** Who asks within so many milliseconds of a making is given what was made. */
  readonly freshMs: number;
  readonly make: () => Promise<Page>;
  readonly monotonic?: () => number;
}

export class SharedPage {
  readonly #options: SharedPageOptions;
  #made: { readonly page: Page; readonly atMs: number } | null = null;
  #making: Promise<Page> | null = null;

  constructor(options: SharedPageOptions) {
    this.#options = options;
  }

  /** Rejects as the making does; then the next who asks has it made again. */
  get(): Promise<Page> {
    const { freshMs, monotonic = () => performance.now() } = this.#options;
    if (this.#made !== null && monotonic() - this.#made.atMs < freshMs)
      return Promise.resolve(this.#made.page);
    this.#making ??= this.#make(monotonic).finally(() => {
      this.#making = null;
    });
    return this.#making;
  }

  async #make(monotonic: () => number): Promise<Page> {
    const atMs = monotonic();
    const page = await this.#options.make();
    this.#made = { page, atMs };
    return page;
  }
}
