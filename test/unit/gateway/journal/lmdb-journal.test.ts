import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { JournalError } from '../../../../gateway/journal/journal-error.ts';
import { openJournalReader } from '../../../../gateway/journal/journal-reader.ts';
import { type JournalOptions, openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { positionKey } from '../../../../gateway/journal/record/record-keys.ts';
import { openEnvironment, openTable } from '../../../../gateway/storage/lmdb-environment.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { CARD_NUMBER, CREDENTIAL_ID, START_MS, sampleRecord, sampleRecords } from './sample-records.rig.ts';
import { temporaryFolder } from './temporary-folder.rig.ts';

/** Of the profile under test; backups and copies know it by this name. */
const KEY_FILE = TEST_PROFILE === 'sm' ? 'journal-sm3.key' : 'journal.key';

function open(options: Partial<JournalOptions> & { dir: string }) {
  const journal = openJournal({ profile: TEST_PROFILE, durability: 'sync', maxBytes: 1 << 30, ...options });
  onTestFinished(() => journal.close());
  return journal;
}

describe.each(['sync', 'commit', 'none'] as const)('with durability %s', (durability) => {
  test('records are found again, also after closing and opening', async () => {
    const dir = temporaryFolder();
    const first = open({ dir, durability });
    expect(first.nextPosition).toBe(1);
    await Promise.all([
      first.append(sampleRecords(1, 3)),
      first.append(sampleRecords(4, 1)),
      first.append(sampleRecords(5, 200)),
    ]);
    expect(first.nextPosition).toBe(205);
    const tap = sampleRecord(77).tap;
    expect(first.find(tap)).toEqual(sampleRecord(77));
    expect(first.highestSeq(tap.deviceId, tap.stream)).toBe(204);
    await first.close();

    const second = open({ dir, durability });
    expect(second.nextPosition).toBe(205);
    expect(second.find(tap)).toEqual(sampleRecord(77));
    expect(second.after(0, 1_000)).toEqual(sampleRecords(1, 204));
    await second.append([sampleRecord(205)]);
    await expect.poll(() => second.after(204, 10)).toEqual([sampleRecord(205)]);
    await expect.poll(() => second.syncedPosition).toBe(205);
  });
});

describe('reading', () => {
  test('tells streams and devices apart', async () => {
    const journal = open({ dir: temporaryFolder() });
    const other = 'ffffffffffffffffffffffffffffffff';
    await journal.append([
      sampleRecord(1, { deviceId: 'gate-1', seq: 0 }),
      sampleRecord(2, { deviceId: 'gate-1', seq: 9, stream: other }),
      sampleRecord(3, { deviceId: 'gate-11', seq: 300 }),
      sampleRecord(4, { deviceId: 'gate-1', seq: 256 }),
    ]);
    const stream = sampleRecord(1).tap.stream;
    expect(journal.highestSeq('gate-1', stream)).toBe(256);
    expect(journal.highestSeq('gate-1', other)).toBe(9);
    expect(journal.highestSeq('gate-11', stream)).toBe(300);
    expect(journal.highestSeq('gate-11', other)).toBe(-1);
    expect(journal.highestSeq('gate-2', stream)).toBe(-1);
    expect(journal.find({ deviceId: 'gate-1', stream, seq: 0 })?.position).toBe(1);
    expect(journal.find({ deviceId: 'gate-1', stream, seq: 1 })).toBeNull();
    expect(journal.find({ deviceId: 'gate-1', stream: stream.toUpperCase(), seq: 256 })?.position).toBe(4);
  });

  test('after a position goes on in order, within a limit', async () => {
    const journal = open({ dir: temporaryFolder() });
    await journal.append(sampleRecords(1, 300));
    expect(journal.after(254, 3).map((r) => r.position)).toEqual([255, 256, 257]);
    expect(journal.after(300, 3)).toEqual([]);
  });

  test('since a time is exact, though the clock was set back and forward', async () => {
    const journal = open({ dir: temporaryFolder() });
    // Forward by a day for a moment, back by an hour later: what a wrong clock does before it is set right.
    const offsets = [0, 1, 2, 86_400_000, 3, 4, 10_000, 10_001, -3_600_000, -3_599_999, 5, 20_000, 20_001];
    await journal.append(offsets.map((offset, i) => sampleRecord(i + 1, { atMs: START_MS + offset })));
    for (const from of [-4_000_000, -3_600_000, 0, 3, 4, 10_001, 20_001, 86_400_000, 86_400_001]) {
      const expected = offsets.flatMap((offset, i) => (offset >= from ? [i + 1] : []));
      expect(Array.from(journal.since(START_MS + from), (r) => r.position)).toEqual(expected);
    }
    expect(Array.from(open({ dir: temporaryFolder() }).since(0))).toEqual([]);
  });

  test('since a time spans many pages', async () => {
    const journal = open({ dir: temporaryFolder() });
    await journal.append(sampleRecords(1, 2_500));
    const positions = Array.from(journal.since(START_MS + 400), (r) => r.position);
    expect(positions).toEqual(Array.from({ length: 2_101 }, (_, i) => i + 400));
  });

  test('beside a writing gateway sees what was appended', async () => {
    const dir = temporaryFolder();
    const journal = open({ dir });
    await journal.append(sampleRecords(1, 5));
    await journal.saveCursor('uploaded', 3);
    const reader = openJournalReader(dir);
    expect(reader.lastPosition).toBe(5);
    expect(reader.cursor('uploaded')).toBe(3);
    await journal.append(sampleRecords(6, 5));
    reader.refresh();
    expect(reader.after(0, 100)).toEqual(sampleRecords(1, 10));
  });

  test('where no journal is says so', () => {
    expect(() => openJournalReader(join(temporaryFolder(), 'nothing'))).toThrow(JournalError);
  });
});

/** So that a commit that follows another is held back until the test lets time pass. */
function stopTheClock(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  onTestFinished(() => void vi.useRealTimers());
}

describe('appending', () => {
  test('refuses positions that do not go on', async () => {
    const journal = open({ dir: temporaryFolder() });
    await expect(journal.append([sampleRecord(2)])).rejects.toThrow(TypeError);
    await expect(journal.append([sampleRecord(1), sampleRecord(3)])).rejects.toThrow(TypeError);
    await journal.append([sampleRecord(1)]);
    expect(journal.nextPosition).toBe(2);
  });

  test('is refused after closing, and what was appended before is kept', async () => {
    const dir = temporaryFolder();
    const journal = open({ dir });
    const appended = [journal.append([sampleRecord(1)]), journal.append([sampleRecord(2)])];
    await journal.close();
    await Promise.all(appended);
    await expect(journal.append([sampleRecord(3)])).rejects.toMatchObject({ code: 'closed' });
    expect(open({ dir }).nextPosition).toBe(3);
  });

  test('is kept by closing, though its commit was being held back', async () => {
    const dir = temporaryFolder();
    const journal = open({ dir });
    stopTheClock();
    await journal.append([sampleRecord(1)]);
    const second = journal.append([sampleRecord(2)]);
    await journal.close();
    await second;
    expect(open({ dir }).after(0, 10)).toEqual(sampleRecords(1, 2));
  });

  test('is refused when the journal fails while its commit is held back', async () => {
    const journal = open({ dir: temporaryFolder(), stallMs: 1 });
    stopTheClock();
    await journal.append([sampleRecord(1)]);
    const held = Promise.allSettled([journal.append([sampleRecord(2)])]);
    const noted = journal.saveNote('a', Buffer.of(1));
    // The note takes too long; then the commit's time has come.
    vi.advanceTimersByTime(1);
    await expect(noted).rejects.toMatchObject({ code: 'failed' });
    vi.advanceTimersByTime(1);
    expect(await held).toMatchObject([{ status: 'rejected', reason: { code: 'failed' } }]);
    expect(journal.nextPosition).toBe(2);
  });

  test('many times at once settles in order, when all is on disk', async () => {
    const journal = open({ dir: temporaryFolder() });
    const settled: number[] = [];
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        journal.append([sampleRecord(i + 1)]).then(() => settled.push(i + 1)),
      ),
    );
    expect(settled).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
    expect(journal.syncedPosition).toBe(30);
    expect(journal.pendingRecords).toBe(0);
  });

  test('nothing is a promise kept at once', async () => {
    await expect(open({ dir: temporaryFolder() }).append([])).resolves.toBeUndefined();
  });
});

