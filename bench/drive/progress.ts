/** What a run is doing: a bar on a terminal, a line for each step elsewhere. On the error stream. */
const WIDTH = 28;
const ERASE_LINE = '\r\u001b[2K';

export class Progress {
  readonly #stream: NodeJS.WriteStream | null;
  #step = '';

  constructor(stream: NodeJS.WriteStream | null) {
    this.#stream = stream;
  }

  /** Nobody reads it. */
  get isSilent(): boolean {
    return this.#stream === null;
  }

  /** A new step; said once where there is no terminal. */
  step(text: string): void {
    this.#step = text;
    if (this.#stream?.isTTY) this.part(0);
    else this.#stream?.write(`${text}\n`);
  }

  /** How much of the step is done, 0 to 1, and what to say beside it. */
  part(done: number, beside = ''): void {
    if (!this.#stream?.isTTY) return;
    const filled = Math.round(Math.min(1, Math.max(0, done)) * WIDTH);
    const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
    this.#stream.write(`${ERASE_LINE}  ${bar} ${this.#step}  ${beside}`);
  }

  done(): void {
    if (this.#stream?.isTTY) this.#stream.write(ERASE_LINE);
  }
}
