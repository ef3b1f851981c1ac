import { copyFileSync, cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hashOf } from '../../../lists/chain-links.rig.ts';
import { temporaryFolder } from '../../journal/temporary-folder.rig.ts';
import { CARDS, follow, LIMITS, never, PublishedList } from '../../link/published-list.rig.ts';

const OTHER = 'f'.repeat(32);
const LATER_MS = 1_000;

/** A gateway that has the snapshot and two deltas. */
async function following() {
  const published = new PublishedList();
  const folder = temporaryFolder();
  const made = follow(folder);
  await made.follower.takeSnapshot(published.snapshot(), published.download, never);
  const deltas = [published.delta('card-1', 'suspended'), published.delta('card-2', 'lost')];
  const taken = made.follower.take({ head: published.head(), deltas });
  expect(taken).toEqual({ applied: 2, refused: null, more: false });
  return { published, folder, deltas, ...made };
}

const snapshotFile = (folder: string) =>
  join(folder, readdirSync(folder).find((file) => file.endsWith('.list')) ?? 'none');

describe('deltas', () => {
  test('are in force together, under the newest revision', async () => {
    const { lists, stateOf } = await following();
    expect(lists.map(({ revision }) => revision)).toEqual(['00112233.5', '00112233.7']);
    expect(CARDS.map(stateOf)).toEqual(['suspended', 'lost', 'good']);
    expect(stateOf('card-9')).toBe('unknown');
  });

  test('come again, and nothing changes', async () => {
    const { follower, published, deltas, lists } = await following();
    const taken = follower.take({ head: published.head(), deltas });
    expect(taken).toEqual({ applied: 0, refused: null, more: false });
    expect(lists.length).toBe(2);
  });

  test('that do not reach the head leave more to be asked for', async () => {
    const { follower, published } = await following();
    const first = published.delta('card-3', 'lost');
    published.delta('card-3', 'good');
    expect(follower.take({ head: published.head(), deltas: [first] }).more).toBe(true);
    expect(follower.chain?.revision).toBe(8);
  });

  test('up to one that is not good are in force', async () => {
    const { follower, published, refusals, stateOf } = await following();
    const good = published.delta('card-3', 'replaced');
    const bad = published.delta('card-3', 'good');
    const spoilt = `${bad.slice(0, -4)}AAAA`;
    const taken = follower.take({ head: published.head(), deltas: [good, spoilt] });
    expect(taken).toMatchObject({ applied: 1, refused: 'signature' });
    expect(refusals).toEqual(['signature']);
    expect(stateOf('card-3')).toBe('replaced');
    expect(follower.chain?.revision).toBe(8);
  });

  test('beyond what may be kept beside a snapshot are refused, and before that a newer one is wanted', async () => {
    const published = new PublishedList();
    const { follower, refusals } = follow(temporaryFolder(), { ...LIMITS, delta_changes: 3 });
    expect(follower.wantsSnapshot).toBe(true);
    await follower.takeSnapshot(published.snapshot(), published.download, never);
    expect(follower.wantsSnapshot).toBe(false);
    const next = () => follower.take({ deltas: [published.delta('card-1', 'lost')], head: published.head() });
    expect([next(), next()].map(({ applied }) => applied)).toEqual([1, 1]);
    expect(follower.wantsSnapshot).toBe(true);
    expect(next().applied).toBe(1);
    expect(next()).toEqual({ applied: 0, refused: 'oversized', more: false });
    expect(refusals).toEqual(['oversized']);
    await follower.takeSnapshot(published.snapshot(), published.download, never);
    expect(follower.wantsSnapshot).toBe(false);
    expect(next().applied).toBe(1);
  });
});

