/** A journal whose gateway changes the profile of its algorithms: the old tree is closed, a new one follows it. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type CryptoProfile, otherProfile } from '../../../../../config/crypto-settings.ts';
import { CryptoError } from '../../../../../crypto/crypto-error.ts';
import { openJournalReader } from '../../../../../gateway/journal/journal-reader.ts';
import { readCheckpoints } from '../../../../../gateway/journal/log/checkpoint-file.ts';
import { checkpointKeysInFiles } from '../../../../../gateway/journal/log/checkpoint-key.ts';
import { textOfKey } from '../../../../../gateway/journal/log/checkpoint-key-text.ts';
import { isSignedBy } from '../../../../../gateway/journal/log/checkpoint-signature.ts';
import { logFolder, treeFolder } from '../../../../../gateway/journal/log/hash-files.ts';
import { LogHashes } from '../../../../../gateway/journal/log/log-hashes.ts';
import { proveInclusion } from '../../../../../gateway/journal/log/prove-log.ts';
import { KEPT_HERE, verifyLog } from '../../../../../gateway/journal/log/verify-log.ts';
import { positionKey } from '../../../../../gateway/journal/record/record-keys.ts';
import { Checkpoints } from '../../../../../platform/journal/checkpoints.ts';
import { Leaves } from '../../../../../platform/journal/leaves.ts';
import { sampleRecords } from '../sample-records.rig.ts';
import { temporaryFolder } from '../temporary-folder.rig.ts';
import { closed, type Opened, opened, storedIn } from './opened-log.rig.ts';

const records = (first: number, count: number, profile: CryptoProfile) =>
  sampleRecords(first, count, { profile });
const notesIn = (dir: string) => readCheckpoints(join(logFolder(dir), 'checkpoints'));

/** 300 records in one profile, then as many in the other, and the log open in that. */
async function changedOver(dir: string, to: CryptoProfile): Promise<Opened> {
  const from = otherProfile(to);
  const before = await opened(dir, { profile: from });
  await before.journal.append(records(1, 300, from));
  await closed(before);
  const after = await opened(dir, { profile: to });
  await after.journal.append(records(301, 300, to));
  await after.log.checkpoint();
  return after;
}

test.each(['sm', 'international'] as const)('to %s: every record is proven, before and after', async (to) => {
  const dir = temporaryFolder();
  const { journal, log } = await changedOver(dir, to);
  const { newest, vouching } = log;
  if (!newest || !vouching) throw new Error('there are checkpoints');
  const [epoch, ...others] = journal.lineage.spans.map((span) => span.epoch);
  expect(others).toHaveLength(1);
  expect(journal.lineage.current).toMatchObject({ cause: 'profile', first: 301 });
  expect(vouching).toMatchObject({ epoch, size: 300, isStop: true, follows: null });
  expect(vouching.goesOn && textOfKey(vouching.goesOn)).toBe(log.publicKey);
  expect(newest).toMatchObject({
    ...{ epoch: journal.epoch, size: 600, begins: 301, tree: to === 'sm' ? 'SM3' : 'SHA-256' },
    follows: { epoch, size: 300, tree: vouching.tree, root: vouching.root },
  });
  const [own, former] = log.publicKeys;
  expect([own, former].map((key) => key && isSignedBy(vouching, key))).toEqual([false, true]);

  const reader = openJournalReader(dir);
  const folder = logFolder(dir);
  const storedAt = (position: number) => reader.records.get(positionKey(position)) ?? null;
  for (const position of [1, 256, 300, 301, 512, 600]) {
    const checkpoint = log.covering(position);
    if (!checkpoint) throw new Error('a checkpoint covers it');
    expect(checkpoint.size).toBe(position > 300 ? 600 : 300);
    const hashes = new LogHashes(treeFolder(folder, checkpoint), checkpoint.begins, checkpoint.tree);
    expect(proveInclusion(hashes, storedAt, position, checkpoint).record).not.toBeNull();
  }
  expect(log.covering(601)).toBeNull();
  const checkpoints = notesIn(dir).map((checkpoint) => ({ checkpoint, from: KEPT_HERE }));
  expect(verifyLog({ reader, folder, checkpoints })).toMatchObject({
    ...{ held: checkpoints.length, covered: 600, faultCount: 0 },
  });
  await reader.close();
  await closed({ journal, log });
  const again = await opened(dir, { profile: to });
  expect(again.log.newest).toMatchObject({ size: 600, begins: 301, epoch: journal.epoch });
  expect(again.journal.lineage.spans).toHaveLength(2);
  await closed(again);
});

test('there and back: three trees, and each record in its own', async () => {
  const dir = temporaryFolder();
  await closed(await changedOver(dir, 'sm'));
  const back = await opened(dir, { profile: 'international' });
  await back.journal.append(records(601, 50, 'international'));
  await back.log.checkpoint();
  expect(back.log.newest).toMatchObject({
    begins: 601,
    tree: 'SHA-256',
    follows: { size: 600, tree: 'SM3' },
  });
  expect([1, 301, 601].map((position) => back.log.covering(position)?.size)).toEqual([300, 600, 650]);
  const reader = openJournalReader(dir);
  const checkpoints = notesIn(dir).map((checkpoint) => ({ checkpoint, from: KEPT_HERE }));
  expect(verifyLog({ reader, folder: logFolder(dir), checkpoints })).toMatchObject({
    ...{ held: checkpoints.length, covered: 650, faultCount: 0 },
  });
  await reader.close();
  await closed(back);
});

