/** Names of threads as the system's tools show them (`top -H`, `perf`, the benchmark): Node gives all of them its own. */
import { writeFileSync } from 'node:fs';

/** At most 15 characters: TASK_COMM_LEN of Linux, proc(5) on /proc/PID/task/TID/comm. */
export type ThreadName = 'prove' | 'link' | 'admin' | 'receipts' | 'desk' | 'store';

/** Names the thread it is called on. Without effect where threads have no such name. */
export function nameThread(name: ThreadName): void {
  try {
    writeFileSync('/proc/thread-self/comm', name);
  } catch {
    // Another system than Linux, or a /proc that is not to be written: a name is a convenience.
  }
}
