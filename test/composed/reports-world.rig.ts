/** A composed gateway with a document of its own, at which people of a city have shown cards over a night. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { chipTapOf, goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, startComposed, TestClocks } from './composed-gateway.rig.ts';
import { receiptDevice } from './receipts.rig.ts';

const HOUR_MS = 3_600_000;
const ALL_OPEN = {
  per_card: 1_000,
  per_device: 100_000,
  per_outage: 1_000_000,
  spent: 'deny',
  unlisted: 'allow',
};
const POLICY = {
  policy: 'everybody',
  families: ['transit-qr', 'chip-oda'],
  regions: ['cq'],
  unlisted: 'deny',
  list_too_old: 'allow',
  list_age_max_ms: 604_800_000,
  replayable_ms_max: 900_000,
  replay_window_ms: 60_000,
  live: 'never',
  not_covered: 'deny',
  stale: ALL_OPEN,
  closed: 'allow',
};
const direction = (passes: 'entry' | 'exit') => ({
  area: 'site',
  passes,
  out_of_turn: 'allow',
  inside_ms_max: 16 * HOUR_MS,
});
const scene = (name: string, point: 'gate' | 'desk', over: object = {}) => ({
  scene: name,
  service: Number(name.split('/')[0]),
  point,
  policy: 'everybody',
  ...over,
});
const DOCUMENT = {
  revision: 'reports',
  groups: [
    { group: 'senior', title: { zh: '老年人', en: 'Senior' }, from: [{ card_bit: 0 }] },
    { group: 'student', title: { zh: '学生', en: 'Student' }, from: [{ card_bit: 1 }] },
  ],
  policies: [POLICY],
  scenes: [
    scene('29/entry', 'gate'),
    // It asks for a group, so its decisions say it themselves.
    scene('29/exit', 'gate', { show: { groups: [{ group: 'senior', fare: 'none' }] } }),
    scene('30/door', 'gate'),
    scene('11/desk', 'desk'),
    scene('1/payout', 'desk', { receipts: ['disbursement'] }),
    scene('5/in', 'gate', { direction: direction('entry'), retention_days: 30 }),
    scene('5/out', 'gate', { direction: direction('exit'), retention_days: 30 }),
  ],
};
const DEVICES = [
  { deviceId: 'gate-1', class: 'gate', scenes: ['29/entry', '29/exit'] },
  { deviceId: 'door-1', class: 'gate', scenes: ['30/door'] },
  { deviceId: 'site-1', class: 'gate', scenes: ['5/in', '5/out'] },
  { deviceId: 'desk-1', class: 'desk', scenes: ['11/desk'] },
  { deviceId: 'fund-1', class: 'desk', scenes: ['1/payout'] },
] as const;

export interface ReportsWorld {
  readonly composed: ComposedGateway;
  /** For files of the test. */
  readonly folder: string;
  /** The city document, a JSON file. */
  readonly document: string;
  /** Evening of the night, 22:00 in Shanghai, milliseconds since 1970 UTC. */
  readonly eveningMs: number;
  /** 2026-11-29: the day that the evening is of. */
  readonly day: string;
  /** Cards in the order of what they did: the first worked all night, the second did not leave. */
  readonly cards: readonly number[];
  stop(): Promise<void>;
}

/** A receipt for each of these cards, of a fund that pays out. */
async function paidOut(composed: ComposedGateway, cards: readonly number[]): Promise<void> {
  const clients: PlainClient[] = [];
  const source = { http: composed.address.http, city: composed.city, target: composed.target };
  const fund = await receiptDevice(source, 'fund-1', clients);
  for (const [i, card] of cards.entries()) {
    const decision = await fund.decided('1/payout', card);
    const { status, body } = await fund.post({
      decision_id: decision,
      purpose: 'disbursement',
      reference: `subsidy-${i}`,
    });
    if (status !== 200 && status !== 201) throw new Error(`no receipt: ${JSON.stringify(body)}`);
  }
  for (const client of clients) await client.bye();
}

/** Of a night that is over, and within one year. */
function lastEvening(): string {
  const dayBefore = (days: number) =>
    new Date(Date.now() + 8 * HOUR_MS - days * 24 * HOUR_MS).toISOString().slice(0, 10);
  return dayBefore(2).endsWith('12-31') ? dayBefore(3) : dayBefore(2);
}

/** Another gateway of the same city, with a journal and a key of its own: the one who did not leave leaves here, at 07:00. */
export async function startOtherExit({ document, eveningMs, cards }: ReportsWorld): Promise<ComposedGateway> {
  const clocks = new TestClocks(eveningMs + 9 * HOUR_MS);
  const composed = await startComposed({
    clocks,
    platform: { now: clocks.now },
    city: { now: eveningMs, chips: 'sm2' },
    settings: { city: document },
    devices: DEVICES,
  });
  const client = await PlainClient.connect(composed.target('site-1'));
  const { message } = await client.tap(1, {
    scene: '5/out',
    ...chipTapOf(composed.city, cards[1] ?? -1).binary,
  });
  await client.bye();
  if (message['outcome'] !== 'allow') throw new Error(`not let out: ${message['code']}`);
  return composed;
}

/** Taps of 14 people at gates with their chips, 12 with ride codes, 3 at a desk, 2 at a building site, 2 at a fund. */
export async function startReportsWorld(): Promise<ReportsWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'onecard-reports-'));
  const document = join(folder, 'city.json');
  writeFileSync(document, JSON.stringify(DOCUMENT));
  const evening = lastEvening();
  const eveningMs = Date.parse(`${evening}T22:00:00+08:00`);
  const clocks = new TestClocks(eveningMs);
  const composed = await startComposed({
    clocks,
    platform: { now: clocks.now, dataDir: join(folder, 'platform') },
    city: { now: eveningMs, chips: 'sm2' },
    settings: { city: document },
    devices: DEVICES,
  });
  const { city } = composed;
  const cards = goodCards(city, 'sm2');
  const seqs = new Map<string, number>();
  const clients = new Map<string, PlainClient>();
  const tap = async (device: string, at: string, index: number, isCode = false) => {
    const client = clients.get(device) ?? (await PlainClient.connect(composed.target(device)));
    clients.set(device, client);
    const seq = (seqs.get(device) ?? 0) + 1;
    seqs.set(device, seq);
    const card = cards[index] ?? -1;
    const shown = isCode ? rideCodeOf(city, card, { nowMs: clocks.now() }) : chipTapOf(city, card);
    const { message } = await client.tap(seq, { scene: at, ...shown.binary });
    if (message['outcome'] !== 'allow') throw new Error(`card ${card} at ${at}: ${message['code']}`);
  };
  await tap('site-1', '5/in', 0);
  await tap('site-1', '5/in', 1);
  for (let index = 2; index < 16; index += 1) await tap('gate-1', '29/entry', index);
  clocks.pass(8 * HOUR_MS);
  await tap('site-1', '5/out', 0);
  for (let index = 2; index < 14; index += 1) await tap('gate-1', '29/exit', index, true);
  for (let index = 2; index < 5; index += 1) await tap('desk-1', '11/desk', index);
  for (const client of clients.values()) await client.bye();
  await paidOut(composed, [cards[2] ?? -1, cards[2] ?? -1, cards[3] ?? -1]);
  const stop = async () => {
    await composed.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { composed, folder, document, eveningMs, day: evening, cards, stop };
}
