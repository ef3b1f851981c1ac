/** Reads a city document on a thread of its own, while taps go on. */
import { Worker } from 'node:worker_threads';
import { checkedScenes, ScenesError, type SceneTable } from '../../config/scenes.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import type { CityRead, CityTask } from './city-thread.ts';

const ENTRY = new URL('./city-thread.ts', import.meta.url);
const TIME_MS = 60_000;

/** Rejects with ScenesError where it cannot be used, and with an Error where the thread does not answer within a minute. */
export async function readCityAside(path: string | undefined): Promise<SceneTable> {
  const task: CityTask = { families: PRESENTABLE_FAMILIES, path };
  const worker = new Worker(ENTRY, { workerData: task });
  const timer = setTimeout(() => void worker.terminate(), TIME_MS);
  try {
    const read = await new Promise<CityRead>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error(`the city was not read within ${TIME_MS} ms`)));
    });
    if ('faults' in read) throw new ScenesError(read.from, read.faults);
    return checkedScenes(read.document);
  } finally {
    clearTimeout(timer);
  }
}
