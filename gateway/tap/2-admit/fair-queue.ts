/**
 * Taps of one class that wait, device by device: devices take turns, and a turn is measured in work, not in taps (deficit
 * round robin after M. Shreedhar and G. Varghese, "Efficient Fair Queuing Using Deficit Round Robin", SIGCOMM 1995). However
 * many taps one device sends, and however dear they are, each other device gets as much done.
 *
 * Nothing is allocated for a tap: flights of a device are tied to one another, and so are the devices whose turn will come.
 */
import type { Flight, TapDevice } from '../flights.ts';

/** A mean that rounding has worn away must not keep turns from coming. */
const QUANTUM_MS_MIN = 0.001;
/** How many turns a device may be behind at most, after a tap that cost far more than others. */
const TURNS_OWED_MAX = 16;

/** What a device has waiting in one class. */
export class DeviceTurn {
  readonly queue: FairQueue;
  first: Flight | null = null;
  last: Flight | null = null;
  taps = 0;
  /** Expected work of its taps, milliseconds of a thread. */
  costMs = 0;
  /** Work it may still have done in this turn; below 0 it had more. */
  creditMs = 0;
  /** The device whose turn is next. */
  next: DeviceTurn | null = null;

  constructor(queue: FairQueue) {
    this.queue = queue;
  }
}

export class FairQueue {
  /** Taps of all devices, and their expected work. */
  taps = 0;
  costMs = 0;
  /** Devices that have taps here. */
  #devices = 0;
  #first: DeviceTurn | null = null;
  #last: DeviceTurn | null = null;

  /** Taps of a device here. */
  tapsOf(device: TapDevice): number {
    return device.turn?.queue === this ? device.turn.taps : 0;
  }

  /**
   * Work that will be done here before a tap of this device that costs so much, milliseconds of a thread: all of its own,
   * and of others as much as they get in the same turns.
   */
  workAheadMs(device: TapDevice, costMs: number): number {
    const own = device.turn?.queue === this ? device.turn : null;
    const ownMs = own?.costMs ?? 0;
    const others = own !== null && own.taps > 0 ? this.#devices - 1 : this.#devices;
    return ownMs + Math.min(this.costMs - ownMs, others * (ownMs + costMs));
  }

  push(flight: Flight): void {
    const { device } = flight.stream;
    let { turn } = device;
    if (turn?.queue !== this) {
      // One that was enrolled anew for another class: what waits in the one before is taken there.
      turn = new DeviceTurn(this);
      device.turn = turn;
    }
    if (turn.last === null) {
      turn.first = flight;
      this.#devices += 1;
      this.#enqueue(turn);
    } else turn.last.behind = flight;
    turn.last = flight;
    turn.taps += 1;
    turn.costMs += flight.costMs;
    this.taps += 1;
    this.costMs += flight.costMs;
  }

  /** The tap whose turn it is; null when none waits. Leaves out what was given up meanwhile, at nobody's expense. */
  shift(): Flight | null {
    for (let turn = this.#first; turn !== null; turn = this.#first) {
      const flight = turn.first as Flight;
      if (flight.state !== 'waiting') {
        this.#take(turn, flight);
        continue;
      }
      // A turn is the mean cost of what waits: so as many turns are given as there are taps.
      const quantumMs = Math.max(QUANTUM_MS_MIN, this.costMs / this.taps);
      if (turn.creditMs <= 0) turn.creditMs += quantumMs;
      if (this.#devices > 1 && turn.creditMs <= 0) {
        this.#rotate(turn);
        continue;
      }
      turn.creditMs = Math.max(turn.creditMs - flight.costMs, -TURNS_OWED_MAX * quantumMs);
      this.#take(turn, flight);
      if (turn.first !== null && turn.creditMs <= 0) this.#rotate(turn);
      return flight;
    }
    return null;
  }

  #take(turn: DeviceTurn, flight: Flight): void {
    turn.first = flight.behind;
    // Tied to others, a flight that is over would grow old in memory with them.
    flight.behind = null;
    turn.taps -= 1;
    turn.costMs -= flight.costMs;
    this.taps -= 1;
    this.costMs = this.taps === 0 ? 0 : this.costMs - flight.costMs;
    if (turn.first !== null) return;
    turn.last = null;
    turn.costMs = 0;
    turn.creditMs = 0;
    this.#devices -= 1;
    this.#dequeue(turn);
  }

  /** `turn` is the first. */
  #rotate(turn: DeviceTurn): void {
    if (turn.next === null) {
      turn.creditMs = 0;
      return;
    }
    this.#dequeue(turn);
    this.#enqueue(turn);
  }

  #enqueue(turn: DeviceTurn): void {
    if (this.#last === null) this.#first = turn;
    else this.#last.next = turn;
    this.#last = turn;
  }

  /** `turn` is the first. */
  #dequeue(turn: DeviceTurn): void {
    this.#first = turn.next;
    if (this.#first === null) this.#last = null;
    turn.next = null;
  }
}