describe('the disk bound', () => {
  test('refuses what does not fit, keeps what did, and goes on after room was made', async () => {
    const dir = temporaryFolder();
    const journal = open({ dir, maxBytes: 1 << 20 });
    let refused: unknown = null;
    while (refused === null) {
      const first = journal.nextPosition;
      await journal.append(sampleRecords(first, 50)).catch((error) => {
        refused = error;
      });
    }
    expect(refused).toMatchObject({ name: 'JournalError', code: 'full' });
    const kept = journal.nextPosition - 1;
    expect(kept).toBeGreaterThan(500);
    expect(journal.bound.usedBytes).toBeLessThanOrEqual(1 << 20);
    expect(journal.after(kept - 1, 10)).toEqual([sampleRecord(kept)]);
    expect(journal.refusal).toBeNull();

    expect(await journal.trim(kept - 100)).toBe(kept - 100);
    await journal.append(sampleRecords(kept + 1, 50));
    expect(journal.find(sampleRecord(kept - 100).tap)).toBeNull();
    expect(journal.after(0, 1_000)).toEqual(sampleRecords(kept - 99, 150));
  });

  test('stays while records come and go: room is used again', async () => {
    const journal = open({ dir: temporaryFolder(), maxBytes: 1 << 20 });
    for (let round = 0; round < 30; round += 1) {
      await journal.append(sampleRecords(journal.nextPosition, 300));
      await journal.trim(journal.nextPosition - 301);
    }
    expect(journal.nextPosition).toBe(9_001);
    expect(journal.after(0, 1_000)).toHaveLength(300);
  });

  test('the newest record is never forgotten: positions go on from it', async () => {
    const dir = temporaryFolder();
    const journal = open({ dir });
    await journal.append(sampleRecords(1, 3));
    expect(await journal.trim(100)).toBe(2);
    await journal.close();
    expect(open({ dir }).nextPosition).toBe(4);
  });
});

