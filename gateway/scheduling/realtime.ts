/** Real-time scheduling of single threads, through `chrt` of util-linux: Node has no call for it. Linux only. */
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** Lowest real-time priority: above all other threads, below whatever else the machine runs in real time. */
export const TAP_PRIORITY = 1;
/** sched.h. */
const SCHED_FIFO = 1;
const POLICY_AFTER_NAME = 41 - 3;
/** What `chrt` takes at most to answer; it makes two system calls. */
const CHRT_TIMEOUT_MS = 2_000;

/**
 * Puts threads under SCHED_FIFO (sched(7)): each runs as soon as it can, before every thread without a real-time
 * priority, until it waits. Threads and processes they start later do not inherit it. Returns null, or why it could
 * not be done; threads before the one that failed keep what they were given.
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

/** Puts the thread it is called on beside the main thread, where that is in real time: for one that starts after it. */
export function joinRealtime(): void {
  try {
    if (policyOf(process.pid) !== SCHED_FIFO) return;
    makeRealtime([Number(readlinkSync('/proc/thread-self').split('/').at(-1))], TAP_PRIORITY);
  } catch {
    // Another system than Linux.
  }
}

/** Of a process's first thread: proc(5), field 41 of its `stat`. The name before may hold spaces. */
function policyOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[POLICY_AFTER_NAME]);
}
