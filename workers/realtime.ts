/**
 * Real-time scheduling of the threads that every tap passes, through `chrt` of util-linux: Node has no call for it.
 * Linux only.
 */
import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';

/**
 * Priorities of SCHED_FIFO, sched(7). Any is above all threads without one; these are the lowest there are, below
 * whatever else the machine runs in real time. A proving thread, which computes for long, never keeps the others waiting.
 */
export const REALTIME = { proving: 1, decidingAndStoring: 2 } as const;

/** What `chrt` takes at most to answer; it makes two system calls. */
const CHRT_TIMEOUT_MS = 2_000;

/**
 * Puts threads under SCHED_FIFO: each runs as soon as it can, before every thread of a lower priority or none, until it
 * waits. Threads and processes they start later do not inherit it. Answers null, or why it could not be done; threads
 * before the one that failed keep what they were given.
 */
export function makeRealtime(threadIds: readonly number[], priority: number): string | null {
  for (const id of threadIds) {
    const args = ['--fifo', '--reset-on-fork', '--pid', String(priority), String(id)];
    const { status, stderr, error } = spawnSync('chrt', args, { encoding: 'utf8', timeout: CHRT_TIMEOUT_MS });
    if (error) return `chrt: ${error.message}`;
    if (status !== 0) return stderr.trim() || `chrt ended with status ${status}`;
  }
  return null;
}

/** The same for the thread it is called on. */
export function makeThisThreadRealtime(priority: number): string | null {
  try {
    // proc(5): a link to PID/task/TID.
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return makeRealtime([id], priority);
  } catch (error) {
    return (error as Error).message;
  }
}
