/**
 * Lets the threads that every tap passes go before the rest of the machine. A tap changes threads six times; behind
 * others it waits up to a time slice at each, and those waits are the slowest hundredth of the answers.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { OnecardError } from '../../config/onecard-error.ts';
import type { Settings } from '../../config/settings.ts';
import { makeRealtime } from './realtime.ts';

/** The lowest there is: above all threads without one, below whatever else the machine runs in real time. */
const PRIORITY = 1;
/** One core must be left to the proving threads, which are not of real time: they would hold it for long. */
const CORES_MIN = 2;
/** libuv's name for the threads that commit the journal. */
const STORAGE_THREAD = 'libuv-worker';

export interface Scheduling {
  readonly scheduling: 'realtime' | 'fair';
  /** Why it is not what was wished for. */
  readonly scheduling_why?: string;
}

/** Real time was required, and the system does not allow it. */
export class SchedulingError extends OnecardError {
  override readonly name = 'SchedulingError';
  readonly code = 'realtime_unavailable';
}

/**
 * To be called on the main thread of the process once all its threads run. Throws SchedulingError when real time is
 * required and cannot be had.
 */
export function scheduleTapThreads(wish: Settings['scheduling']): Scheduling {
  if (wish === 'fair') return { scheduling: 'fair' };
  const why = whyNotHere() ?? makeRealtime(tapThreads(), PRIORITY);
  if (why === null) return { scheduling: 'realtime' };
  if (wish === 'require') throw new SchedulingError(`scheduling is "require", and is not to be had: ${why}`);
  return { scheduling: 'fair', scheduling_why: why };
}

function whyNotHere(): string | null {
  if (process.platform !== 'linux') return `real-time threads are for Linux, and this is ${process.platform}`;
  if (availableParallelism() < CORES_MIN) return `it takes ${CORES_MIN} cores`;
  return null;
}

/** The main thread, which has the number of its process, and those of storage. */
function tapThreads(): number[] {
  const folder = '/proc/self/task';
  const storage = readdirSync(folder).filter(
    (id) => readFileSync(`${folder}/${id}/comm`, 'utf8').trim() === STORAGE_THREAD,
  );
  return [process.pid, ...storage.map(Number)];
}