describe('damage on disk', () => {
  async function damaged(indexEntries: number) {
    const dir = temporaryFolder();
    const before = open({ dir, indexEntries });
    for (const record of sampleRecords(1, 9)) await before.append([record]);
    await before.close();
    await overwrite(dir, 2, Buffer.from([1, 2, 3, 4, 5, 6]));
    await overwrite(dir, 9, Buffer.from('x'));
    const told: string[] = [];
    const journal = open({ dir, indexEntries, onDamaged: (error) => told.push(error.message) });
    return { journal, told };
  }

  test('is a clear error where the record is read, and the records around it are still read', async () => {
    const { journal } = await damaged(4);
    expect(() => journal.find(sampleRecord(2).tap)).toThrow(/position 2 is damaged: its checksum/);
    expect(journal.find(sampleRecord(1).tap)).toEqual(sampleRecord(1));
    expect(journal.find(sampleRecord(3).tap)).toEqual(sampleRecord(3));
    expect(() => journal.after(0, 10)).toThrow(JournalError);
  });

  test.each([4, 1_000])(
    'does not keep the journal from opening, and is told once (index of %i)',
    async (entries) => {
      const { journal, told } = await damaged(entries);
      const readable = [1, 3, 4, 5, 6, 7, 8];
      expect(Array.from(journal.since(0), (r) => r.position)).toEqual(readable);
      expect(Array.from(journal.since(START_MS + 5), (r) => r.position)).toEqual([5, 6, 7, 8]);
      expect([...told].sort()).toEqual([
        'the record at position 2 is damaged: its checksum is wrong',
        'the record at position 9 is damaged: it is cut off',
      ]);
      await journal.append([sampleRecord(10)]);
      expect(Array.from(journal.since(START_MS + 8), (r) => r.position)).toEqual([8, 10]);
    },
  );

  test('is trimmed like any record', async () => {
    const { journal } = await damaged(4);
    expect(await journal.trim(5)).toBe(5);
    expect(journal.after(0, 3)).toEqual(sampleRecords(6, 3));
    expect(journal.find(sampleRecord(2).tap)).toBeNull();
  });
});

