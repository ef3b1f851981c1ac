/** Room in the journal: what is forgotten when, what never is, and what is said of losses. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConfirmedMarks } from '../../../../gateway/journal/confirmed-marks.ts';
import { JournalSpace, type SpaceOptions } from '../../../../gateway/journal/journal-space.ts';
import { CURSORS } from '../../../../gateway/journal/journal-tables.ts';
import { type LmdbJournal, openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { LossAlarm } from '../../../../gateway/journal/loss-alarm.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { START_MS, sampleRecord, sampleRecords } from './sample-records.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

const HOUR_MS = 3_600_000;
const MAX_BYTES = 1 << 20;

function journalIn(dir: string, maxBytes = MAX_BYTES): LmdbJournal {
  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes });
  onTestFinished(() => journal.close());
  return journal;
}

/** Looks only when it is asked to. `clock.ms` is the time. */
function spaceOf(journal: LmdbJournal, options: Partial<SpaceOptions> = {}) {
  const clock = { ms: START_MS + HOUR_MS };
  const losses: number[] = [];
  const space = new JournalSpace({
    journal,
    keepConfirmedMs: HOUR_MS,
    whenFull: 'refuse',
    neededMs: () => 0,
    tickMs: HOUR_MS,
    now: () => clock.ms,
    onLost: (records) => losses.push(records),
    onFault: (error) => {
      throw error;
    },
    ...options,
  });
  onTestFinished(() => space.stop());
  return { space, clock, losses };
}

/** Appends until nothing more is taken; answers the newest position. */
async function fill(journal: LmdbJournal): Promise<number> {
  for (;;) {
    try {
      await journal.append(sampleRecords(journal.nextPosition, 50));
    } catch (error) {
      expect(error).toMatchObject({ code: 'full' });
      return journal.nextPosition - 1;
    }
  }
}

describe('confirmed records', () => {
  test('are forgotten when they were confirmed and judged again long ago, and their taps with them', async () => {
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 300));
    const { space, clock, losses } = spaceOf(journal);
    space.confirmed(200);
    space.rejudged(300);
    await space.makeRoom();
    expect(journal.cursor(CURSORS.confirmed)).toBe(200);
    expect(journal.cursor(CURSORS.rejudged)).toBe(300);
    clock.ms += HOUR_MS - 1;
    space.confirmed(250);
    await space.makeRoom();
    expect(journal.firstPosition).toBe(1);
    clock.ms += 1;
    await space.makeRoom();
    expect(journal.firstPosition).toBe(201);
    expect(journal.find(sampleRecord(200).tap)).toBeNull();
    expect(journal.find(sampleRecord(201).tap)).toEqual(sampleRecord(201));
    clock.ms += HOUR_MS;
    await space.makeRoom();
    expect(journal.firstPosition).toBe(251);
    expect(losses).toEqual([]);
    expect(space.unconfirmedRecords).toBe(50);
  });

  test('are kept for as long after a restart', async () => {
    const dir = temporaryFolder();
    const before = journalIn(dir);
    await before.append(sampleRecords(1, 10));
    const first = spaceOf(before);
    first.space.confirmed(5);
    first.space.rejudged(10);
    await first.space.makeRoom();
    await first.space.stop();
    await before.close();

    const journal = journalIn(dir);
    const { space, clock } = spaceOf(journal);
    expect(space.confirmedPosition).toBe(5);
    clock.ms += HOUR_MS - 1;
    await space.makeRoom();
    expect(journal.firstPosition).toBe(1);
    clock.ms += 1;
    await space.makeRoom();
    expect(journal.firstPosition).toBe(6);
  });

  test('are kept while they are still to be judged again', async () => {
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 10));
    const { space, clock } = spaceOf(journal);
    space.confirmed(10);
    space.rejudged(4);
    await space.makeRoom();
    clock.ms += 2 * HOUR_MS;
    await space.makeRoom();
    expect(journal.firstPosition).toBe(5);
  });

  test('are kept while a presentation could come again, however long ago they were confirmed', async () => {
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 10));
    const { space, clock } = spaceOf(journal, { keepConfirmedMs: 1, neededMs: () => HOUR_MS });
    space.confirmed(10);
    space.rejudged(10);
    await space.makeRoom();
    clock.ms = START_MS + 6 + HOUR_MS;
    await space.makeRoom();
    expect(journal.after(0, 10)).toEqual(sampleRecords(6, 5));
  });

  test('go sooner, oldest first, where the disk is short', async () => {
    const journal = journalIn(temporaryFolder());
    const { space, losses } = spaceOf(journal);
    for (let round = 0; round < 8; round += 1) {
      const last = await fill(journal);
      space.confirmed(last);
      await space.makeRoom();
      expect(journal.bound.usedBytes).toBeLessThanOrEqual(MAX_BYTES * 0.85);
      expect(journal.bound.usedBytes).toBeGreaterThan(MAX_BYTES * 0.6);
      expect(journal.nextPosition).toBe(last + 1);
      expect(journal.find(sampleRecord(last).tap)).toEqual(sampleRecord(last));
    }
    expect(losses).toEqual([]);
  });

  test('what was told last is kept when it stops', async () => {
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 10));
    const { space } = spaceOf(journal);
    space.confirmed(9);
    space.confirmed(8);
    await space.stop();
    expect(journal.cursor(CURSORS.confirmed)).toBe(9);
  });
});

