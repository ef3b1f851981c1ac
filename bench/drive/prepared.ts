/** The taps of one process for one phase: made on every core before it begins, then only sent. */
import type { Slab, TapsJob } from '../fleet/thread.ts';
import type { FleetThreads } from '../fleet/threads.ts';
import type { PrepareMessage } from './protocol.ts';
import type { PreparedTaps } from './sender.ts';

const TAPS_PER_JOB = 2_000;

export async function prepareTaps(
  threads: FleetThreads,
  { plan, from, count, share, use0_s }: PrepareMessage,
  onProgress: (part: number) => void,
): Promise<PreparedTaps> {
  const { index, of } = share;
  const jobs: TapsJob[] = [];
  const stride = TAPS_PER_JOB * of;
  for (let at = from + index; at < from + count; at += stride) {
    jobs.push({
      kind: 'taps',
      plan,
      from: at,
      to: Math.min(from + count, at + stride),
      step: of,
      phaseFrom: from,
      use0_s,
    });
  }
  const slabs = (await threads.run(jobs, (done) => onProgress(done / jobs.length))) as Slab[];
  const length = slabs.reduce((sum, { ends }) => sum + ends.length, 0);
  return {
    length,
    frame(k) {
      const { bytes, ends } = slabs[Math.floor(k / TAPS_PER_JOB)] as Slab;
      const within = k % TAPS_PER_JOB;
      return bytes.subarray(within === 0 ? 0 : ends[within - 1], ends[within]);
    },
    placeOf(seq) {
      const place = (seq - from - index) / of;
      return Number.isInteger(place) && place >= 0 && place < length ? place : -1;
    },
  };
}
