/** Priority of a thread among those of the machine. */
import { setPriority } from 'node:os';

/** Nine times the weight of other threads: where cores are short, a proving thread waits less and still shares. */
const PREFERRED_NICENESS = -10;

/**
 * Raises the thread it is called on. On Linux niceness is of a thread, setpriority(2). Without effect where the system
 * does not permit it; the main thread tells that of itself.
 */
export function preferThread(): void {
  try {
    setPriority(PREFERRED_NICENESS);
  } catch {
    // It takes a privilege (CAP_SYS_NICE), and the gateway works without.
  }
}
