/**
 * Steal time: processor time that the hypervisor gave to others while something on this machine wanted it. Threads stand
 * still meanwhile, and what they are measured by then tells of the host, not of them. Linux only.
 */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

type Read = () => number | null;

interface Reading {
  readonly atMs: number;
  readonly stolenMs: number;
}

const READ_EACH_MS = 250;
const MS_PER_S = 1_000;
/** proc(5), /proc/stat: times are in ticks of 1/100 s. */
const MS_PER_TICK = 10;
/** Of the line `cpu`: user, nice, system, idle, iowait, irq, softirq, steal. */
const STEAL_FIELD = 8;
/**
 * From this on a second is disturbed: the greater part of a tick. A tick at once is as long as a tap may take, and a core
 * that stood still for it is late with all that came meanwhile and with as much again while it catches up.
 */
const DISTURBED_MS = MS_PER_TICK / 2;
/** Of the processors' time; more shows in the slowest taps. */
const STOLEN_PART = 0.01;

export class StealTime {
  readonly #readings: Reading[] = [];
  readonly #read: Read;
  readonly #now: () => number;
  readonly #timer: NodeJS.Timeout;

  constructor(read: Read = readStolenMs, now: () => number = Date.now) {
    this.#read = read;
    this.#now = now;
    this.#take();
    this.#timer = setInterval(() => this.#take(), READ_EACH_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Milliseconds that were stolen between two times of the past, of all processors together. Null: not known. */
  between(fromMs: number, toMs: number): number | null {
    this.#take();
    const [from, to] = [this.#at(fromMs), this.#at(toMs)];
    return from === null || to === null ? null : to - from;
  }

  /**
   * Whether each second from a time on was undisturbed: nothing that the system counts was stolen in it, nor in the one
   * before it, whose backlog it would have worked off.
   */
  undisturbed(startAtMs: number, seconds: number): boolean[] {
    const calm = (n: number) => {
      const fromMs = startAtMs + n * MS_PER_S;
      return (this.between(fromMs, fromMs + MS_PER_S) ?? 0) < DISTURBED_MS;
    };
    return Array.from({ length: Math.ceil(seconds) }, (_, n) => calm(n - 1) && calm(n));
  }

  #take(): void {
    const stolenMs = this.#read();
    if (stolenMs !== null) this.#readings.push({ atMs: this.#now(), stolenMs });
  }

  /** Between two readings it counts as even. */
  #at(atMs: number): number | null {
    const after = this.#readings.findIndex((reading) => reading.atMs >= atMs);
    const [b, a] = [this.#readings[after], this.#readings[after - 1]];
    if (b === undefined) return null;
    if (a === undefined) return b.stolenMs;
    return a.stolenMs + ((b.stolenMs - a.stolenMs) * (atMs - a.atMs)) / (b.atMs - a.atMs);
  }
}

/** Part of the time of all processors that was stolen; 0 where it is not known. */
export function stolenPart(stolen: number | null, elapsedMs: number): number {
  return (stolen ?? 0) / (elapsedMs * availableParallelism());
}

/** What a reader must know before believing a figure; null: nothing. `of`: what was measured. */
export function stealWarning(of: string, part: number): string | null {
  if (part < STOLEN_PART) return null;
  return `${of}: the hypervisor gave ${(100 * part).toFixed(1)} % of the processors' time to others`;
}

/** Milliseconds of all processors together since the machine was started; null where the system does not say. */
export function readStolenMs(): number | null {
  try {
    return stolenMs(readFileSync('/proc/stat', 'utf8'));
  } catch {
    return null;
  }
}

/** Of the text of /proc/stat. Null where it does not say. */
export function stolenMs(stat: string): number | null {
  const ticks = Number(/^cpu .*$/m.exec(stat)?.[0].trim().split(/\s+/)[STEAL_FIELD]);
  return Number.isNaN(ticks) ? null : ticks * MS_PER_TICK;
}
