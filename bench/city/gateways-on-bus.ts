/**
 * Entry of the thread in which simulated gateways speak on the bus: each has a connection of its own, its own cursor on the
 * stream of lists, and uploads as the link of a real gateway has them. What they do not have is what a gateway does with it:
 * no signature is verified, no list is kept, no journal is written.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { busOptions } from '../../gateway/cluster/bus/bus-options.ts';
import { type Bus, openBus } from '../../gateway/cluster/bus/connect.ts';
import { OwnCursor } from '../../gateway/cluster/bus/own-cursor.ts';
import { busNames } from '../../gateway/cluster/bus/subjects.ts';
import { BusUploads } from '../../gateway/outbox/bus/bus-uploads.ts';
import { uploadBody } from '../../gateway/outbox/upload-body.ts';
import { latencyHistogram, latencyOf } from '../report/latency.ts';
import type { CitySide, GatewaysOnBusFigures, LoadOrder } from './city-orders.ts';
import { sampleRecords } from './sample-records.ts';
import { serveOrders, sideData } from './side-thread.ts';
import { ticksOf, UPLOAD_IDLE_MS, UPLOAD_RECORDS } from './upload-pace.ts';

const US_PER_MS = 1_000;
const OPENED_AT_ONCE = 50;
const OPEN_MS = 60_000;
const SETTLE_MS = 10_000;
const DELTAS_SETTLE_MS = 1_000;
const FAULTS_MAX = 8;
const WORD_MS = 1_000;

const side = sideData<CitySide>();
const names = busNames(side.cluster);
const records = sampleRecords();
const nowMs = () => performance.timeOrigin + performance.now();
const faults = new Set<string>();
const onFault = (error: Error) => {
  if (faults.size < FAULTS_MAX) faults.add(error.message);
};

/** When each delta reached each gateway: by its sequence in the stream. */
const deltas = new Map<number, number[]>();

class GatewayOnBus {
  readonly #id: string;
  readonly #bus: Bus;
  readonly #lists: OwnCursor;
  readonly #uploads: BusUploads;
  readonly #word: Uint8Array;
  #position = 0;

