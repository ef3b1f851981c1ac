/**
 * Requests at times drawn before the run (a Poisson process), latency from the time each was meant to be sent.
 * Not autocannon's rate mode: that sends each second's share at once and then waits for the next second, and corrects
 * latencies in steps of a millisecond.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { latencyHistogram } from '../report/latency.ts';
import { AnswerCount, type Measured, type Target } from './measured.ts';
import type { PreparedTap } from './taps.ts';

export interface OpenLoadOptions {
  readonly target: Target;
  readonly taps: readonly PreparedTap[];
  /** Requests that are due while all connections wait for answers queue, and their latency says so. */
  readonly connections: number;
  readonly ratePerS: number;
  /** Uniform draws in (0, 1]. */
  readonly draw: () => number;
}

const TICK_MS = 1;
const US_PER_MS = 1_000;
const MS_PER_S = 1_000;

export async function openLoad(options: OpenLoadOptions): Promise<Measured> {
  const { taps, connections, ratePerS, draw } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  const count = new AnswerCount();
  const latency = latencyHistogram();
  let dueMs = 0;
  const times = taps.map(() => {
    dueMs -= (Math.log(draw()) / ratePerS) * MS_PER_S;
    return dueMs;
  });
  const startedMs = performance.now();
  const sent: Promise<void>[] = [];
  const send = async (tap: PreparedTap, atMs: number) => {
    const { status, body } = await post(agent, options.target, tap.body);
    latency.recordValue(Math.max(1, Math.round((performance.now() - startedMs - atMs) * US_PER_MS)));
    count.add(status, body, tap.code);
  };
  while (sent.length < taps.length) {
    const nowMs = performance.now() - startedMs;
    for (let at = times[sent.length]; at !== undefined && at <= nowMs; at = times[sent.length]) {
      const tap = taps[sent.length];
      if (tap !== undefined) sent.push(send(tap, at));
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(sent);
  agent.destroy();
  const { answered, wrong, faults } = count;
  return { answered, wrong, faults, latency, seconds: (performance.now() - startedMs) / MS_PER_S };
}

/** Status 0: the connection failed. */
function post(
  agent: Agent,
  { http, token }: Target,
  body: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve) => {
    const sending = request(`${http}/v1/verifications`, {
      agent,
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    const failed = (error: Error) => resolve({ status: 0, body: error.message });
    sending.once('error', failed);
    sending.once('response', (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), failed);
    });
    sending.end(body);
  });
}
