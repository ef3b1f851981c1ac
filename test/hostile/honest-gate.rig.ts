/** An honest gate beside an attack, and its ledger: every answer, with its code and how long it took. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { GatewayUnderTest } from '../system/gateway-under-test.rig.ts';
import { chipTapOf, goodCards } from '../system/presentations.rig.ts';
import type { FromHonest, HonestTap, HonestWork } from './honest-thread.rig.ts';

const ENTRY = new URL('./honest-thread.rig.ts', import.meta.url);
export const SCENE = '29/entry';

export interface HonestOptions {
  readonly deviceId?: string;
  /** Address it comes from; default: the one that attacks come from too. */
  readonly from?: string;
  /** Time a tap is answered in. */
  readonly deadlineMs: number;
  /** Taps made beforehand; when they are used up, it is quiet. */
  readonly taps?: number;
  readonly intervalMs?: number;
}

/** How much longer than its deadline an answer may be under way on a machine that others use too. */
const SLACK_MS = 1_000;
const PATIENCE_MS = 60_000;

export class HonestGate {
  readonly #worker: Worker;
  readonly #lateMs: number;

  private constructor(worker: Worker, lateMs: number) {
    this.#worker = worker;
    this.#lateMs = lateMs;
  }

  /** Connects. Rejects when the gateway does not take it. */
  static async connect(gateway: GatewayUnderTest, options: HonestOptions): Promise<HonestGate> {
    const { deviceId = 'gate-1', from = '127.0.0.1', deadlineMs, taps = 1_000, intervalMs = 40 } = options;
    const { city } = gateway;
    const cards = goodCards(city, 'rsa');
    const presentations = Array.from({ length: taps }, (_, i) => ({
      ...chipTapOf(city, cards[i % cards.length] as number).binary,
      scene: SCENE,
      deadline_ms: deadlineMs,
    }));
    const worker = new Worker(ENTRY, {
      workerData: {
        target: gateway.target(deviceId),
        from,
        presentations,
        intervalMs,
        patienceMs: PATIENCE_MS,
      } satisfies HonestWork,
    });
    // Rejects with what the thread throws.
    await once(worker, 'message');
    return new HonestGate(worker, deadlineMs + SLACK_MS);
  }

  start(): void {
    this.#worker.postMessage('start');
  }

  /** Ends it; resolves with the ledger once every tap was answered or given up. */
  async stop(): Promise<HonestLedger> {
    const said = once(this.#worker, 'message');
    this.#worker.postMessage('stop');
    const [message] = (await said) as [FromHonest];
    return new HonestLedger(message.kind === 'taps' ? message.taps : [], this.#lateMs);
  }
}

export class HonestLedger {
  readonly taps: readonly HonestTap[];
  /** What was not decided, or decided too late: empty when no tap was harmed. */
  readonly harm: readonly string[];

  constructor(taps: readonly HonestTap[], lateMs: number) {
    this.taps = taps;
    this.harm = taps.flatMap(({ kind, code, tookMs }, seq) => {
      if (kind !== 'decision') return [`tap ${seq}: ${kind} ${code}`];
      return tookMs !== null && tookMs > lateMs ? [`tap ${seq}: ${Math.round(tookMs)} ms`] : [];
    });
  }

  get slowestMs(): number {
    return Math.max(0, ...this.taps.map(({ tookMs }) => tookMs ?? Number.POSITIVE_INFINITY));
  }
}
