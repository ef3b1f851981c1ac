/** A thread that reads and checks a city document once, and ends: 300 scenes take a quarter of a second, which taps do not wait. */
import { parentPort, workerData } from 'node:worker_threads';
import type { PlacedFault } from '../../config/city-document/city-fault.ts';
import type { Families } from '../../config/families.ts';
import { loadScenes, ScenesError } from '../../config/scenes.ts';

export interface CityTask {
  readonly families: Families;
  /** The one that comes along where it is missing. */
  readonly path: string | undefined;
}

export type CityRead =
  | { readonly document: unknown }
  | { readonly from: string; readonly faults: readonly PlacedFault[] };

const { families, path } = workerData as CityTask;
parentPort?.postMessage(read());

function read(): CityRead {
  try {
    return { document: loadScenes(families, path).document };
  } catch (error) {
    if (!(error instanceof ScenesError)) throw error;
    return { from: error.from, faults: error.faults };
  }
}