describe('the index', () => {
  test('finds every record of many streams, whatever part of it was written, also after a restart', async () => {
    const dir = temporaryFolder();
    const streams = Array.from({ length: 40 }, (_, i) => i.toString(16).padStart(32, '0'));
    const record = (position: number) => {
      const stream = streams[position % streams.length] ?? '';
      return sampleRecord(position, {
        stream,
        deviceId: `gate-${position % 7}`,
        seq: Math.floor(position / 40),
      });
    };
    const all: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const journal = open({ dir, indexEntries: 700 });
      for (const position of all) expect(journal.find(record(position).tap)?.position).toBe(position);
      for (let batch = 0; batch < 40; batch += 1) {
        const first = journal.nextPosition;
        const batchRecords = Array.from({ length: 37 }, (_, i) => record(first + i));
        await journal.append(batchRecords);
        all.push(...batchRecords.map(({ position }) => position));
      }
      for (const position of all) expect(journal.find(record(position).tap)).toEqual(record(position));
      const { tap } = record(all.at(-1) ?? 0);
      expect(journal.highestSeq(tap.deviceId, tap.stream)).toBe(tap.seq);
      expect(journal.find({ ...tap, seq: tap.seq + 1 })).toBeNull();
      expect(journal.cursor('indexed')).toBeGreaterThan(all.length - 2_200);
      await journal.close();
    }
  });

  test('finds nothing that was trimmed while its entry waited in memory', async () => {
    const dir = temporaryFolder();
    const journal = open({ dir, indexEntries: 10 });
    await journal.append(sampleRecords(1, 8));
    const other = open({ dir, indexEntries: 10 });
    await other.trim(5);
    await other.close();
    for (let position = 9; position < 30; position += 1) await journal.append([sampleRecord(position)]);
    expect(journal.find(sampleRecord(3).tap)).toBeNull();
    expect(journal.find(sampleRecord(7).tap)).toEqual(sampleRecord(7));
  });
});

describe('files', () => {
  test('are for the owner alone, also in a folder with a dot in its name', async () => {
    const dir = join(temporaryFolder(), 'gateway.one', 'journal');
    await open({ dir }).append([sampleRecord(1)]);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    const files = readdirSync(dir);
    expect(files.sort()).toEqual(['data.mdb', KEY_FILE, 'lock.mdb']);
    for (const file of files) expect(statSync(join(dir, file)).mode & 0o777).toBe(0o600);
  });

  test('hold no card number and no credential in clear: not as text, not as digits packed two a byte', async () => {
    const dir = temporaryFolder();
    const journal = open({ dir });
    const records = Array.from({ length: 20 }, (_, i) =>
      sampleRecord(i + 1, { pseudonyms: journal.pseudonyms }),
    );
    await journal.append(records);
    await journal.close();
    const disk = Buffer.concat(readdirSync(dir).map((file) => readFileSync(join(dir, file))));
    // The search finds what is there.
    expect(records[0]?.proof.subject).toHaveLength(16);
    expect(disk.includes('29/gate')).toBe(true);
    expect(disk.includes(Buffer.from(records[0]?.proof.subject ?? []))).toBe(true);
    for (const digits of [CARD_NUMBER, CARD_NUMBER.slice(0, 12), CARD_NUMBER.slice(-12)]) {
      for (const form of [digits, `${digits}F`, `0${digits}`]) {
        expect(disk.includes(form, 0, 'latin1')).toBe(false);
        expect(disk.includes(form, 0, 'utf16le')).toBe(false);
        if (form.length % 2 === 0) expect(disk.includes(Buffer.from(form, 'hex'))).toBe(false);
      }
    }
    expect(disk.includes(CREDENTIAL_ID)).toBe(false);
  });

  test('a journal without its key is not opened, nor given another key', async () => {
    const dir = temporaryFolder();
    const journal = open({ dir });
    await journal.append([sampleRecord(1)]);
    await journal.close();
    rmSync(join(dir, KEY_FILE));
    expect(() => open({ dir })).toThrow(`its key ${KEY_FILE} is missing`);
    writeFileSync(join(dir, KEY_FILE), 'short');
    expect(() => open({ dir })).toThrow(/holds 5 bytes, and a key has 32/);
  });

  test('pseudonyms are the same after opening again', async () => {
    const dir = temporaryFolder();
    const first = open({ dir });
    const subject = first.pseudonyms.subject(CARD_NUMBER);
    await first.close();
    expect(open({ dir }).pseudonyms.subject(CARD_NUMBER)).toEqual(subject);
  });
});

/** Puts bytes in the place of a record, as no journal would. */
async function overwrite(dir: string, position: number, bytes: Buffer): Promise<void> {
  const environment = openEnvironment({
    folder: dir,
    syncBeforeVisible: true,
    mapBytes: 1 << 20,
    databases: 3,
  });
  await openTable(environment, 'records')?.put(positionKey(position), bytes);
  await environment.close();
}
