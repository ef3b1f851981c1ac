/**
 * Entry of the thread in which simulated gateways ask the store: each has a connection of its own, and asks by the modules that a
 * real one asks by. Beside them the baseline: the same commands by the least a client can be.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClusterKeys, KEY_USES } from '../../gateway/cluster/cluster-keys.ts';
import { StoreClient } from '../../gateway/cluster/store/connect-store.ts';
import { Store } from '../../gateway/cluster/store/store.ts';
import { storeNames, tapMark } from '../../gateway/cluster/store/store-names.ts';
import { type Taken, Taking } from '../../gateway/cluster/store/taking.ts';
import type { TapId } from '../../gateway/verification.ts';
import { type Ask, askOpenLoop } from './ask-open-loop.ts';
import type { CitySide, LoadOrder, QuestionFigures } from './city-orders.ts';
import { drawQuestions, type Questions, type Told } from './questions.ts';
import { RespConnection } from './resp-connection.ts';
import { serveOrders, sideData } from './side-thread.ts';

/** As `cluster.store` is by default. */
const STORE = { deadline_ms: 5, waiting_max: 16_384, breaker_failures: 32, breaker_open_ms: 500 } as const;
const OPENED_AT_ONCE = 50;
/** As long as a ride code is remembered. */
const REMEMBERED_MS = 600_000;

const side = sideData<CitySide>();
const [replay, token, budget, registry] = KEY_USES.map(() => new Uint8Array(randomBytes(32)));
if (!replay || !token || !budget || !registry) throw new Error('a key of a cluster has four uses');
const keys: ClusterKeys = [
  { id: '0bec4000', profile: 'international', of: { replay, token, budget, registry } },
];

const CRYPTO = { profile: 'international', changing_over: false } as const;

class GatewayAtStore {
  readonly #store: Store;
  readonly #client: StoreClient;
  readonly taking: Taking;

  constructor() {
    this.#client = new StoreClient(
      { ...STORE, urls: [side.store] },
      { there: () => {}, away: () => {}, unfit: () => {} },
    );
    // Answers behind the deadline count as late here, and the breaker stays closed, so that each question is asked.
    const bounds = { ...STORE, breaker_failures: Number.POSITIVE_INFINITY };
    const events = { answered: () => {}, late: () => {}, failed: () => {}, refused: () => {} };
    this.#store = new Store(this.#client, bounds, events);
    this.taking = new Taking({
      store: this.#store,
      cluster: side.cluster,
      keys,
      crypto: CRYPTO,
      now: Date.now,
    });
  }

  connected(): Promise<void> {
    return this.#client.firstTry();
  }

  close(): void {
    this.#store.close();
  }
}

const gateways: GatewayAtStore[] = [];
let floor: RespConnection | null = null;
let turn = 0;
let questions: Questions = drawQuestions({ seed: side.seed, seconds: 0, ratePerS: 1, gateways: 1 });

async function open(): Promise<void> {
  for (let at = 0; at < side.gateways; at += OPENED_AT_ONCE) {
    const more = Array.from(
      { length: Math.min(OPENED_AT_ONCE, side.gateways - at) },
      () => new GatewayAtStore(),
    );
    gateways.push(...more);
    await Promise.all(more.map((gateway) => gateway.connected()));
  }
  floor = await RespConnection.open(side.store);
}

/** Draws what the next load asks. No two loads show the same presentations. */
async function prepare({ seconds, traffic }: Pick<LoadOrder, 'seconds' | 'traffic'>): Promise<void> {
  turn += 1;
  const seed = `${side.seed} ${turn}`;
  questions = drawQuestions({ seed, seconds, ratePerS: traffic.questions, gateways: side.gateways });
}

async function load({ startAtMs }: LoadOrder): Promise<QuestionFigures> {
  const untilMs = Date.now() + REMEMBERED_MS;
  return await askOpenLoop(questions, startAtMs, (n, done) => {
    const wanted = { names: [questions.names[n] as Uint8Array], untilMs, tap: tapOf(n), card: null };
    gateways[questions.gateways[n] ?? 0]?.taking.takeAll([wanted], ([taken]) => done(toldBy(taken)));
  });
}

/** Such questions by one connection that does nothing else. */
async function baseline({ startAtMs }: LoadOrder): Promise<QuestionFigures> {
  const connection = floor;
  if (connection === null) throw new Error('the store is not open');
  const names = storeNames(side.cluster);
  const ask: Ask = (n, done) => {
    const mark = tapMark(tapOf(n), 'SHA-256');
    const name = names.showing(questions.names[n] as Uint8Array);
    connection.send(['SET', name, mark, 'NX', 'GET', 'PX', String(REMEMBERED_MS)], (answer) =>
      done(answer.startsWith('$-1') ? 'first' : answer.includes(mark) ? 'same' : 'seen'),
    );
  };
  return await askOpenLoop(questions, startAtMs, ask);
}

/** A tap that is sent again at another gateway is of the device that it was of. */
function tapOf(n: number): TapId {
  const seq = questions.taps[n] ?? 0;
  return { deviceId: `gate-${seq % DEVICES}`, stream: STREAM, seq };
}
const DEVICES = 4_096;
const STREAM = '0123456789abcdef0123456789abcdef';

function toldBy(taken: Taken | undefined): Told | null {
  const showing = taken?.showing;
  return showing === 'first' || showing === 'same' || showing === 'seen' ? showing : null;
}

/** Without questions: what the connections take by themselves. */
async function idle({ seconds, startAtMs }: LoadOrder): Promise<{ readonly cpuUs: number }> {
  const before = process.threadCpuUsage();
  await sleep(startAtMs + seconds * 1_000 - Date.now());
  const { user, system } = process.threadCpuUsage(before);
  return { cpuUs: user + system };
}

serveOrders({
  open,
  prepare,
  load,
  baseline,
  idle,
  close: async () => {
    for (const gateway of gateways) gateway.close();
    floor?.close();
  },
});