  constructor(at: number) {
    this.#id = gatewayName(at);
    this.#bus = openBus(
      busOptions(
        this.#id,
        { servers: [side.bus], ping_ms: 1_000, reconnect_ms: 300, ...BUS_DEFAULTS },
        nowMs,
      ),
    );
    this.#lists = new OwnCursor({
      bus: this.#bus,
      stream: names.lists,
      place: null,
      beginsAt: 'end',
      take: ({ sequence }) => {
        const seen = deltas.get(sequence);
        if (seen) seen.push(nowMs());
        else deltas.set(sequence, [nowMs()]);
      },
      keep: () => {},
      onFault,
    });
    this.#uploads = new BusUploads({
      ...{ bus: this.#bus, names, gatewayId: this.#id, profile: 'international', onFault },
      bounds: { records: UPLOAD_RECORDS, messageBytes: 262_144, messages: 4, bytes: 1_048_576 },
      sealKeys: () => null,
    });
    this.#word = wordOf(this.#id);
  }

  get follows(): boolean {
    return this.#lists.state.follows && this.#bus.state.reachable;
  }

  /** Uploads of so many records a second, as an outbox sends them. Returns how many were confirmed. */
  async uploads(
    perS: number,
    { startAtMs, endAtMs }: Span,
    done: (ms: number, records: number) => void,
  ): Promise<void> {
    const ticks = ticksOf(perS, this.#phase);
    await sleep(startAtMs - nowMs() + this.#phase * UPLOAD_IDLE_MS);
    for (let idleMs = 0; nowMs() < endAtMs; await sleep(idleMs)) {
      const count = ticks.due(nowMs() - startAtMs);
      idleMs = count === UPLOAD_RECORDS ? 0 : UPLOAD_IDLE_MS;
      if (count === 0) continue;
      const first = this.#position + 1;
      this.#position += count;
      const body = uploadBody(this.#id, { epoch: EPOCH, first, records: records.slice(0, count) });
      const request = { path: '/v1/journal', packed: body, name: `${EPOCH}:${first}-${this.#position}` };
      const message = this.#uploads.messageOf({ ...request, maxBytes: ANSWER_BYTES, sealKeys: NO_KEYS });
      if (message === null) throw new Error('records go by the stream');
      const sentAtMs = nowMs();
      await this.#uploads.send(message, AbortSignal.timeout(Math.ceil(endAtMs - sentAtMs + SETTLE_MS)));
      done(nowMs() - sentAtMs, count);
    }
  }

  /** One word a second about itself. Returns how many. */
  async words({ startAtMs, endAtMs }: Span): Promise<number> {
    let sent = 0;
    await sleep(startAtMs - nowMs() + this.#phase * WORD_MS);
    for (; nowMs() < endAtMs; await sleep(WORD_MS)) {
      this.#bus.session?.connection.publish(names.health(this.#id), this.#word);
      sent += 1;
    }
    return sent;
  }

  async close(): Promise<void> {
    await this.#uploads.close();
    await this.#lists.close();
    await this.#bus.close();
  }

  /** Gateways do not act in step. */
  get #phase(): number {
    return (Number(this.#id.slice(3)) * 0.618_034) % 1;
  }
}

interface Span {
  readonly startAtMs: number;
  readonly endAtMs: number;
}

const EPOCH = '00000000000000000000000000000001';
const ANSWER_BYTES = 4_096;
const NO_KEYS = new Map();
const BUS_DEFAULTS = { upload_records: UPLOAD_RECORDS, fallback_ms: 10_000, message_bytes: 262_144 } as const;
const gateways: GatewayOnBus[] = [];

function gatewayName(at: number): string {
  return `gw-${at}`;
}

/** As long as a gateway's word is. */
function wordOf(id: string): Uint8Array {
  return Buffer.from(JSON.stringify({ gateway: id, said: 'x'.repeat(WORD_BYTES) }));
}
const WORD_BYTES = 600;

async function open(): Promise<void> {
  for (let at = 0; at < side.gateways; at += OPENED_AT_ONCE) {
    const more = Math.min(OPENED_AT_ONCE, side.gateways - at);
    for (let n = 0; n < more; n += 1) gateways.push(new GatewayOnBus(at + n));
    await until(() => gateways.every(({ follows }) => follows));
  }
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + OPEN_MS;
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`gateways do not follow the bus: ${[...faults].join('; ')}`);
    await sleep(20);
  }
}

async function load({
  seconds,
  startAtMs,
  traffic,
  uploading: many,
}: LoadOrder): Promise<GatewaysOnBusFigures> {
  const span = { startAtMs, endAtMs: startAtMs + seconds * 1_000 };
  const confirmed = latencyHistogram();
  const counts = { messages: 0, records: 0, unconfirmed: 0 };
  deltas.clear();
  const before = process.threadCpuUsage();
  const uploading =
    traffic.records === 0
      ? []
      : gateways.slice(0, many).map((gateway) =>
          gateway
            .uploads(traffic.records / many, span, (ms, sent) => {
              confirmed.recordValue(Math.max(1, Math.round(ms * US_PER_MS)));
              counts.messages += 1;
              counts.records += sent;
            })
            .catch((error: Error) => {
              counts.unconfirmed += 1;
              onFault(error);
            }),
        );
  const speaking = traffic.words === 0 ? [] : gateways.map((gateway) => gateway.words(span));
  await sleep(span.endAtMs - nowMs());
  // What comes after the end is not counted: what was used by then is.
  const { user, system } = process.threadCpuUsage(before);
  await Promise.all(uploading);
  if (traffic.deltas > 0) await sleep(DELTAS_SETTLE_MS);
  const words = (await Promise.all(speaking)).reduce((sum, sent) => sum + sent, 0);
  return {
    ...counts,
    ...{ words, confirmed: latencyOf(confirmed), taken: [...deltas], faults: [...faults] },
    cpuUs: user + system,
  };
}

serveOrders({
  open,
  load,
  close: async () => {
    await Promise.all(gateways.map((gateway) => gateway.close()));
  },
});
