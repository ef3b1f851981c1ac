/**
 * Desks: autocannon in its rate mode, each request a verification that was signed beforehand. In that mode each
 * connection sends its share of a second as fast as it is answered and then waits for the next second, so a request
 * has no time at which it was meant to be sent: latency counts from when it was sent (docs/benchmarking.md).
 */
import { createRequire } from 'node:module';
import type { CityOptions } from '../../platform/city.ts';
import { readFleet } from '../fleet/fleet.ts';
import type { TapPlan } from '../fleet/tap-plan.ts';
import { FleetThreads } from '../fleet/threads.ts';
import { prepareTaps } from './prepared.ts';
import { NO_CODE, type Outcomes } from './protocol.ts';
import type { PreparedTaps } from './sender.ts';

export interface DeskOrder {
  readonly http: string;
  /** Session token. */
  readonly token: string;
  readonly city: CityOptions;
  readonly fleetFile: string;
  readonly cards: number;
  readonly plan: TapPlan;
  readonly from: number;
  readonly use0_s: number;
  readonly ratePerS: number;
  readonly seconds: number;
  readonly connections: number;
}

export interface DeskDone {
  readonly startAtMs: number;
  /** When each was sent, milliseconds after the start. */
  readonly times: Float64Array;
  readonly outcomes: Outcomes;
}

export type FromDesk =
  | { readonly kind: 'prepared' }
  | { readonly kind: 'done'; readonly done: DeskDone }
  | { readonly kind: 'failed'; readonly reason: string };

interface Context {
  k?: number;
}

type Autocannon = (options: Record<string, unknown>) => PromiseLike<unknown>;

const autocannon = createRequire(import.meta.url)('autocannon') as Autocannon;
const US_PER_MS = 1_000;
const MS_PER_S = 1_000;

process.on('message', (order: DeskOrder) => {
  const tell = (said: FromDesk) => void process.send?.(said);
  serve(order, tell).catch((error: Error) => tell({ kind: 'failed', reason: error.message }));
});
process.on('disconnect', () => process.exit());

async function serve(order: DeskOrder, tell: (said: FromDesk) => void): Promise<void> {
  const { city, fleetFile, cards, plan, from, use0_s, ratePerS, seconds } = order;
  const fleet = readFleet(fleetFile, cards);
  if (fleet === null) throw new Error(`the fleet ${fleetFile} is not what was made`);
  const threads = new FleetThreads({ city, records: fleet.records });
  const count = Math.ceil(ratePerS * seconds);
  const share = { index: 0, of: 1 };
  const taps = await prepareTaps(threads, { kind: 'prepare', plan, from, count, share, use0_s }, () => {});
  await threads.close();
  tell({ kind: 'prepared' });
  tell({ kind: 'done', done: await drive(order, taps) });
}

async function drive(order: DeskOrder, taps: PreparedTaps): Promise<DeskDone> {
  const { http, token, ratePerS, connections } = order;
  const record = new DeskRecord(taps.length);
  const startAtMs = Date.now();
  const cpuBefore = process.cpuUsage();
  await autocannon({
    url: http,
    connections: Math.min(connections, Math.max(1, Math.floor(ratePerS))),
    overallRate: ratePerS,
    amount: taps.length,
    requests: [
      {
        method: 'POST',
        path: '/v1/verifications',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        setupRequest: (request: object, context: Context) => {
          context.k = record.send();
          return { ...request, body: Buffer.from(taps.frame(context.k)) };
        },
        onResponse: (_status: number, body: string, context: Context) => record.answer(context.k ?? 0, body),
      },
    ],
  });
  const { user, system } = process.cpuUsage(cpuBefore);
  return { startAtMs, ...record.done((user + system) / 1e6) };
}

class DeskRecord {
  readonly #startedMs = performance.now();
  readonly #times: Float64Array;
  readonly #latencyUs: Uint32Array;
  readonly #codes: Uint8Array;
  readonly #names: string[] = [];
  #next = 0;

  constructor(length: number) {
    this.#times = new Float64Array(length);
    this.#latencyUs = new Uint32Array(length);
    this.#codes = new Uint8Array(length).fill(NO_CODE);
  }

  /** Number of the next tap. autocannon sets up one request more for each connection than it sends. */
  send(): number {
    const k = Math.min(this.#next++, this.#times.length - 1);
    if (this.#codes[k] === NO_CODE) this.#times[k] = performance.now() - this.#startedMs;
    return k;
  }

  answer(k: number, body: string): void {
    this.#latencyUs[k] = Math.max(
      1,
      (performance.now() - this.#startedMs - (this.#times[k] as number)) * US_PER_MS,
    );
    const { code } = JSON.parse(body) as { code: string };
    let id = this.#names.indexOf(code);
    if (id < 0) id = this.#names.push(code) - 1;
    this.#codes[k] = id;
  }

  done(cpuSeconds: number): Omit<DeskDone, 'startAtMs'> {
    const lagUs = new Uint32Array(this.#times.length).fill(1);
    const elapsedS = (performance.now() - this.#startedMs) / MS_PER_S;
    const outcomes: Outcomes = {
      latencyUs: this.#latencyUs,
      lagUs,
      codes: this.#codes,
      names: this.#names,
      repeated: 0,
      cores: [],
      cpuSeconds,
      elapsedS,
      closed: [],
    };
    return { times: this.#times, outcomes };
  }
}
