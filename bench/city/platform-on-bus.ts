/**
 * Entry of the thread of the platform's side: it signs and publishes deltas, reads journals by its own cursor and confirms each
 * upload, as the platform does. It keeps nothing: what its disk and its detection take is no part of this.
 */
import { generateKeyPairSync, hash, randomBytes, sign } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { OwnCursor } from '../../gateway/cluster/bus/own-cursor.ts';
import { packChanges } from '../../lists/delta-changes.ts';
import { LIST_KEY_BYTES } from '../../lists/list-handle.ts';
import { openPlatformBus, type PlatformBus } from '../../platform/bus/platform-bus.ts';
import { CardChain } from '../../platform/lists/card-chain.ts';
import type { CitySide, LoadOrder, PlatformFigures } from './city-orders.ts';
import { serveOrders, sideData } from './side-thread.ts';
import { readUpload } from './upload-head.ts';

const OPEN_MS = 30_000;
/** Cards that one delta changes. */
const DELTA_CARDS = 100;
const HOUR_MS = 3_600_000;

const side = sideData<CitySide>();
const nowMs = () => performance.timeOrigin + performance.now();
const { privateKey } = generateKeyPairSync('ed25519');
const chain = new CardChain(
  {
    profile: 'international',
    signer: () => ({ kid: 'bench', sign: async (payload, typ) => jws(payload, typ) }),
    ...{ now: Date.now, fresh_ms: HOUR_MS, stale_ms: 24 * HOUR_MS, kept: 1 },
  },
  { generation: '0'.repeat(32), revision: 1, chainHash: '0'.repeat(64) },
);
/** By gateway: the position that its next upload begins with. */
const expected = new Map<string, number>();
let platform: PlatformBus | null = null;
let journals: OwnCursor | null = null;
let counts = { uploads: 0, records: 0, outOfOrder: 0, words: 0 };

function jws(payload: Uint8Array, typ: string): string {
  const part = (bytes: string | Uint8Array) => Buffer.from(bytes as Uint8Array).toString('base64url');
  const input = `${part(Buffer.from(JSON.stringify({ alg: 'EdDSA', kid: 'bench', typ })))}.${part(payload)}`;
  return `${input}.${sign(null, Buffer.from(input), privateKey).toString('base64url')}`;
}

function heard(): void {
  counts.words += 1;
}

async function open(): Promise<void> {
  const fault = { last: null as Error | null };
  const opened = openPlatformBus({ cluster: side.cluster, servers: [side.bus] }, Date.now, (error) => {
    fault.last = error;
  });
  platform = opened;
  await new Promise<void>((resolve, reject) => {
    opened.attend(() => resolve());
    setTimeout(() => reject(fault.last ?? new Error('the bus does not answer')), OPEN_MS).unref();
  });
  const { bus, names } = opened;
  opened.attend(({ connection }) => {
    connection.subscribe(names.everyHealth, { callback: () => heard() });
  });
  journals = new OwnCursor({
    ...{ bus, stream: names.journals, subjects: [names.everyJournal], place: null, beginsAt: 'first' },
    take: (message) => confirm(opened, message),
    keep: () => {},
    onFault: (error) => {
      fault.last = error;
    },
  });
}

interface Taken {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly sequence: number;
}

let made = '';

/** One word for each upload; what it is published with is not waited for. */
async function confirm({ names, bus }: PlatformBus, { subject, data, sequence }: Taken): Promise<void> {
  const { session } = bus;
  if (session === null) return;
  if (made === '') made = String((await session.manager.streams.info(names.journals)).created);
  const { gateway, first, records } = readUpload(data);
  counts.uploads += 1;
  counts.records += records;
  if ((expected.get(gateway) ?? first) !== first) counts.outOfOrder += 1;
  expected.set(gateway, first + records);
  const sha256 = hash('sha256', Buffer.concat([Buffer.from(`${subject}\n`), data]), 'base64url');
  const answer = { accepted: records, duplicates: 0 };
  const word = { gateway, made, through: sequence, answers: [{ sequence, sha256, status: 200, answer }] };
  session.connection.publish(names.confirm(gateway), JSON.stringify(word));
}

async function load({ seconds, startAtMs, traffic }: LoadOrder): Promise<PlatformFigures> {
  counts = { uploads: 0, records: 0, outOfOrder: 0, words: 0 };
  const endAtMs = startAtMs + seconds * 1_000;
  const published: [sequence: number, atMs: number][] = [];
  let deltaBytes = 0;
  await sleep(startAtMs - nowMs());
  const before = process.threadCpuUsage();
  for (let n = 0; ; n += 1) {
    const dueMs = traffic.deltas === 0 ? endAtMs : startAtMs + ((n + 0.5) * 1_000) / traffic.deltas;
    await sleep(Math.min(dueMs, endAtMs) - nowMs());
    if (dueMs >= endAtMs) break;
    const [link] = await chain.sign([changes()]);
    const session = platform?.bus.session;
    if (link === undefined || session == null || platform === null) throw new Error('the bus is cut');
    chain.commit([link]);
    // From the time it was meant for, and not from when the machine came to it.
    const { seq } = await session.jetstream.publish(platform.names.deltas, link.jws);
    published.push([seq, dueMs]);
    deltaBytes = link.jws.length;
  }
  const { user, system } = process.threadCpuUsage(before);
  return { ...counts, published, deltaBytes, cpuUs: user + system };
}

function changes(): Uint8Array {
  const cards = Array.from({ length: DELTA_CARDS }, () => ({
    key: randomBytes(LIST_KEY_BYTES),
    state: 'lost' as const,
    entitlements: 0,
  }));
  return packChanges(cards);
}

serveOrders({
  open,
  load,
  close: async () => {
    await journals?.close();
    await platform?.close();
  },
});