test('a start that is cut off when the tree is closed goes on from there', async () => {
  const dir = temporaryFolder();
  const before = await opened(dir, { profile: 'international' });
  await before.journal.append(records(1, 5, 'international'));
  await closed(before);
  const keys = checkpointKeysInFiles(join(dir, 'checkpoint.key'));
  const failing = {
    ...keys,
    find: async (profile: CryptoProfile) => {
      const key = await keys.find(profile);
      if (key === null || profile === 'international') return key;
      return { ...key, sign: () => Promise.reject(new CryptoError('held_elsewhere', 'it is away')) };
    },
  };
  await keys.make('sm');
  const unsigned: string[] = [];
  const cut = opened(dir, {
    profile: 'sm',
    keys: failing,
    onUnsigned: ({ message }) => unsigned.push(message),
  });
  await expect(cut).rejects.toThrow('it is away');
  expect(unsigned).toEqual(['it is away']);
  expect(notesIn(dir).at(-1)).toMatchObject({ size: 5, tree: 'SHA-256', isStop: true });
  const after = await opened(dir, { profile: 'sm' });
  expect(after.log.newest).toMatchObject({ size: 5, begins: 6, tree: 'SM3' });
  expect(after.journal.lineage.spans).toHaveLength(2);
  expect(notesIn(dir).filter(({ goesOn }) => goesOn)).toHaveLength(1);
  await closed(after);
});

test('a record of before that was changed since is noticed by the proof of the tree that follows', async () => {
  const dir = temporaryFolder();
  const { journal, log } = await changedOver(dir, 'sm');
  const { newest } = log;
  if (!newest?.follows) throw new Error('it follows another');
  const reader = openJournalReader(dir);
  const root = Buffer.from(newest.follows.root);
  root[0] = (root[0] ?? 0) ^ 1;
  const other = { ...newest, follows: { ...newest.follows, root } };
  const checkpoints = [...notesIn(dir).filter(({ tree }) => tree === 'SHA-256'), other].map((checkpoint) => ({
    checkpoint,
    from: KEPT_HERE,
  }));
  expect(verifyLog({ reader, folder: logFolder(dir), checkpoints }).faults).toEqual([
    expect.stringMatching(/up to position 300 are not those that .*said by the tree that follows/),
  ]);
  await reader.close();
  await closed({ journal, log });
});

test('the platform follows: the last checkpoint of before vouches for the new key, and for no other', async () => {
  const dir = temporaryFolder();
  const { journal, log } = await changedOver(dir, 'sm');
  const [first = '', second = ''] = journal.lineage.spans.map(({ epoch }) => epoch);
  const before = new Leaves();
  before.keep(1, storedIn(journal).slice(0, 300));
  const after = new Leaves();
  after.forksFrom({ parent: before, first: 301 });
  after.keep(301, storedIn(journal, 301));
  const platform = await Checkpoints.open({
    ...{ folder: null, now: Date.now },
    leavesOf: (_, epoch) => (epoch === first ? before : after),
  });
  const [, former] = log.publicKeys;
  if (!former || !log.newest || !log.vouching) throw new Error('there are checkpoints');
  const [old] = notesIn(dir).filter(({ epoch, size }) => epoch === first && size === 300);
  const give = (key: string, checkpoint = '', more = {}) =>
    platform.accept({ gateway: 'gw-1', key, checkpoint, ...more });
  expect(await give(textOfKey(former), old?.text)).toMatchObject({ state: 'verified' });
  const { text } = log.newest;
  expect(await give(log.publicKey, text)).toEqual({ kind: 'refused' });
  expect(await give(log.publicKey, text, { before: old?.text })).toEqual({ kind: 'refused' });
  const vouched = { before: log.vouching.text };
  const stranger = checkpointKeysInFiles(join(dir, 'stranger.key'));
  const foreign = textOfKey((await stranger.make('sm')).publicKey);
  expect(await give(foreign, text, vouched)).toEqual({ kind: 'refused' });
  expect(await give(log.publicKey, text, vouched)).toMatchObject({ state: 'verified' });
  expect(log.newest.epoch).toBe(second);
  // From then on the former key is no more.
  expect(await give(textOfKey(former), old?.text.replace('time ', 'time 1'))).toEqual({ kind: 'refused' });
  const { key, former_keys, checkpoints } = platform.of('gw-1');
  expect([key, former_keys]).toEqual([log.publicKey, [textOfKey(former)]]);
  expect(checkpoints.map(({ state }) => state)).toEqual(['verified', 'verified', 'verified']);
  await closed({ journal, log });
});

test('whoever holds the key is away: checkpoints wait, and hashes are written all the same', async () => {
  const dir = temporaryFolder();
  const keys = checkpointKeysInFiles(join(dir, 'checkpoint.key'));
  const key = await keys.make('sm');
  let isAway = false;
  const unsigned: string[] = [];
  const held = {
    ...key,
    sign: (body: Uint8Array) =>
      isAway ? Promise.reject(new CryptoError('held_elsewhere', 'it is away')) : key.sign(body),
  };
  const { journal, log } = await opened(dir, {
    profile: 'sm',
    keys: { ...keys, find: async () => held },
    checkpointMs: 5,
    onUnsigned: ({ message }) => unsigned.push(message),
  });
  isAway = true;
  await journal.append(records(1, 20, 'sm'));
  await expect.poll(() => unsigned.length).toBeGreaterThan(1);
  expect(log.waitingSinceMs).not.toBeNull();
  await log.settled(20);
  expect(log.newest).toMatchObject({ size: 0 });
  isAway = false;
  await expect.poll(() => log.newest?.size).toBe(20);
  expect(log.waitingSinceMs).toBeNull();
  await closed({ journal, log });
});
