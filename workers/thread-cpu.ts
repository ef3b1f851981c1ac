/**
 * What the system says of one thread: the time it was on a core, and whether it wants one. On Linux, from
 * /proc/PID/task/TID/stat (proc(5)), which costs some 15 µs to read.
 */
import { readFileSync, readlinkSync } from 'node:fs';

export interface ThreadReading {
  /** Time on a core since its start, milliseconds; the system counts in hundredths of a second. */
  readonly cpuMs: number;
  /** Whether it runs or waits for a core; otherwise it sleeps, or is stopped. */
  readonly runnable: boolean;
}

/** USER_HZ, the unit of utime and stime, is 100 on every Linux that programs see (time(7)). */
const MS_PER_TICK = 10;
/** Of the fields behind the name in parentheses, which may hold anything: state is the third of all, utime the fourteenth. */
const STATE = 0;
const UTIME = 11;
const STIME = 12;

/** Of the thread it is called on; null on another system than Linux. */
export function systemThreadId(): number | null {
  try {
    const tid = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    return Number.isSafeInteger(tid) && tid > 0 ? tid : null;
  } catch {
    return null;
  }
}

/** Null where the system does not say, or the thread is gone. */
export function readThread(tid: number): ThreadReading | null {
  try {
    return parseThreadStat(readFileSync(`/proc/self/task/${tid}/stat`, 'latin1'));
  } catch {
    return null;
  }
}

/** A line of /proc/PID/task/TID/stat; null when it is none. */
export function parseThreadStat(stat: string): ThreadReading | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[UTIME]) + Number(fields[STIME]);
  const state = fields[STATE];
  if (!Number.isSafeInteger(ticks) || state === undefined || state === '') return null;
  return { cpuMs: ticks * MS_PER_TICK, runnable: state === 'R' };
}
