/** As many requests as a server answers: every connection sends its next as soon as it has its answer (autocannon). */
import { createRequire } from 'node:module';
import { latencyHistogram } from '../report/latency.ts';
import { AnswerCount, type Measured, type Target } from './measured.ts';
import type { PreparedTap } from './taps.ts';

interface Request {
  readonly [name: string]: unknown;
}

interface AutocannonRun extends PromiseLike<unknown> {
  on(name: 'response', listener: (client: unknown, status: number, bytes: number, ms: number) => void): void;
  stop(): void;
}

/** As much of it as is used; the package has no types. */
type Autocannon = (options: {
  readonly url: string;
  readonly connections: number;
  readonly duration: number;
  readonly sampleInt: number;
  readonly requests: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly setupRequest: (request: Request, context: { tap?: PreparedTap }) => Request;
    readonly onResponse: (status: number, body: string, context: { tap?: PreparedTap }) => void;
  }[];
}) => AutocannonRun;

const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;

const US_PER_MS = 1_000;
const MS_PER_S = 1_000;
/** How soon after the end autocannon looks whether it is told to stop. */
const SAMPLE_MS = 50;
const DURATION_MAX_S = 3_600;

export interface ClosedLoadOptions {
  readonly target: Target;
  readonly taps: readonly PreparedTap[];
  readonly connections: number;
  /** It ends sooner when the taps are used up. */
  readonly seconds: number;
}

export async function closedLoad({
  target,
  taps,
  connections,
  seconds,
}: ClosedLoadOptions): Promise<Measured> {
  const count = new AnswerCount();
  const latency = latencyHistogram();
  let next = 0;
  let startedMs = 0;
  let endedMs = 0;
  const end = () => {
    if (endedMs > 0) return;
    endedMs = performance.now();
    run.stop();
  };
  const run = autocannon({
    url: target.http,
    connections,
    duration: DURATION_MAX_S,
    sampleInt: SAMPLE_MS,
    requests: [
      {
        method: 'POST',
        path: '/v1/verifications',
        headers: { authorization: `Bearer ${target.token}`, 'content-type': 'application/json' },
        setupRequest: (request, context) => {
          if (startedMs === 0) startedMs = performance.now();
          const tap = taps[next];
          next += 1;
          // Sent once more after the end, which counts nowhere.
          if (tap === undefined) end();
          else context.tap = tap;
          return { ...request, body: (tap ?? taps[0])?.body };
        },
        onResponse: (status, body, { tap }) => {
          if (endedMs === 0 && tap !== undefined) count.add(status, body, tap.code);
        },
      },
    ],
  });
  run.on('response', (_client, _status, _bytes, ms) => {
    if (endedMs === 0) latency.recordValue(Math.max(1, Math.round(ms * US_PER_MS)));
  });
  const timer = setTimeout(end, seconds * MS_PER_S);
  await run;
  clearTimeout(timer);
  const { answered, wrong, faults } = count;
  return { answered, wrong, faults, latency, seconds: (endedMs - startedMs) / MS_PER_S };
}
