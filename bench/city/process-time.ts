/** Processor time of a process by its threads: finer than the clock ticks of `/proc/PID/stat`. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

const NS_PER_US = 1_000;

/** Microseconds of all its threads that are there now; null where the system does not tell. */
export function cpuUs(pid: number | null): number | null {
  if (pid === null) return null;
  const folder = `/proc/${pid}/task`;
  try {
    // Documentation/scheduler/sched-stats.rst: the first field is time on a processor in nanoseconds.
    return readdirSync(folder).reduce(
      (sum, thread) =>
        sum + Number(readFileSync(`${folder}/${thread}/schedstat`, 'utf8').split(' ')[0]) / NS_PER_US,
      0,
    );
  } catch {
    return null;
  }
}