describe('what does not go on from the list in force is refused, and the list stays', () => {
  /** What a platform would answer that has gone on by one delta. */
  const goneOn = (list: PublishedList) => ({ deltas: [list.delta('card-3', 'lost')], head: list.head() });
  const changed = (list: PublishedList, over: Partial<Pick<PublishedList, 'chainHash' | 'issuedAtMs'>>) =>
    Object.assign(list, over);
  const headOnly = (list: PublishedList, over: Record<string, unknown> = {}) => ({
    deltas: [],
    head: list.head(over),
  });
  const cases: [string, (list: PublishedList) => { head: string; deltas: string[] }, string][] = [
    ['a gap', (l) => goneOn(changed(l, { chainHash: hashOf(l.delta('card-3', 'good')) })), 'gap'],
    ['a head without the deltas', (l) => ({ ...goneOn(l), deltas: [] }), 'gap'],
    ['a fork at the head', (l) => headOnly(l, { chainHash: hashOf('other') }), 'fork'],
    ['a fork after the head', (l) => goneOn(changed(l, { chainHash: hashOf('other') })), 'fork'],
    ['an old revision', (l) => headOnly(l, { revision: 5, chainHash: hashOf('start') }), 'rollback'],
    ['an old head', (l) => headOnly(l, { issuedAtMs: l.issuedAtMs - 1 }), 'rollback'],
    ['another generation', (l) => headOnly(l, { generation: OTHER }), 'generation'],
    ['the future', (l) => headOnly(changed(l, { issuedAtMs: Date.now() + 60_000 })), 'future'],
    ['garbage for a head', (l) => ({ ...goneOn(l), head: '\u0000garbage' }), 'malformed'],
    ['garbage for a delta', (l) => ({ ...goneOn(l), deltas: ['garbage'] }), 'malformed'],
    [
      'a delta cut off',
      (l) => ({ ...goneOn(l), deltas: [l.delta('card-1', 'good').slice(0, 300)] }),
      'malformed',
    ],
    ['a delta too large', (l) => ({ ...goneOn(l), deltas: ['x'.repeat(5_000)] }), 'oversized'],
  ];
  test.each(cases)('%s', async (_, answer, refused) => {
    const { follower, published, refusals, lists, stateOf, folder } = await following();
    const before = readFileSync(join(folder, 'deltas.log'));
    expect(follower.take(answer(published))).toEqual({ applied: 0, refused, more: false });
    expect(refusals).toEqual([refused]);
    expect(lists.length).toBe(2);
    expect(stateOf('card-3')).toBe('good');
    expect(readFileSync(join(folder, 'deltas.log'))).toEqual(before);
  });
});

