/**
 * The log of the journal in the composed gateway: what an insider with the data folder does to the records, the tree or
 * the checkpoints ends the next start with a sentence; a crash does not.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readCheckpoints } from '../../gateway/journal/log/checkpoint-file.ts';
import { CHECKPOINT_KEY_FILE, checkpointKeyFileOf } from '../../gateway/journal/log/checkpoint-key.ts';
import { TEST_PROFILE } from '../crypto-profile.rig.ts';
import { PlainClient } from '../protocol/plain-client.rig.ts';
import { goodCards, rideCodeOf } from '../system/presentations.rig.ts';
import { insider } from '../unit/gateway/journal/log/insider.rig.ts';
import { type ComposedGateway, startComposed } from './composed-gateway.rig.ts';

let composed: ComposedGateway;

afterEach(() => composed.stop());

const notes = () => readCheckpoints(join(composed.dataFolder, 'journal', 'log', 'checkpoints'));
const journal = () => join(composed.dataFolder, 'journal');

/** Ride codes at a gate; each becomes a record. */
async function tap(count: number, from = 1): Promise<void> {
  const client = await PlainClient.connect(composed.target());
  const [card = 0] = goodCards(composed.city, 'sm2');
  for (let seq = from; seq < from + count; seq += 1) {
    await client.tap(seq, { scene: '29/entry', ...rideCodeOf(composed.city, card).binary });
  }
  await client.bye();
}

async function startRefused(): Promise<string> {
  const refusal = await composed.start().then(
    () => 'it started',
    (error: Error) => error.message,
  );
  return refusal;
}

test('a journal that was stopped ends with a checkpoint of every record, and goes on from there', async () => {
  composed = await startComposed();
  await tap(12);
  await composed.stopGateway();
  expect(notes().at(-1)).toMatchObject({ size: 12, isStop: true, gatewayId: 'gw-test' });
  await composed.start();
  expect(notes().at(-1)).toMatchObject({ size: 12, isStop: false });
  await tap(3, 13);
  await composed.stopGateway();
  expect(notes().at(-1)).toMatchObject({ size: 15, isStop: true });
});

const ATTACKS: readonly (readonly [string, string, RegExp])[] = [
  [
    'a record is changed and its checksum made right',
    'change 5',
    /position 5 is not the one that the checkpoint/,
  ],
  [
    'the newest five are cut off',
    'cut 5',
    /up to position 12, and the newest that is there is 7: 5 are missing/,
  ],
  ['a record is taken out', 'remove 5', /damaged or missing \(position 5\)/],
  ['a record is put in between', 'insert 5', /1 records stand behind it: somebody put them there/],
  ['a record is put behind the last', 'append', /1 records stand behind it: somebody put them there/],
  [
    'a record and all hashes are changed alike',
    'change 5 with hashes',
    /a record up to position 12 is not the one/,
  ],
];

test('the start is refused when a record was changed, cut off, taken out or put in, checksums made right', async () => {
  composed = await startComposed();
  await tap(12);
  await composed.stopGateway();
  const before = mkdtempSync(join(tmpdir(), 'onecard-before-'));
  cpSync(journal(), before, { recursive: true });
  for (const [attack, action, sentence] of ATTACKS) {
    await insider(journal(), action);
    expect(await startRefused(), attack).toMatch(sentence);
    rmSync(journal(), { recursive: true });
    cpSync(before, journal(), { recursive: true });
  }
  rmSync(before, { recursive: true });
  await composed.start();
});

test('the checkpoints are removed, or the whole log: the start is refused', async () => {
  composed = await startComposed();
  await tap(3);
  await composed.stopGateway();
  const log = join(journal(), 'log');
  writeFileSync(join(log, 'checkpoints'), '');
  expect(await startRefused()).toMatch(/log\/checkpoints is empty/);
  rmSync(join(log, 'checkpoints'));
  expect(await startRefused()).toMatch(/its checkpoints are missing/);
  rmSync(log, { recursive: true });
  expect(await startRefused()).toMatch(/its checkpoints are missing/);
});

test('another key takes the place of the checkpoint key: the start is refused', async () => {
  composed = await startComposed();
  await tap(3);
  await composed.stopGateway();
  const file = checkpointKeyFileOf(join(composed.dataFolder, CHECKPOINT_KEY_FILE), TEST_PROFILE);
  const pem = readFileSync(file);
  rmSync(file);
  expect(await startRefused()).toMatch(/the key of its checkpoints is missing/);
  await insider(journal(), `key ${file}`);
  expect(await startRefused()).toMatch(/was not signed with the key in/);
  writeFileSync(file, pem);
  await composed.start();
});

test('an older data file is put back: the start is refused, since checkpoints are ahead of it', async () => {
  composed = await startComposed();
  await tap(4);
  await composed.stopGateway();
  const older = mkdtempSync(join(tmpdir(), 'onecard-older-'));
  cpSync(join(journal(), 'data.mdb'), join(older, 'data.mdb'));
  await composed.start();
  await tap(4, 5);
  await composed.stopGateway();
  cpSync(join(older, 'data.mdb'), join(journal(), 'data.mdb'));
  rmSync(older, { recursive: true });
  expect(await startRefused()).toMatch(/up to position 8, and the newest that is there is 4: 4 are missing/);
});

test('hashes are torn or gone, as a crash of the machine leaves them: they are made anew from the records', async () => {
  composed = await startComposed();
  await tap(9);
  await composed.stopGateway();
  const leaves = join(journal(), 'log', 'leaves-00000000');
  writeFileSync(leaves, readFileSync(leaves).fill(0, 64, 128));
  await composed.start();
  await composed.stopGateway();
  expect(readFileSync(leaves).subarray(64, 128).equals(Buffer.alloc(64))).toBe(false);
  rmSync(leaves);
  await composed.start();
  await composed.stopGateway();
  expect(existsSync(leaves)).toBe(true);
  expect(notes().at(-1)).toMatchObject({ size: 9, isStop: true });
});

test('the last checkpoints were not written when the process died: the log goes on from the records', async () => {
  composed = await startComposed({ settings: { journal: { checkpoint_ms: 600_000 } } });
  await tap(6);
  const folder = mkdtempSync(join(tmpdir(), 'onecard-crashed-'));
  cpSync(journal(), folder, { recursive: true });
  await composed.stopGateway();
  rmSync(journal(), { recursive: true });
  cpSync(folder, journal(), { recursive: true });
  rmSync(folder, { recursive: true });
  expect(notes().map(({ size }) => size)).toEqual([0]);
  await composed.start();
  expect(notes().map(({ size, isStop }) => [size, isStop])).toEqual([
    [0, false],
    [6, false],
  ]);
});

test.each(['commit', 'none'])('durability %s: a checkpoint covers what is on disk', async (durability) => {
  composed = await startComposed({ settings: { journal: { durability } } });
  await tap(7);
  await composed.stopGateway();
  expect(notes().at(-1)).toMatchObject({ size: 7, isStop: true });
  await composed.start();
});
