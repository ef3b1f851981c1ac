/** Real-time scheduling of single threads, through `chrt` of util-linux: Node has no call for it. Linux only. */
import { spawnSync } from 'node:child_process';

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