describe('a snapshot', () => {
  test('further on takes the place of the list and its deltas', async () => {
    const { follower, published, stateOf, folder, lists } = await following();
    published.delta('card-3', 'cancelled');
    expect(await follower.takeSnapshot(published.snapshot(), published.download, never)).toBe(true);
    expect(lists.at(-1)?.revision).toBe('00112233.8');
    expect(stateOf('card-3')).toBe('cancelled');
    expect(readFileSync(join(folder, 'deltas.log')).length).toBe(0);
    expect(readdirSync(folder).filter((file) => file.endsWith('.list')).length).toBe(1);
    const taken = follower.take({ deltas: [published.delta('card-3', 'good')], head: published.head() });
    expect(taken.applied).toBe(1);
  });

  test('of another generation is taken when it is later', async () => {
    const { follower, lists } = await following();
    const next = new PublishedList({ generation: OTHER, revision: 0, issuedAtMs: Date.now() });
    expect(await follower.takeSnapshot(next.snapshot(), next.download, never)).toBe(true);
    expect(lists.at(-1)?.revision).toBe('ffffffff.0');
    const earlier = new PublishedList({ issuedAtMs: Date.now() - LATER_MS });
    expect(await follower.takeSnapshot(earlier.snapshot(), earlier.download, never)).toBe(false);
    expect(lists.at(-1)?.revision).toBe('ffffffff.0');
  });

  test('that settles a fork is taken at the same revision', async () => {
    const { follower, published, lists } = await following();
    const other = new PublishedList({
      revision: 7,
      chainHash: hashOf('other'),
      issuedAtMs: published.issuedAtMs,
    });
    expect(await follower.takeSnapshot(other.snapshot(), other.download, never)).toBe(true);
    expect(lists.at(-1)?.head.chainHash).toBe(hashOf('other'));
  });

  test('behind the list in force, but ahead of the snapshot held, goes under the deltas since', async () => {
    const { follower, published, folder, lists, stateOf, refusals } = await following();
    const target = published.snapshot();
    const later = published.delta('card-3', 'cancelled');
    expect(follower.take({ deltas: [later], head: published.head() }).applied).toBe(1);
    const before = lists.at(-1)?.head;
    expect(await follower.takeSnapshot(target, published.download, never)).toBe(true);
    expect(lists.at(-1)?.head).toEqual(before);
    expect(CARDS.map(stateOf)).toEqual(['suspended', 'lost', 'cancelled']);
    expect(readFileSync(join(folder, 'deltas.log'), 'latin1')).toBe(`${later}\n`);
    expect(refusals).toEqual([]);
    const next = published.delta('card-3', 'good');
    expect(follower.take({ deltas: [next], head: published.head() }).applied).toBe(1);
    const again = follow(folder);
    await again.follower.restore();
    expect(again.lists.at(-1)?.revision).toBe(lists.at(-1)?.revision);
    expect(CARDS.map(again.stateOf)).toEqual(['suspended', 'lost', 'good']);
  });

  test('behind the list in force, of another chain, is refused', async () => {
    const { follower, lists, refusals, stateOf } = await following();
    const fork = new PublishedList({ revision: 6, chainHash: hashOf('other') });
    expect(await follower.takeSnapshot(fork.snapshot(), fork.download, never)).toBe(false);
    expect(refusals).toEqual(['rollback']);
    expect(lists.length).toBe(2);
    expect(CARDS.map(stateOf)).toEqual(['suspended', 'lost', 'good']);
    expect(follower.chain?.revision).toBe(7);
  });

  test('before the list in force is refused', async () => {
    const { follower, refusals, lists } = await following();
    const old = new PublishedList({ revision: 4 });
    expect(await follower.takeSnapshot(old.snapshot(), old.download, never)).toBe(false);
    expect(refusals).toEqual(['rollback']);
    expect(lists.at(-1)?.revision).toBe('00112233.7');
  });

  test('of another content than was announced is refused, and of another list', async () => {
    const { follower, refusals, published } = await following();
    const target = published.snapshot();
    const swapped = { ...target, digest: hashOf('else') };
    await expect(follower.takeSnapshot(swapped, published.download, never)).rejects.toMatchObject({
      code: 'other_hash',
    });
    published.delta('card-1', 'good');
    const staff = published.snapshot('staff');
    expect(await follower.takeSnapshot(staff, published.download, never)).toBe(false);
    expect(refusals).toEqual(['malformed']);
  });
});

