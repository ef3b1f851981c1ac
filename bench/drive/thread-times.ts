/** What each thread of a process has used of the processors: where a tap's time goes. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';

/** Microseconds by thread; threads of one name are one. */
export type ThreadTimes = ReadonlyMap<string, number>;

/** Names of threads (workers/thread-name.ts, and those Node gives), as a report tells them. */
const TOLD: ReadonlyMap<string, string> = new Map([
  ['prove', 'proving'],
  ['link', 'link to the platform'],
  ['store', 'questions to the store'],
  ['libuv-worker', 'storage and files'],
]);
const MAIN = 'main';
const OTHERS = 'V8 and others';
const NS_PER_US = 1_000;

/** Null where it cannot be read. */
export function threadTimes(pid: number): ThreadTimes | null {
  const folder = `/proc/${pid}/task`;
  try {
    const times = new Map([MAIN, ...TOLD.values(), OTHERS].map((name) => [name, 0]));
    for (const thread of readdirSync(folder)) {
      const name =
        thread === String(pid) ? MAIN : (TOLD.get(read(`${folder}/${thread}/comm`).trim()) ?? OTHERS);
      times.set(name, (times.get(name) ?? 0) + usOf(`${folder}/${thread}`));
    }
    return times;
  } catch {
    return null;
  }
}

/** Microseconds of the threads of that name (workers/thread-name.ts); null where it cannot be read. */
export function namedThreadUs(pid: number, name: string): number | null {
  const folder = `/proc/${pid}/task`;
  try {
    const own = readdirSync(folder).filter((thread) => read(`${folder}/${thread}/comm`).trim() === name);
    return own.length === 0 ? null : own.reduce((sum, thread) => sum + usOf(`${folder}/${thread}`), 0);
  } catch {
    return null;
  }
}

/** Microseconds a tap between two readings, by thread. Null without both, or without taps. */
export function usPerTap(
  before: ThreadTimes | null,
  after: ThreadTimes | null,
  taps: number,
): Record<string, number> | null {
  if (before === null || after === null || taps === 0) return null;
  // A thread that ended in between takes its time with it.
  return Object.fromEntries(
    [...after].map(([name, us]) => [name, Math.max(0, us - (before.get(name) ?? 0)) / taps]),
  );
}

/** Documentation/scheduler/sched-stats.rst: the first field is time on a processor in nanoseconds. */
const usOf = (thread: string) => Number(read(`${thread}/schedstat`).split(' ')[0]) / NS_PER_US;
const read = (file: string) => readFileSync(file, 'utf8');