describe('when only unconfirmed records are left', () => {
  test('refuse: nothing is lost, and taps are taken again once the platform has confirmed', async () => {
    const journal = journalIn(temporaryFolder());
    const { space, losses } = spaceOf(journal);
    const last = await fill(journal);
    await space.makeRoom();
    await expect(journal.append(sampleRecords(last + 1, 50))).rejects.toMatchObject({ code: 'full' });
    expect(journal.firstPosition).toBe(1);
    expect(losses).toEqual([]);
    space.confirmed(last - 10);
    await space.makeRoom();
    await journal.append(sampleRecords(last + 1, 50));
  });

  test('drop_oldest: the oldest are lost, and counted exactly', async () => {
    const journal = journalIn(temporaryFolder());
    const { space, losses } = spaceOf(journal, { whenFull: 'drop_oldest' });
    const confirmed = 37;
    space.confirmed(confirmed);
    const last = await fill(journal);
    await space.makeRoom();
    const lost = losses.reduce((sum, records) => sum + records, 0);
    expect(lost).toBe(journal.firstPosition - 1 - confirmed);
    expect(lost).toBeGreaterThan(0);
    expect(space.lostRecords).toBe(lost);
    expect(space.unconfirmedRecords).toBe(last - confirmed - lost);
    expect(journal.after(0, 10_000)).toHaveLength(last - confirmed - lost);
    await journal.append(sampleRecords(last + 1, 50));
  });

  test('drop_oldest: what a presentation could come again for is not given up', async () => {
    const journal = journalIn(temporaryFolder());
    const { space, clock, losses } = spaceOf(journal, { whenFull: 'drop_oldest', neededMs: () => HOUR_MS });
    clock.ms = START_MS + HOUR_MS;
    const last = await fill(journal);
    await space.makeRoom();
    expect(losses).toEqual([]);
    clock.ms = START_MS + HOUR_MS + 101;
    await space.makeRoom();
    expect(losses).toEqual([100]);
    expect(journal.after(0, 10_000)).toEqual(sampleRecords(101, last - 100));
  });
});

test('records are kept while room is made beside them', async () => {
  const journal = journalIn(temporaryFolder(), 4 * MAX_BYTES);
  const { space } = spaceOf(journal, { tickMs: 1, whenFull: 'drop_oldest' });
  for (let i = 0; i < 200; i += 1) {
    const first = journal.nextPosition;
    try {
      await journal.append(sampleRecords(first, 50));
      expect(journal.find(sampleRecord(first).tap)).toEqual(sampleRecord(first));
    } catch (error) {
      expect(error).toMatchObject({ code: 'full' });
      await space.makeRoom();
    }
  }
  const kept = journal.after(0, 100_000);
  expect(kept.map(({ position }) => position)).toEqual(kept.map((_, i) => journal.firstPosition + i));
  expect(kept.at(-1)?.position).toBe(journal.nextPosition - 1);
  expect(space.lostRecords).toBe(journal.firstPosition - 1);
  expect(space.lostRecords).toBeGreaterThan(0);
});

test('marks of what was confirmed when are few, and survive', () => {
  const marks = new ConfirmedMarks(3_200, null);
  const noted = Array.from({ length: 10_000 }, (_, i) => marks.note(i + 1, START_MS + i));
  expect(noted.filter(Boolean)).toHaveLength(100);
  expect(marks.expired(START_MS + 3_199)).toBe(0);
  expect(marks.expired(START_MS + 3_200)).toBe(1);
  expect(marks.expired(START_MS + 10_000)).toBe(6_801);
  const again = new ConfirmedMarks(3_200, marks.bytes());
  expect(again.bytes()).toEqual(marks.bytes());
  expect(again.bytes().length).toBe(31 * 16);
  expect(again.expired(START_MS + 10_100)).toBe(6_901);
  expect(again.note(6_901, START_MS + 20_000)).toBe(false);
});

test('losses are told at once, and then at most once a minute, all of them', () => {
  const said: number[] = [];
  const clock = { ms: 0 };
  const alarm = new LossAlarm(
    (records) => said.push(records),
    () => clock.ms,
  );
  alarm.lost(3);
  alarm.lost(4);
  clock.ms = 59_999;
  alarm.lost(5);
  expect(said).toEqual([3]);
  clock.ms = 60_000;
  alarm.lost(6);
  expect(said).toEqual([3, 15]);
});
