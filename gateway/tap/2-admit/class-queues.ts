/**
 * Bounded priority queues, one per class of device: gates before desks, desks before batch clients. Against starvation one
 * batch of proofs in eight begins with desks or, every other time, with batch clients. Within a class devices take turns
 * (`fair-queue.ts`).
 */

import { DEVICE_CLASSES, type DeviceClass } from '../../verification.ts';
import type { Flight, TapDevice } from '../flights.ts';
import type { CostModel } from './cost-model.ts';
import { FairQueue } from './fair-queue.ts';

/** How much one batch may hold: taps, expected work, and work if every cost were its worst. */
export interface BatchBounds {
  readonly itemsMax: number;
  readonly targetMs: number;
  readonly worstMs: number;
  readonly costs: CostModel;
}

const [GATES, DESKS, BATCHES] = DEVICE_CLASSES;
const DESKS_FIRST = [DESKS, GATES, BATCHES] as const;
const BATCHES_FIRST = [BATCHES, GATES, DESKS] as const;
const EXCEPTION_EVERY = 8;
/** Out of this many batches one begins with desks, and one with batch clients. */
const LEAST_SHARE = 2 * EXCEPTION_EVERY;

export class ClassQueues {
  #batches = 0;
  readonly #queues: Readonly<Record<DeviceClass, FairQueue>> = {
    gate: new FairQueue(),
    desk: new FairQueue(),
    batch: new FairQueue(),
  };
  readonly #limits: Readonly<Record<DeviceClass, number>>;

  constructor(limits: Readonly<Record<DeviceClass, number>>) {
    this.#limits = limits;
  }

  depth(deviceClass: DeviceClass): number {
    return this.#queues[deviceClass].taps;
  }

  /**
   * Whether another tap of this device has room. It may have as many waiting as it leaves room for others: one device fills
   * half of a queue at most, two a third each, so that whoever has little waiting finds room and who floods is shed.
   */
  hasRoom(deviceClass: DeviceClass, device: TapDevice): boolean {
    const queue = this.#queues[deviceClass];
    return queue.tapsOf(device) < this.#limits[deviceClass] - queue.taps;
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  /** Taps of all classes. */
  get length(): number {
    const { gate, desk, batch } = this.#queues;
    return gate.taps + desk.taps + batch.taps;
  }

  /** Work ahead of a new tap of this device with this cost, milliseconds of one thread. */
  workAheadMs(deviceClass: DeviceClass, device: TapDevice, costMs: number): number {
    const ownMs = this.#queues[deviceClass].workAheadMs(device, costMs);
    let before = 0;
    for (const each of DEVICE_CLASSES) {
      if (each === deviceClass) break;
      before += this.#queues[each].costMs;
    }
    return Math.min(before + ownMs, LEAST_SHARE * (ownMs + costMs));
  }

  push(flight: Flight): void {
    this.#queues[flight.class].push(flight);
  }

  /** The next batch: as many as the bounds allow, at least one. Taps that were given up are left out. */
  take({ itemsMax, targetMs, worstMs, costs }: BatchBounds): Flight[] {
    const batch: Flight[] = [];
    let usual = 0;
    let worst = 0;
    this.#batches += 1;
    for (const deviceClass of this.#order()) {
      const queue = this.#queues[deviceClass];
      while (batch.length < itemsMax && (batch.length === 0 || (usual < targetMs && worst < worstMs))) {
        const flight = queue.shift();
        if (flight === null) break;
        const { costKey } = flight.tap.presentation;
        usual += costs.usualMs(costKey, flight.stream.device.coldness);
        worst += costs.worstMs(costKey);
        batch.push(flight);
      }
    }
    return batch;
  }

  #order(): readonly DeviceClass[] {
    if (this.#batches % EXCEPTION_EVERY !== 0) return DEVICE_CLASSES;
    return this.#batches % LEAST_SHARE === 0 ? BATCHES_FIRST : DESKS_FIRST;
  }
}
