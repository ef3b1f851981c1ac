/** A thread that makes cards, or the taps of a plan. */
import { parentPort, workerData } from 'node:worker_threads';
import { type City, type CityOptions, createCity } from '../../platform/city.ts';
import { makeCards } from './make-cards.ts';
import { BatchSigner } from './sm2-batch.ts';
import { TapMaker } from './tap-maker.ts';
import { type TapPlan, TapPlanner } from './tap-plan.ts';

export interface ThreadData {
  readonly city: CityOptions;
  /** Shared by all threads. */
  readonly records: SharedArrayBuffer;
}

export interface CardsJob {
  readonly kind: 'cards';
  readonly from: number;
  readonly to: number;
}

/** Taps `from`, `from` + `step`, … below `to`. */
export interface TapsJob {
  readonly kind: 'taps';
  readonly plan: TapPlan;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly phaseFrom: number;
  readonly use0_s: number;
}

export type Job = CardsJob | TapsJob;

/** Taps one behind the other; number k ends at `ends[k]`. */
export interface Slab {
  readonly bytes: Uint8Array;
  readonly ends: Uint32Array;
}

const SLAB_TAP_BYTES = 1_024;

const { city: options, records: shared } = workerData as ThreadData;
const records = new Uint8Array(shared);
const city: City = createCity(options);
const signer = new BatchSigner(options.seed);
const maker = new TapMaker(city, records, signer);

parentPort?.on('message', (job: Job) => {
  if (job.kind === 'cards') {
    makeCards(city, records, job.from, job.to, signer);
    parentPort?.postMessage(null);
    return;
  }
  const slab = makeTaps(job);
  parentPort?.postMessage(slab, [slab.bytes.buffer as ArrayBuffer, slab.ends.buffer as ArrayBuffer]);
});

function makeTaps({ plan, from, to, step, phaseFrom, use0_s }: TapsJob): Slab {
  const planner = new TapPlanner(plan);
  const ends = new Uint32Array(Math.max(0, Math.ceil((to - from) / step)));
  let bytes = new Uint8Array(ends.length * SLAB_TAP_BYTES);
  let end = 0;
  for (let k = 0, i = from; i < to; k += 1, i += step) {
    const tap = maker.bytes(plan, planner.tap(i, phaseFrom), i, use0_s);
    if (end + tap.length > bytes.length) {
      const larger = new Uint8Array(2 * bytes.length + tap.length);
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(tap, end);
    end += tap.length;
    ends[k] = end;
  }
  return { bytes: bytes.slice(0, end), ends };
}
