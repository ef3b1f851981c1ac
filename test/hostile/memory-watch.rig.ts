/** What a process has resident, as the system says it (proc(5)), before an attack and after. Linux. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const KIB = 1_024;
const LOOK_MS = 250;
/** Time in which what is no longer held must be given back. */
const SETTLE_MS = 30_000;

/** Memory of files that are mapped (the journal, the program) is not counted: it grows with honest work. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]) * KIB;
}

/** Of a gateway that collects its garbage when asked (`collect-on-signal.rig.ts`). */
export class MemoryWatch {
  readonly #pid: number;
  #before = 0;
  #most = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Takes what is resident now, at rest, as what was there before, and looks from then on. */
  async begin(): Promise<void> {
    this.#before = await this.#atRest();
    this.#most = this.#before;
    this.#timer = setInterval(() => {
      this.#most = Math.max(this.#most, residentBytes(this.#pid));
    }, LOOK_MS);
  }

  end(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** The most that was resident at any look, above what was there before. */
  get mostAbove(): number {
    return this.#most - this.#before;
  }

  /** What stays above what was there before, once it is at most `bytes`, or the time for that is over. */
  async leftAbove(bytes: number): Promise<number> {
    const end = performance.now() + SETTLE_MS;
    for (;;) {
      const left = (await this.#atRest()) - this.#before;
      if (left <= bytes || performance.now() > end) return left;
    }
  }

  async #atRest(): Promise<number> {
    for (let round = 0; round < 3; round += 1) {
      process.kill(this.#pid, 'SIGUSR2');
      await sleep(LOOK_MS);
    }
    return residentBytes(this.#pid);
  }
}
