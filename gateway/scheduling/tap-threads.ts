/**
 * Real-time scheduling (SCHED_FIFO) of the threads on the path of every tap. A tap changes threads six times. At each it may
 * wait a time slice behind other threads, and these waits are what p99 is made of.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { OnecardError } from '../../config/onecard-error.ts';
import type { Settings } from '../../config/settings.ts';
import type { ThreadName } from '../../workers/thread-name.ts';
import { makeRealtime, TAP_PRIORITY } from './realtime.ts';

/** One core is left to the proving threads: they compute for long, so they are not real-time. */
const CORES_MIN = 2;
/** libuv's name for the threads that commit the journal; and the one that asks the store of a cluster (workers/thread-name.ts). */
const BESIDE_MAIN: readonly string[] = ['libuv-worker', 'store' satisfies ThreadName];

export interface Scheduling {
  readonly scheduling: 'realtime' | 'fair';
  /** Why the wish could not be met. */
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
  const why = whyNotHere() ?? makeRealtime(tapThreads(), TAP_PRIORITY);
  if (why === null) return { scheduling: 'realtime' };
  if (wish === 'require') throw new SchedulingError(`scheduling is "require", and is not to be had: ${why}`);
  return { scheduling: 'fair', scheduling_why: why };
}

function whyNotHere(): string | null {
  if (process.platform !== 'linux') return `real-time threads are for Linux, and this is ${process.platform}`;
  if (availableParallelism() < CORES_MIN) return `it takes ${CORES_MIN} cores`;
  return null;
}

/** The main thread, whose id is that of the process, and those that a tap waits for beside it. */
function tapThreads(): number[] {
  const folder = '/proc/self/task';
  const others = readdirSync(folder).filter((id) =>
    BESIDE_MAIN.includes(readFileSync(`${folder}/${id}/comm`, 'utf8').trim()),
  );
  return [process.pid, ...others.map(Number)];
}
