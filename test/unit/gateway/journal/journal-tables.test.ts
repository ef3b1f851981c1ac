/** Epochs: what each names, and that a new one is whole after a crash at any step. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openJournalReader } from '../../../../gateway/journal/journal-reader.ts';
import {
  CURSORS,
  EPOCHS_MAX,
  type EpochSpan,
  freshEpoch,
  Lineage,
} from '../../../../gateway/journal/journal-tables.ts';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { openOutboxReader } from '../../../../gateway/journal/outbox-reader.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecords } from './sample-records.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

const [A, B, C] = ['a'.repeat(16), 'b'.repeat(16), 'c'.repeat(16)];
const MADE: EpochSpan = { epoch: A, parent: null, first: 1, begunAtMs: 5, cause: 'made' };
const BOUNDS = { records: 1_000, bytes: 1 << 20 };

describe('a lineage', () => {
  test('names what lies before a fork by the old epoch, what lies behind it by the new one', () => {
    const lineage = new Lineage([MADE]).forked(B, 100, 'conflict', 7, 1);
    expect([1, 100, 101, 5_000].map((position) => lineage.idOf(position))).toEqual([
      `${A}:1`,
      `${A}:100`,
      `${B}:101`,
      `${B}:5000`,
    ]);
    expect(lineage.current).toEqual({ epoch: B, parent: A, first: 101, begunAtMs: 7, cause: 'conflict' });
    expect([1, 100, 101].map((position) => lineage.lastNamedAs(position))).toEqual([100, 100, Infinity]);
  });

  test('a fork before an earlier fork leaves nothing named by the epoch between', () => {
    const lineage = new Lineage([MADE]).forked(B, 100, 'conflict', 7, 1).forked(C, 50, 'restore', 9, 1);
    expect(lineage.spans.map(({ epoch, parent, first }) => [epoch, parent, first])).toEqual([
      [A, null, 1],
      [C, A, 51],
    ]);
  });

  test('a fork at the very beginning names its parent all the same', () => {
    const { spans } = new Lineage([MADE]).forked(B, 0, 'conflict', 7, 1);
    expect(spans).toEqual([{ epoch: B, parent: A, first: 1, begunAtMs: 7, cause: 'conflict' }]);
  });

  test('has a bound: spans whose records are forgotten go, and a fork that nothing makes room for is refused', () => {
    let lineage = new Lineage([MADE]);
    for (let i = 1; i < EPOCHS_MAX; i += 1) lineage = lineage.forked(freshEpoch(), i, 'conflict', 0, 1);
    expect(() => lineage.forked(C, 1_000, 'conflict', 0, 1)).toThrow(/forked 256 times/);
    const next = lineage.forked(C, 1_000, 'conflict', 0, 500);
    expect(next.spans).toHaveLength(EPOCHS_MAX);
    expect(next.spans[0]?.first).toBe(2);
  });

  test('that is not in order is damaged', () => {
    expect(() => new Lineage([])).toThrow(/damaged/);
    expect(() => new Lineage([MADE, { ...MADE, epoch: B }])).toThrow(/damaged/);
  });
});

describe('a journal that begins a new epoch', () => {
  function journalIn(dir: string) {
    const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 28 });
    onTestFinished(() => journal.close());
    return journal;
  }

  test('names records behind the fork anew, and has nothing there confirmed or judged again', async () => {
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 30));
    await journal.saveCursor(CURSORS.confirmed, 25);
    await journal.saveCursor(CURSORS.rejudged, 10);
    const reader = openOutboxReader(dir);
    onTestFinished(() => reader.close());
    reader.setSynced(30);
    const before = journal.epoch;
    const begun = await journal.beginEpoch({ after: 20, cause: 'conflict', atMs: 1_700_000_000_000 });
    expect(begun).toMatchObject({ epoch: journal.epoch, parent: before, first: 21, cause: 'conflict' });
    expect(journal.epoch).not.toBe(before);
    expect([CURSORS.confirmed, CURSORS.rejudged].map((name) => journal.cursor(name))).toEqual([20, 10]);
    // It goes by what it was told.
    expect(reader.idOf(21)).toBe(`${before}:21`);
    reader.epochBegan();
    expect([20, 21].map((position) => reader.idOf(position))).toEqual([
      `${before}:20`,
      `${journal.epoch}:21`,
    ]);
    const stretches = [0, 20].map((position) => reader.storedAfter(position, BOUNDS));
    expect(stretches.map((batch) => [batch?.epoch, batch?.first, batch?.records.length])).toEqual([
      [before, 1, 20],
      [journal.epoch, 21, 10],
    ]);
  });

  test('goes on in it after it was opened again, at the next position', async () => {
    const dir = temporaryFolder();
    const first = journalIn(dir);
    await first.append(sampleRecords(1, 3));
    await first.beginEpoch({ after: 3, cause: 'restore', atMs: 9 });
    await first.beginEpoch({ after: 2, cause: 'conflict', atMs: 10 });
    const { spans } = first.lineage;
    await first.close();
    const second = journalIn(dir);
    expect(second.lineage.spans).toEqual(spans);
    expect(second.nextPosition).toBe(4);
    // Whoever noted an epoch that names nothing any more is still known.
    const reader = openJournalReader(dir);
    onTestFinished(() => reader.close());
    expect(reader.everyEpoch).toHaveLength(3);
    expect(reader.everyEpoch.at(-1)).toBe(second.epoch);
  });
});
