/**
 * The one clock that everything is judged by that ages, expires or is valid for a time.
 *
 * The machine's clock can be wrong and can be set; the monotonic clock is never set, but knows no date. So the time is
 * the latest of three:
 *
 * - **the machine's clock**;
 * - **the signed time**: the latest time at which anything was verifiably signed, and what the monotonic clock says has
 *   passed since. It cannot be earlier. It is kept over a restart (`kept-time.ts`);
 * - **the steady time**: where the machine's clock stood at the start (or the kept signed time, if later), and what has
 *   passed since: a clock that is set back while the gateway runs makes nothing young again. When something newly
 *   signed agrees with the machine's clock, that is where it stands from then on: so a clock that was ahead and was put
 *   right makes nothing old for good.
 *
 * No signature pushes the clock: what is signed later than the machine's clock and the steady time allow is not
 * believed, and neither of the two is moved forward by a signature. So the signed time is never further ahead of them
 * than the tolerance, however many signatures come.
 *
 * The state is shared memory: each thread has an object of its own on it, and all say the same.
 */
import { type Clocks, clocksIn } from './clocks.ts';

export interface GuardedClock {
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** The machine's clock, right or wrong. For what its operator says by that clock, and for how far it is off. */
  machineMs(): number;
  /**
   * The machine's clock or, if later, the signed time. For judging what the platform serves: what was not proven keeps
   * nothing newer out.
   */
  provenMs(): number;
  /** What is signed later than this, by more than the tolerance, is of the future. */
  referenceMs(): number;
  /**
   * The signed time, or the steady time where nothing signed was seen: never later than `now` will be, whatever becomes
   * of the machine's clock.
   */
  surelyPastMs(): number;
  /** Null: nothing signed was seen, in this run or an earlier one. */
  signedMs(): number | null;
  /** The process's own, milliseconds from any fixed moment; never set. */
  monotonicMs(): number;
  /** Something was verifiably signed at that time. False: that is of the future, and not believed. */
  observe(signedAtMs: number): boolean;
  /** As `observe`, of what was believed once and kept on disk: it is of no future. */
  observeKept(signedAtMs: number): void;
  /** For the objects of other threads (`joinGuardedClock`). */
  readonly shared: SharedClockState;
}

/**
 * Where a signed time was seen. A `head` is signed about when it is asked for; what is a `download` may have been signed
 * long before; what is on `disk` was believed once.
 */
export type SignedThing = 'head' | 'download' | 'disk';

/** Memory that the clock's objects have in common, also across threads. */
export interface SharedClockState {
  readonly state: SharedArrayBuffer;
  /** As in `Clocks`. */
  readonly cells: SharedArrayBuffer | null;
}

export interface GuardedClockOptions {
  readonly clocks: Clocks;
  /** By how much the clock of a signer may be ahead. */
  readonly toleranceMs: number;
}

/**
 * A machine whose clock is behind the kept time at the start is known to be wrong, and how long the gateway was down is
 * not: what is signed up to so much later than the kept time is believed then, until the machine's clock is right again.
 */
export const DOWNTIME_MS = 3_600_000;
/** What is signed within this of the machine's clock says that the clock is right: what a signature may be old. */
export const AGREES_MS = 60_000;

/** Words of the state, 64 bits each: times less the monotonic clock, milliseconds; and the allowance for the downtime. */
const SIGNED = 0;
const STEADY = 1;
const ALLOWANCE = 2;
const STATE_BYTES = 24;
/** Before every time there is. */
const NEVER = -(2n ** 62n);

/** A clock that begins now. `keptMs`: the signed time that an earlier run kept; null: there is none. */
export function createGuardedClock(
  options: GuardedClockOptions & { readonly keptMs?: number | null },
): GuardedClock {
  const state = new SharedArrayBuffer(STATE_BYTES);
  const words = new BigInt64Array(state);
  const { now, monotonic } = options.clocks;
  Atomics.store(words, SIGNED, NEVER);
  Atomics.store(words, STEADY, wholeMs(now() - monotonic()));
  const clock = new SharedClock(options, state);
  if (options.keptMs !== undefined && options.keptMs !== null) clock.observeKept(options.keptMs);
  return clock;
}

/** The clock of another thread of this process. */
export function joinGuardedClock({ state, cells }: SharedClockState, toleranceMs: number): GuardedClock {
  return new SharedClock({ clocks: clocksIn(cells), toleranceMs }, state);
}

class SharedClock implements GuardedClock {
  readonly shared: SharedClockState;
  readonly #clocks: Clocks;
  readonly #toleranceMs: number;
  readonly #words: BigInt64Array;

  constructor({ clocks, toleranceMs }: GuardedClockOptions, state: SharedArrayBuffer) {
    this.shared = { state, cells: clocks.cells };
    this.#clocks = clocks;
    this.#toleranceMs = toleranceMs;
    this.#words = new BigInt64Array(state);
  }

  now(): number {
    const floorMs = Math.max(this.#read(SIGNED), this.#read(STEADY)) + this.#clocks.monotonic();
    return Math.floor(Math.max(this.#clocks.now(), floorMs));
  }

  machineMs(): number {
    return Math.floor(this.#clocks.now());
  }

  monotonicMs(): number {
    return this.#clocks.monotonic();
  }

  provenMs(): number {
    return Math.floor(Math.max(this.#clocks.now(), this.#read(SIGNED) + this.#clocks.monotonic()));
  }

  referenceMs(): number {
    const steadyMs = this.#read(STEADY) + this.#read(ALLOWANCE) + this.#clocks.monotonic();
    return Math.floor(Math.max(this.#clocks.now(), steadyMs));
  }

  surelyPastMs(): number {
    return this.signedMs() ?? Math.floor(this.#read(STEADY) + this.#clocks.monotonic());
  }

  signedMs(): number | null {
    const offset = Atomics.load(this.#words, SIGNED);
    return offset === NEVER ? null : Math.floor(Number(offset) + this.#clocks.monotonic());
  }

  observe(signedAtMs: number): boolean {
    if (!(signedAtMs <= this.referenceMs() + this.#toleranceMs)) return false;
    const [machineMs, monotonicMs] = [this.#clocks.now(), this.#clocks.monotonic()];
    this.#raise(SIGNED, signedAtMs - monotonicMs);
    if (Math.abs(machineMs - signedAtMs) <= AGREES_MS) {
      Atomics.store(this.#words, STEADY, wholeMs(machineMs - monotonicMs));
      Atomics.store(this.#words, ALLOWANCE, 0n);
    }
    return true;
  }

  observeKept(signedAtMs: number): void {
    const isBehind = signedAtMs > this.referenceMs() + this.#toleranceMs;
    const offsetMs = signedAtMs - this.#clocks.monotonic();
    this.#raise(SIGNED, offsetMs);
    this.#raise(STEADY, offsetMs);
    if (isBehind) Atomics.store(this.#words, ALLOWANCE, BigInt(DOWNTIME_MS));
  }

  #read(word: number): number {
    return Number(Atomics.load(this.#words, word));
  }

  /** Never lowers it, whichever thread comes first. */
  #raise(word: number, offsetMs: number): void {
    const to = wholeMs(offsetMs);
    for (let from = Atomics.load(this.#words, word); from < to; ) {
      const found = Atomics.compareExchange(this.#words, word, from, to);
      if (found === from) return;
      from = found;
    }
  }
}

function wholeMs(ms: number): bigint {
  return BigInt(Math.floor(ms));
}
