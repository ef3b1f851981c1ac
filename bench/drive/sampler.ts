/** Once a second: what the processes of a run use, and the mode of the gateway. */
import { readFileSync } from 'node:fs';
import { askMode } from './operations.ts';

export interface Sample {
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** Cores used since the sample before, by all threads; null where it could not be read. */
  readonly gatewayCores: number | null;
  readonly platformCores: number | null;
  /** Its own, without the files it maps. */
  readonly residentMiB: number | null;
  readonly mode: string | null;
}

export interface SamplerOptions {
  /** Null: not a process of the bench. */
  readonly gatewayPid: number | null;
  readonly platformPid: () => number | null;
  readonly admin: string | null;
}

/** Kernel clock ticks a second, as Linux reports them to programs. */
const TICKS_PER_S = 100;
const KIB_PER_MIB = 1_024;
const MS_PER_S = 1_000;
const ANSWER_MS = 900;

export class Sampler {
  readonly samples: Sample[] = [];
  readonly #options: SamplerOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #seen = new Map<number, { readonly atMs: number; readonly seconds: number }>();

  constructor(options: SamplerOptions) {
    this.#options = options;
    this.#take();
    this.#timer = setInterval(() => this.#take(), MS_PER_S);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #take(): void {
    const { gatewayPid, platformPid, admin } = this.#options;
    const taken = {
      atMs: Date.now(),
      gatewayCores: this.#cores(gatewayPid),
      platformCores: this.#cores(platformPid()),
      residentMiB: gatewayPid === null ? null : residentMiB(gatewayPid),
      mode: null as string | null,
    };
    this.samples.push(taken);
    askMode(admin, ANSWER_MS).then((mode) => {
      taken.mode = mode;
    });
  }

  #cores(pid: number | null): number | null {
    if (pid === null) return null;
    const seconds = cpuSeconds(pid);
    if (seconds === null) return null;
    const atMs = performance.now();
    const before = this.#seen.get(pid);
    this.#seen.set(pid, { atMs, seconds });
    return before ? ((seconds - before.seconds) * MS_PER_S) / (atMs - before.atMs) : null;
  }
}

/** proc(5), /proc/pid/stat: fields 14 and 15 are user and system time. Null where there is no such thing. */
export function cpuSeconds(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  } catch {
    return null;
  }
}

function residentMiB(pid: number): number | null {
  try {
    return ownMemoryMiB(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return null;
  }
}

/**
 * proc(5), /proc/pid/status: what a process holds itself (RssAnon, RssShmem). The pages of files it maps are left out:
 * they are the system's to take back, and of a journal they grow with every record. Null where it does not say.
 */
export function ownMemoryMiB(status: string): number | null {
  const kib = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, value]) => Number(value));
  return kib.length === 0 ? null : kib.reduce((sum, each) => sum + each, 0) / KIB_PER_MIB;
}
