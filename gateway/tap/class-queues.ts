/** Bounded queues, one a class of device. A gate's tap is always taken before a desk's, a desk's before a batch's. */
import type { CostModel } from './cost-model.ts';
import type { Flight } from './flight.ts';
import { DEVICE_CLASSES, type DeviceClass } from './tap.ts';

/** How much one batch may hold: in number, in expected work, and in work should every cost be its worst. */
export interface BatchBounds {
  readonly itemsMax: number;
  readonly targetMs: number;
  readonly worstMs: number;
  readonly costs: CostModel;
}

class Fifo {
  #items: (Flight | undefined)[] = [];
  #head = 0;
  costMs = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(flight: Flight): void {
    this.#items.push(flight);
    this.costMs += flight.costMs;
  }

  shift(): Flight | undefined {
    const flight = this.#items[this.#head];
    if (flight === undefined) return undefined;
    // Let go at once: held on, a thousand flights would grow old in memory.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.costMs = 0;
      this.#items = [];
      this.#head = 0;
      return flight;
    }
    this.costMs -= flight.costMs;
    // Compacts once half is spent, so that shifting stays constant time and memory follows the queue.
    if (this.#head > 1_024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return flight;
  }
}

export class ClassQueues {
  readonly #queues: Readonly<Record<DeviceClass, Fifo>> = {
    gate: new Fifo(),
    desk: new Fifo(),
    batch: new Fifo(),
  };
  readonly #limits: Readonly<Record<DeviceClass, number>>;

  constructor(limits: Readonly<Record<DeviceClass, number>>) {
    this.#limits = limits;
  }

  depth(deviceClass: DeviceClass): number {
    return this.#queues[deviceClass].length;
  }

  isFull(deviceClass: DeviceClass): boolean {
    return this.depth(deviceClass) >= this.#limits[deviceClass];
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Taps of all classes. */
  get length(): number {
    const { gate, desk, batch } = this.#queues;
    return gate.length + desk.length + batch.length;
  }

  /** Work that will be done before a new tap of this class, milliseconds of one thread. */
  workAheadMs(deviceClass: DeviceClass): number {
    let sum = 0;
    for (const each of DEVICE_CLASSES) {
      sum += this.#queues[each].costMs;
      if (each === deviceClass) break;
    }
    return sum;
  }

  push(flight: Flight): void {
    this.#queues[flight.class].push(flight);
  }

  /** The next batch: as many as the bounds allow, at least one. Leaves out what was given up meanwhile. */
  take({ itemsMax, targetMs, worstMs, costs }: BatchBounds): Flight[] {
    const batch: Flight[] = [];
    let usual = 0;
    let worst = 0;
    for (const deviceClass of DEVICE_CLASSES) {
      const queue = this.#queues[deviceClass];
      while (batch.length < itemsMax && (batch.length === 0 || (usual < targetMs && worst < worstMs))) {
        const flight = queue.shift();
        if (!flight) break;
        if (flight.state !== 'waiting') continue;
        const { costKey } = flight.tap.presentation;
        usual += costs.usualMs(costKey);
        worst += costs.worstMs(costKey);
        batch.push(flight);
      }
    }
    return batch;
  }
}
