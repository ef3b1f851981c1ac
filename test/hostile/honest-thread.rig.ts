/**
 * An honest gate on a thread of its own, so that what an attack costs the test does not count against the gateway. It
 * taps at the times it means to, whatever the answers do.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { PlainClient, type PlainClientTarget, type PlainMessage } from '../protocol/plain-client.rig.ts';

export interface HonestWork {
  readonly target: PlainClientTarget;
  /** Address it comes from. */
  readonly from: string;
  readonly presentations: readonly PlainMessage[];
  readonly intervalMs: number;
  /** An answer that takes longer is none. */
  readonly patienceMs: number;
}

export interface HonestTap {
  /** Milliseconds between sending and answer; null: none came. */
  readonly tookMs: number | null;
  /** `decision`, `refusal`, or why there is none. */
  readonly kind: string;
  readonly code: string;
}

export type FromHonest =
  | { readonly kind: 'connected' }
  | { readonly kind: 'taps'; readonly taps: HonestTap[] };

const port = parentPort;
if (!port) throw new Error('the honest gate runs as a thread');
const { target, from, presentations, intervalMs, patienceMs } = workerData as HonestWork;
const client = await PlainClient.connect(target, undefined, from);
const taps: Promise<HonestTap>[] = [];

async function tap(seq: number, presentation: PlainMessage): Promise<HonestTap> {
  const sentAt = performance.now();
  const none = (kind: string) => ({ tookMs: null, kind, code: '' });
  const answer = client.tap(seq, presentation).then(
    ({ message }) => ({
      tookMs: performance.now() - sentAt,
      kind: String(message['t']),
      code: String(message['code']),
    }),
    () => none('connection lost'),
  );
  return Promise.race([answer, sleep(patienceMs).then(() => none('no answer'))]);
}

let timer: NodeJS.Timeout | null = null;
port.on('message', async (asked: 'start' | 'stop') => {
  if (asked === 'start') {
    timer = setInterval(() => {
      const presentation = presentations[taps.length];
      if (presentation !== undefined) taps.push(tap(taps.length, presentation));
    }, intervalMs);
    return;
  }
  if (timer !== null) clearInterval(timer);
  port.postMessage({ kind: 'taps', taps: await Promise.all(taps) } satisfies FromHonest);
  port.close();
  await client.bye().catch(() => {});
});
port.postMessage({ kind: 'connected' } satisfies FromHonest);
