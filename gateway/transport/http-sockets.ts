/**
 * HTTP connections that are open, all together and by address. The server library says when one opened, with its address, and
 * when one closed, without; and it closes those that ask nothing for ten seconds. So of each address it is known exactly how
 * many have a request under way, and of the others how many there are at most: those that opened or were answered within
 * that time and have not asked since. A connection is refused where neither this nor the exact count of all leaves room.
 */
import type { PlaceLimits } from './places.ts';

/** The library's ten seconds, by a clock of its own that goes in steps of four. */
const IDLE_S_MAX = 13;
const SWEEP_MS = 5_000;
/** Addresses told apart; beyond that, those that come new share one entry. */
const ADDRESSES_MAX = 65_536;
const OTHERS = '';

interface Idle {
  /** Second in which they opened or were answered. */
  readonly second: number;
  count: number;
}

interface AtAddress {
  asking: number;
  /** Oldest first. */
  readonly idle: Idle[];
}

export class HttpSockets {
  readonly #limits: PlaceLimits;
  readonly #monotonic: () => number;
  readonly #byAddress = new Map<string, AtAddress>();
  #open = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(limits: PlaceLimits, monotonic = () => performance.now()) {
    this.#limits = limits;
    this.#monotonic = monotonic;
  }

  get open(): number {
    return this.#open;
  }

  /** One opened. False: there is no place for it, and it must be closed now. */
  opened(address: string): boolean {
    const { all, perAddress } = this.#limits;
    const at = this.#at(address);
    const isOver = this.#open >= all || (this.#open >= perAddress && this.#atMost(at) >= perAddress);
    this.#open += 1;
    if (!isOver) this.#idles(at);
    return !isOver;
  }

  /** One closed, whatever it did before. */
  closed(): void {
    this.#open -= 1;
  }

  /** One became a WebSocket: it is counted elsewhere, and does not close here. */
  upgraded(address: string): void {
    this.#open -= 1;
    this.#idlesNoMore(this.#at(address));
  }

  /** A request came. */
  asked(address: string): void {
    const at = this.#at(address);
    this.#idlesNoMore(at);
    at.asking += 1;
  }

  /** It was answered, or its connection is gone. `stays`: the connection may have another. */
  answered(address: string, stays: boolean): void {
    const at = this.#at(address);
    at.asking = Math.max(0, at.asking - 1);
    if (stays) this.#idles(at);
  }

  #idlesNoMore(at: AtAddress): void {
    this.#expire(at);
    // Whichever it was: to take the oldest never counts too few.
    const oldest = at.idle[0];
    if (oldest === undefined) return;
    oldest.count -= 1;
    if (oldest.count === 0) at.idle.shift();
  }

  #idles(at: AtAddress): void {
    const second = this.#second();
    const newest = at.idle.at(-1);
    if (newest?.second === second) newest.count += 1;
    else at.idle.push({ second, count: 1 });
    this.#timer ??= setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  #atMost(at: AtAddress): number {
    this.#expire(at);
    return at.idle.reduce((sum, { count }) => sum + count, at.asking);
  }

  #expire({ idle }: AtAddress): void {
    const until = this.#second() - IDLE_S_MAX;
    while (idle[0] !== undefined && idle[0].second < until) idle.shift();
  }

  #at(address: string): AtAddress {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const name = this.#byAddress.size < ADDRESSES_MAX ? address : OTHERS;
    const at = this.#byAddress.get(name) ?? { asking: 0, idle: [] };
    this.#byAddress.set(name, at);
    return at;
  }

  #sweep(): void {
    for (const [address, at] of this.#byAddress) if (this.#atMost(at) === 0) this.#byAddress.delete(address);
    if (this.#byAddress.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #second(): number {
    return Math.floor(this.#monotonic() / 1_000);
  }
}
