/** The disk as the composed gateway sees it: short, full, and with room again, by what a test says is free. */
import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DATA_FILE } from '../../gateway/journal/data-file-ahead.ts';
import { filledJournal } from '../outage/filled-journal.rig.ts';
import { becomes } from '../outage/outage.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { type ComposedGateway, composeOnly, startComposed } from './composed-gateway.rig.ts';

const MIB = 1_048_576;
const RESERVE_BYTES = 64 * MIB;
let composed: ComposedGateway;
let free: () => Promise<number>;
let seq = 0;

beforeEach(() => {
  free = async () => 1_024 * MIB;
});
afterEach(() => composed.stop());

const start = async () => {
  composed = await startComposed({ gateway: { freeDiskBytes: () => free() } });
};
const dataFile = () => join(composed.dataFolder, 'journal', DATA_FILE);

test('the disk is full: taps are refused, readiness, metrics and log say so, and the same tap passes when there is room', async () => {
  free = async () => RESERVE_BYTES - 1;
  await start();
  await diskBecomes('full');
  expect(await ready()).toMatchObject({ status: 503, checks: { disk_free_bytes: RESERVE_BYTES - 1 } });
  const tap = { scene: '29/entry', ...shown() };
  const client = await PlainClient.connect(composed.target());
  const refused = await client.tap(1, tap);
  expect(refused.message).toMatchObject({ t: 'refusal', code: 'tap.journal_unavailable', retry: true });
  expect(await metric('onecard_disk_state{state="full"}')).toBe(1);
  expect(await metric('onecard_disk_free_bytes')).toBe(RESERVE_BYTES - 1);
  const said = composed.logLines.find(({ msg }) => String(msg).startsWith('the disk is full'));
  expect(said).toMatchObject({
    level: 'error',
    free_bytes: RESERVE_BYTES - 1,
    disk_reserve_bytes: RESERVE_BYTES,
  });

  free = async () => 1_024 * MIB;
  await diskBecomes('ok');
  expect((await client.tap(1, tap)).message).toMatchObject({ t: 'decision', code: 'allow.good' });
  expect(await ready()).toMatchObject({ status: 200 });
  expect(await metric('onecard_disk_state{state="full"}')).toBe(0);
  expect(composed.logLines.map(({ msg }) => msg)).toContain('there is room on the disk again');
  await client.bye();
});

test('the disk is short: taps go on in the room that the file has, which was made before it was needed', async () => {
  await start();
  await becomes(
    'the file is ahead',
    () => statSync(dataFile()).size,
    (bytes) => bytes >= 4 * MIB,
  );
  free = async () => 0;
  await diskBecomes('short');
  const lengthBytes = statSync(dataFile()).size;
  const client = await PlainClient.connect(composed.target());
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => client.tap(i + 1, { scene: '29/entry', ...shown() })),
  );
  expect(new Set(answers.map(({ message }) => message['t']))).toEqual(new Set(['decision']));
  expect(await ready()).toMatchObject({ status: 200, checks: { disk: 'short', disk_free_bytes: 0 } });
  expect(statSync(dataFile()).size).toBe(lengthBytes);
  await client.bye();
});

test('the disk is short and the file is full: what the platform has confirmed gives way, and taps go on', async () => {
  composed = await composeOnly({
    settings: { journal: { ahead_bytes: MIB / 4 } },
    gateway: { freeDiskBytes: () => free() },
  });
  await filledJournal(join(composed.dataFolder, 'journal'), 8 * MIB, Date.now() - 86_400_000);
  await composed.start();
  await diskBecomes('ok');
  free = async () => 0;
  await becomes(
    'it was full',
    () => composed.logLines.some(({ msg }) => String(msg).startsWith('the disk is full')),
    (full) => full,
  );
  await diskBecomes('short');
  const lengthBytes = statSync(dataFile()).size;
  const client = await PlainClient.connect(composed.target());
  const { message } = await client.tap(1, { scene: '29/entry', ...shown() });
  expect(message).toMatchObject({ t: 'decision', code: 'allow.good' });
  await client.bye();
  expect(statSync(dataFile()).size).toBe(lengthBytes);
});

test('just more free than the reserve is not yet room again: the state does not flap', async () => {
  free = async () => RESERVE_BYTES / 2;
  await start();
  await diskBecomes('full');
  let looks = 0;
  free = async () => {
    looks += 1;
    // Enough for the file to be written ahead, and then still more than the reserve.
    return RESERVE_BYTES + 7 * MIB;
  };
  await becomes(
    'it was looked at again',
    () => looks,
    (seen) => seen > 2,
  );
  expect((await ready()).checks).toMatchObject({ disk: 'full' });
  expect(composed.logLines.map(({ msg }) => msg)).not.toContain('there is room on the disk again');
});

test('what was written ahead is zeros, and a stopped gateway starts on it and knows its records', async () => {
  await start();
  const stream = randomBytes(16);
  const client = await PlainClient.connect(composed.target(), stream);
  const tap = { scene: '29/entry', ...shown() };
  const first = await client.tap(7, tap);
  await becomes(
    'the file is ahead',
    () => statSync(dataFile()).size,
    (bytes) => bytes >= 4 * MIB,
  );
  await client.bye();
  await composed.stopGateway();
  const tail = readFileSync(dataFile()).subarray(-2 * MIB);
  expect(tail.every((byte) => byte === 0)).toBe(true);
  await composed.start();
  const again = await PlainClient.connect(composed.target(), stream);
  expect((await again.tap(7, tap)).frame).toEqual(first.frame);
  await again.bye();
});

function shown(): object {
  const { city } = composed;
  const cards = goodCards(city, 'sm2');
  seq += 1;
  return rideCodeOf(city, cards[seq % cards.length] ?? 0, {
    nowMs: Date.now() - seq * 1_000,
    validity_s: 600,
  }).binary;
}

async function ready(): Promise<{ status: number; checks: Readonly<Record<string, unknown>> }> {
  const response = await fetch(`${composed.address.admin}/readyz`);
  const { checks } = (await response.json()) as { checks: Readonly<Record<string, unknown>> };
  return { status: response.status, checks };
}

async function diskBecomes(state: string): Promise<void> {
  await becomes(
    `the disk becomes ${state}`,
    async () => (await ready()).checks['disk'],
    (seen) => seen === state,
  );
}

async function metric(sample: string): Promise<number> {
  const text = await (await fetch(`${composed.address.admin}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return Number(line?.slice(sample.length + 1));
}
