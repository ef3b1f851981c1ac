/**
 * Stage 3. Keeps the threads fed: whenever one is free it gets what is waiting, as a batch whose size follows the
 * measured cost and fills the engine's lanes. An idle gateway adds no waiting; a busy one makes larger batches.
 */
import type { Code } from '../../../config/codes.ts';
import type { NamedVerdict, PackedItem, ProveStats } from '../../../workers/contract.ts';
import type { BatchOutcome } from '../../../workers/pool.ts';
import type { BatchBounds, ClassQueues } from '../2-admit/class-queues.ts';
import type { CostModel } from '../2-admit/cost-model.ts';
import type { Flight } from '../flights.ts';
import { GATHER_MS, nextBatchItems } from './batch-forming.ts';

export interface ProvenFlight {
  readonly flight: Flight;
  readonly verdict: NamedVerdict;
}

export interface ProveOptions {
  readonly queues: ClassQueues;
  readonly costs: CostModel;
  readonly bounds: Omit<BatchBounds, 'costs'>;
  readonly wallClockMs: () => number;
  readonly run: (items: readonly PackedItem[]) => Promise<BatchOutcome> | null;
  readonly room: () => number;
  /** Gives up taps whose deadline has passed: after a standstill their answers may be read before any timer runs. */
  readonly expireDue: () => void;
  readonly onProven: (proven: readonly ProvenFlight[], trustRevision: string, atMs: number) => void;
  readonly onFailed: (flights: readonly Flight[], code: Code) => void;
  /** `queuedMs`: how long the first tap of the batch had waited. */
  readonly onBatch: (items: number, queuedMs: number, elapsedMs: number, stats: ProveStats) => void;
}

/** How much one tap says of what its device shows: the latest sixteen or so count. */
const COLDNESS_RATE = 1 / 16;

export class Prove {
  readonly #options: ProveOptions;
  #scheduled = false;
  /** Batches on the threads. */
  #running = 0;
  /** When the last batch began. */
  #beganAt = Number.NEGATIVE_INFINITY;
  /** Ends the wait of taps for others. */
  #gathering: NodeJS.Timeout | null = null;

  constructor(options: ProveOptions) {
    this.#options = options;
  }

  /** Feeds the threads once the taps that arrived together are all queued, still within this turn of the loop. */
  schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#feed();
    });
  }

  #learn(flights: readonly Flight[], { busyMs, coldItems = [] }: ProveStats): void {
    const keys: string[] = [];
    const cold: boolean[] = [];
    let next = 0;
    for (let i = 0; i < flights.length; i += 1) {
      const { tap, stream } = flights[i] as Flight;
      const isCold = coldItems[next] === i;
      if (isCold) next += 1;
      keys.push(tap.presentation.costKey);
      cold.push(isCold);
      stream.device.coldness += COLDNESS_RATE * ((isCold ? 1 : 0) - stream.device.coldness);
    }
    this.#options.costs.learn(keys, busyMs, cold);
  }

  #feed(): void {
    const { queues, costs, bounds, room } = this.#options;
    this.#options.expireDue();
    for (let free = room(); free > 0 && !queues.isEmpty; free = room()) {
      // Threads take as many batches to wait as to work on; with less than half of the room left, all work.
      const allBusy = free <= this.#running;
      const sinceLastMs = performance.now() - this.#beganAt;
      const items = nextBatchItems({ items: queues.length, allBusy, sinceLastMs });
      if (items === 0) {
        // A thread that is busy asks for more when it is done.
        if (!allBusy) this.#gather();
        return;
      }
      const flights = queues.take({ ...bounds, itemsMax: Math.min(bounds.itemsMax, items), costs });
      if (flights.length === 0) return;
      void this.#prove(flights);
    }
  }

  /** Looks again when taps have waited for others long enough. */
  #gather(): void {
    this.#gathering ??= setTimeout(() => {
      this.#gathering = null;
      this.#feed();
    }, GATHER_MS);
  }

  async #prove(flights: readonly Flight[]): Promise<void> {
    const atMs = this.#options.wallClockMs();
    const started = performance.now();
    this.#beganAt = started;
    const items: PackedItem[] = [];
    for (const flight of flights) {
      flight.state = 'proving';
      const { family, packedInput } = flight.tap.presentation;
      const item = { family, scene: flight.scene, packedInput, atMs };
      const { disclose } = flight.policy;
      items.push(disclose === undefined ? item : { ...item, disclose });
    }
    const running = this.#options.run(items);
    if (!running) throw new Error('a batch was made although no thread has room');
    this.#running += 1;
    const outcome = await running;
    this.#running -= 1;
    // Before this batch is decided: the thread works meanwhile.
    this.#feed();
    if (outcome.kind !== 'verdicts') {
      this.#options.onFailed(flights, outcome.kind === 'stuck' ? 'tap.worker_stuck' : 'tap.worker_lost');
      return;
    }
    this.#learn(flights, outcome.stats);
    const queuedMs = started - (flights[0]?.admittedAt ?? started);
    this.#options.onBatch(flights.length, queuedMs, performance.now() - started, outcome.stats);
    const proven: ProvenFlight[] = [];
    for (let i = 0; i < flights.length; i++) {
      const flight = flights[i] as Flight;
      const verdict = outcome.verdicts[i];
      // Given up meanwhile: the device was told that it was not judged, so it is not.
      if (verdict && flight.state === 'proving') proven.push({ flight, verdict });
    }
    this.#options.onProven(proven, outcome.trustRevision, atMs);
  }
}
