/**
 * Sends prepared taps at their times, whatever becomes of those before them, and notes when each was answered and how.
 * Latency counts from the time a tap was meant to leave.
 */
import type { LoadConnection } from '../load/connection.ts';
import { NO_CODE, type Outcomes, type RunMessage, UNSENT } from './protocol.ts';

const US_PER_MS = 1_000;
const TICK_MS = 1;
/** Bytes the kernel has not taken from one connection, after which taps for it count as unsent. */
const BACKLOG_BYTES_MAX = 8_388_608;

export interface PreparedTaps {
  /** Frame `k`. */
  frame(k: number): Uint8Array;
  readonly length: number;
  /** Place of an answer's number among the taps; -1: none of them. */
  placeOf(seq: number): number;
}

export class Sender {
  readonly #taps: PreparedTaps;
  readonly #run: RunMessage;
  readonly #latencyUs: Uint32Array;
  readonly #lagUs: Uint32Array;
  readonly #codes: Uint8Array;
  readonly #names: string[] = [];
  readonly #ids = new Map<string, number>();
  readonly #closed: string[] = [];
  readonly #cores: number[] = [];
  #start = 0;
  #next = 0;
  #sent = 0;
  #answered = 0;
  #repeated = 0;
  #onAllDue: () => void = () => {};

  constructor(taps: PreparedTaps, run: RunMessage) {
    this.#taps = taps;
    this.#run = run;
    this.#latencyUs = new Uint32Array(taps.length);
    this.#lagUs = new Uint32Array(taps.length).fill(UNSENT);
    this.#codes = new Uint8Array(taps.length).fill(NO_CODE);
  }

  answered(seq: number, code: string): void {
    const k = this.#taps.placeOf(seq);
    if (k < 0) return;
    if (this.#codes[k] !== NO_CODE) {
      this.#repeated += 1;
      return;
    }
    this.#latencyUs[k] = us(performance.now() - this.#start - (this.#run.times[k] as number));
    this.#codes[k] = this.#id(code);
    this.#answered += 1;
  }

  connectionClosed(reason: string): void {
    this.#closed.push(reason);
  }

  async run(
    connections: readonly LoadConnection[],
    onSecond: (sent: number, answered: number) => void,
  ): Promise<Outcomes> {
    const { startAtMs, patienceMs } = this.#run;
    this.#start = performance.now() + startAtMs - Date.now();
    await until(() => performance.now() >= this.#start - TICK_MS, Number.POSITIVE_INFINITY);
    const before = process.cpuUsage();
    let seen = before;
    // Nothing else wakes this process in between: what it does beside sending is taken from the gateway.
    const allDue = new Promise<void>((resolve) => {
      this.#onAllDue = resolve;
    });
    const ticks = setInterval(() => this.#sendDue(connections), TICK_MS);
    const seconds = setInterval(() => {
      const now = process.cpuUsage();
      this.#cores.push((now.user - seen.user + now.system - seen.system) / 1e6);
      seen = now;
      onSecond(this.#sent, this.#answered);
    }, 1_000);
    await allDue;
    clearInterval(ticks);
    const elapsedS = (performance.now() - this.#start) / 1_000;
    const { user, system } = process.cpuUsage(before);
    await until(() => this.#answered === this.#sent, patienceMs);
    clearInterval(seconds);
    return {
      latencyUs: this.#latencyUs,
      lagUs: this.#lagUs,
      codes: this.#codes,
      names: this.#names,
      repeated: this.#repeated,
      cores: this.#cores,
      cpuSeconds: (user + system) / 1e6,
      elapsedS,
      closed: this.#closed,
    };
  }

  #sendDue(connections: readonly LoadConnection[]): void {
    const { times, block, window } = this.#run;
    const now = performance.now() - this.#start;
    for (let at = times[this.#next]; at !== undefined && at <= now; at = times[this.#next]) {
      const k = this.#next++;
      const connection = connections[Math.floor(k / block) % connections.length] as LoadConnection;
      if (this.#sent - this.#answered >= window || connection.backlogBytes > BACKLOG_BYTES_MAX) continue;
      this.#lagUs[k] = us(now - at);
      this.#sent += 1;
      connection.add(this.#taps.frame(k));
    }
    for (const connection of connections) connection.flush();
    if (this.#next === this.#taps.length) this.#onAllDue();
  }

  #id(code: string): number {
    let id = this.#ids.get(code);
    if (id === undefined) {
      id = this.#names.push(code) - 1;
      this.#ids.set(code, id);
    }
    return id;
  }
}

function us(ms: number): number {
  return Math.max(1, Math.round(ms * US_PER_MS));
}

async function until(done: () => boolean, timeoutMs: number): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!done() && performance.now() < end) await new Promise((next) => setTimeout(next, 2));
}