describe('after a restart', () => {
  async function restarted(folder: string) {
    const made = follow(folder);
    const found = await made.follower.restore();
    return { ...made, found };
  }

  test('nothing is there at first', async () => {
    expect((await restarted(temporaryFolder())).found).toBe(false);
  });

  test('the same revision is in force, with the same answers, and goes on', async () => {
    const { folder, lists, follower, published } = await following();
    published.issuedAtMs += LATER_MS;
    follower.take({ head: published.head(), deltas: [] });
    const again = await restarted(folder);
    expect(again.found).toBe(true);
    expect(again.lists.length).toBe(1);
    expect(again.lists[0]?.head).toEqual(lists.at(-1)?.head);
    expect(again.lists[0]?.head.issuedAtMs).toBe(published.issuedAtMs);
    expect(CARDS.map(again.stateOf)).toEqual(['suspended', 'lost', 'good']);
    const taken = again.follower.take({
      deltas: [published.delta('card-3', 'lost')],
      head: published.head(),
    });
    expect(taken).toEqual({ applied: 1, refused: null, more: false });
    expect((await restarted(folder)).stateOf('card-3')).toBe('lost');
  });

  test('a log torn at any byte of its last entry ends before it, and takes it again', async () => {
    const { folder, deltas, published } = await following();
    const whole = readFileSync(join(folder, 'deltas.log'));
    const firstEnd = (deltas[0]?.length ?? 0) + 1;
    expect(whole.length).toBe(firstEnd + (deltas[1]?.length ?? 0) + 1);
    const copy = temporaryFolder();
    cpSync(folder, copy, { recursive: true });
    for (let length = firstEnd; length < whole.length; length++) {
      writeFileSync(join(copy, 'deltas.log'), whole.subarray(0, length));
      const { follower, refusals, stateOf } = await restarted(copy);
      expect(follower.chain?.revision).toBe(6);
      expect([refusals.length, stateOf('card-1'), stateOf('card-2')]).toEqual([0, 'suspended', 'good']);
      expect(readFileSync(join(copy, 'deltas.log')).length).toBe(firstEnd);
      expect(follower.take({ head: published.head(), deltas: deltas.slice(1) }).applied).toBe(1);
      expect(readFileSync(join(copy, 'deltas.log'))).toEqual(whole);
      follower.close();
    }
  });

  test('a log changed in its middle is used up to there', async () => {
    const { folder, deltas } = await following();
    const log = readFileSync(join(folder, 'deltas.log'));
    log[(deltas[0]?.length ?? 0) - 5] = (log[(deltas[0]?.length ?? 0) - 5] ?? 0) ^ 1;
    writeFileSync(join(folder, 'deltas.log'), log);
    const { follower, refusals } = await restarted(folder);
    expect(follower.chain?.revision).toBe(5);
    expect(refusals.length).toBe(1);
  });

  test('a log from before the snapshot is passed over, as after a crash between the two', async () => {
    const { folder, follower, published } = await following();
    const log = join(folder, 'deltas.log');
    const kept = join(temporaryFolder(), 'log');
    copyFileSync(log, kept);
    published.delta('card-3', 'lost');
    await follower.takeSnapshot(published.snapshot(), published.download, never);
    copyFileSync(kept, log);
    const again = await restarted(folder);
    expect(again.follower.chain?.revision).toBe(8);
    expect(again.refusals).toEqual([]);
    expect(
      again.follower.take({ deltas: [published.delta('card-3', 'good')], head: published.head() }).applied,
    ).toBe(1);
    expect((await restarted(folder)).follower.chain?.revision).toBe(9);
  });

  test('a torn snapshot, or one with a bit changed, is not used', async () => {
    const { folder, follower, published, lists } = await following();
    const file = snapshotFile(folder);
    const whole = readFileSync(file);
    for (const length of [0, 1, 15, 20, 200, whole.length - 1]) {
      // Another file, since the first has a second name outside the folder.
      writeFileSync(`${file}.copy`, whole.subarray(0, length));
      copyFileSync(`${file}.copy`, file);
      await expect(restarted(folder)).rejects.toMatchObject({ name: 'ListFileError' });
    }
    const changed = Buffer.from(whole);
    changed[whole.length - 3] = (changed[whole.length - 3] ?? 0) ^ 4;
    writeFileSync(file, changed);
    await expect(restarted(folder)).rejects.toMatchObject({ name: 'ListFileError' });
    expect(lists.at(-1)?.revision).toBe('00112233.7');
    published.delta('card-3', 'lost');
    await follower.takeSnapshot(published.snapshot(), published.download, never);
    expect((await restarted(folder)).stateOf('card-3')).toBe('lost');
  });

  test('a head that is garbage, or torn, costs nothing but freshness', async () => {
    const { folder, follower: first, published } = await following();
    published.issuedAtMs += LATER_MS;
    first.take({ head: published.head(), deltas: [] });
    truncateSync(join(folder, 'head.jws'), 40);
    const { follower, refusals } = await restarted(folder);
    expect(follower.chain).toMatchObject({ revision: 7, issuedAtMs: published.issuedAtMs - LATER_MS });
    expect(refusals).toEqual([]);
  });
});
