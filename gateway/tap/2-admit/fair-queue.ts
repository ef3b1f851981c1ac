/**
 * Queue of one class: deficit round robin over devices (M. Shreedhar and G. Varghese, "Efficient Fair Queuing Using Deficit
 * Round Robin", SIGCOMM 1995). A turn is measured in expected work, not in taps: however many taps a device sends, and
 * however much they cost, each other device gets an equal share.
 *
 * Nothing is allocated per tap: flights of a device form a linked list, and so do the devices that wait for their turn.
 */
import type { Flight, TapDevice } from '../flights.ts';

/** Least mean cost: rounding must not stop the turns. */
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
  /** Deficit: work left to it in this turn; below 0 it had more. */
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
   * Work ahead of a tap of this device with this cost, milliseconds of a thread: all of its own, and of others their share
   * in the same turns.
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

  /** The tap whose turn it is; null when none waits. Taps that were given up are left out and cost nobody's turn. */
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
    // Still linked, a flight that is over would be promoted to the old generation with the others.
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
