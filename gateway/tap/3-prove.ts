/**
 * Stage 3. Keeps the threads fed: whenever one is free it gets what is waiting, at once, as a batch whose size follows
 * the measured cost. An idle gateway therefore adds no waiting, and a busy one larger batches.
 */
import type { Code } from '../../config/codes.ts';
import type { PackedItem, ProofVerdict, ProveStats } from '../../workers/contract.ts';
import type { BatchOutcome } from '../../workers/pool.ts';
import type { BatchBounds, ClassQueues } from './class-queues.ts';
import type { CostModel } from './cost-model.ts';
import type { Flight } from './flight.ts';

export interface ProvenFlight {
  readonly flight: Flight;
  readonly verdict: ProofVerdict;
}

export interface ProveOptions {
  readonly queues: ClassQueues;
  readonly costs: CostModel;
  readonly bounds: Omit<BatchBounds, 'costs'>;
  readonly wallClockMs: () => number;
  readonly run: (items: readonly PackedItem[]) => Promise<BatchOutcome> | null;
  readonly room: () => number;
  readonly onProven: (proven: readonly ProvenFlight[], trustRevision: string, atMs: number) => void;
  readonly onFailed: (flights: readonly Flight[], code: Code) => void;
  /** `queuedMs`: how long the first tap of the batch had waited. */
  readonly onBatch: (items: number, queuedMs: number, elapsedMs: number, stats: ProveStats) => void;
}

export class Prove {
  readonly #options: ProveOptions;
  #scheduled = false;

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

  #feed(): void {
    const { queues, costs, bounds, room } = this.#options;
    while (!queues.isEmpty && room() > 0) {
      const flights = queues.take({ ...bounds, costs });
      if (flights.length === 0) return;
      void this.#prove(flights);
    }
  }

  async #prove(flights: readonly Flight[]): Promise<void> {
    const atMs = this.#options.wallClockMs();
    const started = performance.now();
    for (const flight of flights) flight.state = 'proving';
    const running = this.#options.run(
      flights.map(({ tap: { presentation } }) => ({
        family: presentation.family,
        packedInput: presentation.packedInput,
        atMs,
      })),
    );
    if (!running) throw new Error('a batch was made although no thread has room');
    const outcome = await running;
    if (outcome.kind !== 'verdicts') {
      this.#options.onFailed(flights, outcome.kind === 'stuck' ? 'tap.worker_stuck' : 'tap.worker_lost');
      return;
    }
    this.#options.costs.learn(
      flights.map((flight) => flight.tap.presentation.costKey),
      outcome.stats.busyMs,
    );
    const queuedMs = started - (flights[0]?.admittedAt ?? started);
    this.#options.onBatch(flights.length, queuedMs, performance.now() - started, outcome.stats);
    const proven: ProvenFlight[] = [];
    for (const [i, flight] of flights.entries()) {
      const verdict = outcome.verdicts[i];
      // Given up meanwhile: the device was told that it was not judged, so it is not.
      if (verdict && flight.state === 'proving') proven.push({ flight, verdict });
    }
    this.#options.onProven(proven, outcome.trustRevision, atMs);
  }
}
