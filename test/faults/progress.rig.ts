/** What a run of faults says while it goes on, and the table at its end. */
import { writeSync } from 'node:fs';
import { isatty } from 'node:tty';

export interface Row {
  readonly fault: string;
  readonly times: number;
  readonly answers: number;
  readonly decisions: number;
  readonly refusals: number;
  /** What the ledger found; empty: nothing lost, nothing twice. */
  readonly faults: readonly string[];
  /** A sentence with which the gateway named it. */
  readonly said: string;
}

const STDERR = 2;
const EVERY_MS = 200;
const SAID_CHARACTERS = 90;
const write = (text: string) => void writeSync(STDERR, text);

/** One line that is written anew at a terminal; elsewhere a line for each step. */
export class Progress {
  readonly #title: string;
  readonly #answers: () => number;
  readonly #timer: NodeJS.Timeout | null;
  #step = '';

  constructor(title: string, answers: () => number) {
    this.#title = title;
    this.#answers = answers;
    this.#timer = isatty(STDERR) ? setInterval(() => write(`\r\x1b[2K${this.#line()}`), EVERY_MS) : null;
  }

  /** Such as `kill 3 of 12`. */
  step(step: string): void {
    this.#step = step;
    if (this.#timer === null) write(`${this.#line()}\n`);
  }

  end(): void {
    if (this.#timer === null) return;
    clearInterval(this.#timer);
    write(`\r\x1b[2K${this.#line()}\n`);
  }

  #line(): string {
    return `${this.#title}: ${this.#step}, ${this.#answers().toLocaleString('en')} answers`;
  }
}

export function writeTable(rows: readonly Row[]): void {
  const cells = rows.map(({ fault, times, answers, decisions, refusals, faults, said }) => [
    fault,
    String(times),
    answers.toLocaleString('en'),
    decisions.toLocaleString('en'),
    refusals.toLocaleString('en'),
    faults.length === 0 ? 'nothing' : `${faults.length} faults`,
    said.length > SAID_CHARACTERS ? `${said.slice(0, SAID_CHARACTERS)}…` : said,
  ]);
  const head = ['fault', 'times', 'answers', 'decisions', 'refusals', 'lost or twice', 'what it said'];
  const widths = head.map((name, i) => Math.max(name.length, ...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `${row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd()}\n`;
  write(`\n${line(head)}${line(widths.map((width) => '-'.repeat(width)))}${cells.map(line).join('')}\n`);
}
