import { rmSync } from 'node:fs';
import { decode } from '@msgpack/msgpack';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CURSORS } from '../../../../gateway/journal/journal-tables.ts';
import {
  type JournalOptions,
  type LmdbJournal,
  openJournal,
} from '../../../../gateway/journal/lmdb-journal.ts';
import { openOutboxReader } from '../../../../gateway/journal/outbox-reader.ts';
import { decodeRecord } from '../../../../gateway/journal/record/record-codec.ts';
import { positionKey } from '../../../../gateway/journal/record/record-keys.ts';
import { Outbox, type OutboxOptions, type UploadConflict } from '../../../../gateway/outbox/outbox.ts';
import { openEnvironment, openTable } from '../../../../gateway/storage/lmdb-environment.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { sampleRecord, sampleRecords } from '../journal/sample-records.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';
import { STATUS_KEYS } from '../live/status-seals.rig.ts';
import { eventually } from './eventually.rig.ts';
import { type Handler, intake, scriptedServer, send, TOKEN, type Upload } from './journal-platform.rig.ts';

function journalIn(dir: string, options: Partial<JournalOptions> = {}) {
  const journal = openJournal({
    profile: TEST_PROFILE,
    dir,
    durability: 'sync',
    maxBytes: 1 << 28,
    ...options,
  });
  onTestFinished(() => journal.close());
  return journal;
}

/** Of a platform that a busy machine holds up. */
const TIMEOUT_MS = 10_000;

/** An outbox beside a journal, which keeps what is confirmed as the gateway's main thread does. */
function sending(url: string, dir: string, journal: LmdbJournal, options: Partial<OutboxOptions> = {}) {
  const reader = openOutboxReader(dir);
  reader.setSynced(journal.syncedPosition);
  const faults: string[] = [];
  const conflicts: UploadConflict[] = [];
  const skipped: number[] = [];
  const gaps: [number, number][] = [];
  const saving: Promise<void>[] = [];
  const outbox = new Outbox({
    endpoint: { url, token: TOKEN, timeoutMs: TIMEOUT_MS },
    gatewayId: 'gw-1',
    reader,
    sealKeys: () => STATUS_KEYS.sealing,
    confirmed: reader.cursor(CURSORS.confirmed),
    batchRecords: 100,
    idleMs: 5,
    retry: { firstMs: 5, longestMs: 20 },
    onConfirmed: (position) => saving.push(journal.saveCursor(CURSORS.confirmed, position)),
    onConflict: (conflict) => conflicts.push(conflict),
    onFault: (error) => faults.push(error.code),
    onSkipped: (position) => skipped.push(position),
    onGap: (first, last) => gaps.push([first, last]),
    ...options,
  });
  const stop = async () => {
    await outbox.stop();
    await Promise.all(saving);
    await reader.close();
  };
  onTestFinished(() => outbox.stop());
  return { outbox, reader, conflicts, faults, skipped, gaps, stop };
}

const idsOf = (epoch: string, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${epoch}:${first + i}`);

describe('the outbox', () => {
  test('sends every record once, in order and as it is stored, also those that come while it runs', async () => {
    const platform = intake();
    const { url, received } = await scriptedServer(platform.handler);
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 250));
    const { outbox, reader, faults } = sending(url, dir, journal);
    await eventually(() => outbox.confirmedPosition).toBe(250);
    await journal.append(sampleRecords(251, 10));
    expect(outbox.confirmedPosition).toBe(250);
    reader.setSynced(260);
    await eventually(() => outbox.confirmedPosition).toBe(260);
    expect(platform.seen).toEqual(idsOf(journal.epoch, 1, 260));
    expect(faults).toEqual([]);
    expect(outbox.waitingRecords).toBe(0);
    expect(received[0]).toMatchObject({
      method: 'POST',
      path: '/v1/journal',
      authorization: `Bearer ${TOKEN}`,
      contentType: 'application/msgpack',
    });
    const stored = platform.stored.get(`${journal.epoch}:7`) ?? new Uint8Array();
    expect(decodeRecord(7, stored).record).toEqual(sampleRecord(7));
  });

  test('sends again what a platform stored and died before confirming', async () => {
    const platform = intake();
    let deaths = 0;
    const { url } = await scriptedServer(({ body }, response) => {
      const answer = platform.store(body);
      if (deaths < 3) {
        deaths += 1;
        response.destroy();
      } else send(response, answer);
    });
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 150));
    const { outbox, faults } = sending(url, dir, journal);
    await eventually(() => outbox.confirmedPosition).toBe(150);
    expect(faults).toEqual(['unreachable', 'unreachable', 'unreachable']);
    const [first, all] = [idsOf(journal.epoch, 1, 100), idsOf(journal.epoch, 1, 150)];
    expect([...platform.stored.keys()]).toEqual(all);
    expect(platform.seen).toEqual([...first, ...first, ...first, ...all]);
  });

  test('goes on after a restart where the platform had confirmed', async () => {
    const platform = intake();
    const { url } = await scriptedServer(platform.handler);
    const dir = temporaryFolder();
    const before = journalIn(dir);
    await before.append(sampleRecords(1, 120));
    const first = sending(url, dir, before);
    await eventually(() => first.outbox.confirmedPosition).toBe(120);
    await first.stop();
    await before.append(sampleRecords(121, 30));
    await before.close();
    platform.seen.length = 0;

    const after = journalIn(dir);
    expect(after.cursor(CURSORS.confirmed)).toBe(120);
    expect(after.epoch).toBe(before.epoch);
    const second = sending(url, dir, after);
    await eventually(() => second.outbox.confirmedPosition).toBe(150);
    expect(platform.seen).toEqual(idsOf(after.epoch, 121, 150));
  });

  test('after the folder was deleted no record takes the name of another', async () => {
    const platform = intake();
    const { url } = await scriptedServer(platform.handler);
    const dir = temporaryFolder();
    const epochs: string[] = [];
    for (let life = 0; life < 2; life += 1) {
      const journal = journalIn(dir);
      await journal.append(sampleRecords(1, 40));
      const { outbox, stop } = sending(url, dir, journal);
      await eventually(() => outbox.confirmedPosition).toBe(40);
      epochs.push(journal.epoch);
      await stop();
      await journal.close();
      rmSync(dir, { recursive: true });
    }
    expect(new Set(epochs).size).toBe(2);
    expect([...platform.stored.keys()]).toEqual(epochs.flatMap((epoch) => idsOf(epoch, 1, 40)));
  });

  const refusals: [string, string, Handler][] = [
    ['503', 'status', (_, r) => void r.writeHead(503).end()],
    ['400', 'status', (_, r) => void r.writeHead(400).end()],
    ['401', 'unauthorised', (_, r) => void r.writeHead(401).end()],
    ['no answer', 'timeout', () => {}],
    ['no JSON', 'malformed', (_, r) => send(r, 'ok')],
    ['fewer records confirmed than sent', 'malformed', (_, r) => send(r, { accepted: 1, duplicates: 0 })],
    ['more records confirmed than sent', 'malformed', (_, r) => send(r, { accepted: 100, duplicates: 1 })],
    ['numbers that are none', 'malformed', (_, r) => send(r, { accepted: '3', duplicates: 0 })],
    ['an answer without end', 'too_large', (_, r) => send(r, ' '.repeat(100_000))],
  ];
  test.each(refusals)('takes %s for no confirmation (%s)', async (_, fault, handler) => {
    const platform = intake();
    const scripted = await scriptedServer(handler);
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 3));
    const timeoutMs = fault === 'timeout' ? 300 : TIMEOUT_MS;
    const { outbox, faults } = sending(scripted.url, dir, journal, {
      endpoint: { url: scripted.url, token: TOKEN, timeoutMs },
    });
    await eventually(() => faults.length).toBeGreaterThanOrEqual(2);
    expect(new Set(faults)).toEqual(new Set([fault]));
    expect(journal.cursor(CURSORS.confirmed)).toBe(0);
    expect(outbox.waitingRecords).toBe(3);
    scripted.handler = platform.handler;
    await eventually(() => outbox.confirmedPosition).toBe(3);
    expect(platform.seen).toEqual(idsOf(journal.epoch, 1, 3));
  });

  test('sends less at once where the platform says it is too much', async () => {
    const platform = intake();
    const { url } = await scriptedServer((request, response) => {
      if ((decode(request.body) as Upload).records.length > 30) response.writeHead(413).end();
      else void platform.handler(request, response);
    });
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 100));
    const { outbox, faults } = sending(url, dir, journal);
    await eventually(() => outbox.confirmedPosition).toBe(100);
    expect(faults).toEqual(['status', 'status']);
    expect(platform.seen).toEqual(idsOf(journal.epoch, 1, 100));
  });

  test('sends as much as before once the platform takes it again', async () => {
    const platform = intake();
    let most = 10;
    const sizes: number[] = [];
    const { url } = await scriptedServer((request, response) => {
      const { length } = (decode(request.body) as Upload).records;
      sizes.push(length);
      if (length > most) response.writeHead(413).end();
      else void platform.handler(request, response);
    });
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 200));
    const { outbox, reader } = sending(url, dir, journal);
    await eventually(() => outbox.confirmedPosition).toBe(200);
    expect(Math.max(...sizes.slice(4))).toBeLessThan(100);
    most = 1_000;
    for (let i = 0; i < 40; i += 1) await journal.append(sampleRecords(journal.nextPosition, 50));
    reader.setSynced(2_200);
    await eventually(() => outbox.confirmedPosition).toBe(2_200);
    expect(sizes.at(-2)).toBe(100);
  });

  test('a record that is too large by itself is told and passed over, where those behind it are taken', async () => {
    const platform = intake();
    const isLarge = (record: Uint8Array) => record.length > 5_000;
    const { url } = await scriptedServer((request, response) => {
      if ((decode(request.body) as Upload).records.some(isLarge)) response.writeHead(413).end();
      else void platform.handler(request, response);
    });
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    const large = { ...sampleRecord(11), family: 'x'.repeat(10_000) };
    await journal.append([...sampleRecords(1, 10), large, ...sampleRecords(12, 10)]);
    const { outbox, skipped } = sending(url, dir, journal);
    await eventually(() => outbox.confirmedPosition).toBe(21);
    expect(skipped).toEqual([11]);
    expect([...platform.stored.keys()].sort()).toEqual(
      [...idsOf(journal.epoch, 1, 10), ...idsOf(journal.epoch, 12, 21)].sort(),
    );
  });

  test('something on the way that refuses every record makes none be passed over', async () => {
    const scripted = await scriptedServer((_, response) => void response.writeHead(413).end());
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 4));
    const { outbox, skipped, faults } = sending(scripted.url, dir, journal);
    await eventually(() => faults.length).toBeGreaterThan(8);
    expect([skipped, outbox.confirmedPosition]).toEqual([[], 0]);
    scripted.handler = intake().handler;
    await eventually(() => outbox.confirmedPosition).toBe(4);
  });

  test('at a platform that names no conflicts, a record never sent before that is a duplicate shows one', async () => {
    const taken = new Set<string>();
    const uploads: string[] = [];
    const { url } = await scriptedServer(({ path, body }, response) => {
      // It knows no epochs either.
      if (path !== '/v1/journal') return void response.writeHead(404).end();
      const { epoch, first, records } = decode(body) as Upload;
      const ids = idsOf(epoch, first, first + records.length - 1);
      const accepted = ids.filter((id) => !taken.has(id)).length;
      for (const id of ids) taken.add(id);
      uploads.push(`${epoch} ${first}-${first + records.length - 1}`);
      send(response, { accepted, duplicates: ids.length - accepted });
    });
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 20));
    const former = journal.epoch;
    // A life that was lost has used positions up to 40; what this one had at its start may have been sent.
    for (const id of idsOf(former, 1, 40)) taken.add(id);
    await journal.saveCursor(CURSORS.confirmed, 15);
    const { outbox, reader, conflicts } = sending(url, dir, journal);
    await eventually(() => outbox.confirmedPosition).toBe(20);
    expect(conflicts).toEqual([]);
    await journal.append(sampleRecords(21, 30));
    reader.setSynced(50);
    await eventually(() => conflicts.length).toBeGreaterThan(0);
    expect(conflicts[0]).toEqual({ epoch: former, after: 15, records: 20 });
    expect(outbox.confirmedPosition).toBe(20);

    await journal.beginEpoch({ after: 15, cause: 'conflict', atMs: 0 });
    reader.epochBegan();
    outbox.epochBegan();
    await eventually(() => outbox.confirmedPosition).toBe(50);
    expect(uploads.at(-1)).toBe(`${journal.epoch} 16-50`);
    expect(conflicts).toHaveLength(1);
  });

  test('keeps requests within their bytes, and sends a record that is larger alone', async () => {
    const platform = intake();
    const { url, received } = await scriptedServer(platform.handler);
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    const large = { ...sampleRecord(31), family: 'x'.repeat(10_000) };
    await journal.append([...sampleRecords(1, 30), large, ...sampleRecords(32, 30)]);
    const { outbox } = sending(url, dir, journal, { batchBytes: 4_000 });
    await eventually(() => outbox.confirmedPosition).toBe(61);
    expect(platform.seen).toEqual(idsOf(journal.epoch, 1, 61));
    const sizes = received.map(({ body }) => body.length).sort((a, b) => b - a);
    expect(sizes[0]).toBeGreaterThan(10_000);
    expect(sizes[1]).toBeLessThan(4_400);
    expect(
      (decode(received.find(({ body }) => body.length > 10_000)?.body ?? []) as Upload).records,
    ).toHaveLength(1);
  });

  test('passes over a damaged record, says so, and sends all others', async () => {
    const platform = intake();
    const { url } = await scriptedServer(platform.handler);
    const dir = temporaryFolder();
    const before = journalIn(dir);
    await before.append(sampleRecords(1, 10));
    await before.close();
    await overwrite(dir, 1, Buffer.from('x'));
    await overwrite(dir, 4, Buffer.from([1, 0, 0, 0, 0, 0]));
    const journal = journalIn(dir, { onDamaged: () => {} });
    const { outbox, faults, skipped } = sending(url, dir, journal);
    await eventually(() => outbox.confirmedPosition).toBe(10);
    expect(skipped).toEqual([1, 4]);
    expect(faults).toEqual([]);
    expect(platform.seen).toEqual([...idsOf(journal.epoch, 2, 3), ...idsOf(journal.epoch, 5, 10)]);
  });

  test('goes on behind records that were given up, and tells which', async () => {
    const platform = intake();
    const { url } = await scriptedServer(platform.handler);
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 60));
    expect(await journal.trim(20)).toBe(20);
    const { outbox, gaps } = sending(url, dir, journal);
    await eventually(() => outbox.confirmedPosition).toBe(60);
    expect(gaps).toEqual([[1, 20]]);
    expect(platform.seen).toEqual(idsOf(journal.epoch, 21, 60));
  });

  test('reads a hundred thousand records a batch at a time', async () => {
    const dir = temporaryFolder();
    const journal = journalIn(dir, { indexEntries: 200_000 });
    for (let i = 0; i < 100; i += 1) await journal.append(sampleRecords(journal.nextPosition, 1_000));
    let records = 0;
    let largest = 0;
    const { url } = await scriptedServer(({ body }, response) => {
      const upload = decode(body) as Upload;
      expect(upload.first).toBe(records + 1);
      records += upload.records.length;
      largest = Math.max(largest, body.length);
      send(response, { accepted: upload.records.length, duplicates: 0 });
    });
    const { outbox } = sending(url, dir, journal, { batchRecords: 1_000, batchBytes: 200_000 });
    await eventually(() => outbox.confirmedPosition).toBe(100_000);
    expect(records).toBe(100_000);
    expect(largest).toBeLessThan(210_000);
  }, 40_000);

  test.each(['commit', 'none'] as const)(
    'with durability %s sends only what is on disk',
    async (durability) => {
      const platform = intake();
      const { url } = await scriptedServer(platform.handler);
      const dir = temporaryFolder();
      const journal = journalIn(dir, { durability });
      const { outbox, reader } = sending(url, dir, journal);
      for (let i = 0; i < 20; i += 1) {
        await journal.append(sampleRecords(journal.nextPosition, 20));
        reader.setSynced(journal.syncedPosition);
        expect(platform.seen.length).toBeLessThanOrEqual(journal.syncedPosition);
      }
      await eventually(() => journal.syncedPosition).toBe(400);
      reader.setSynced(400);
      await eventually(() => outbox.confirmedPosition).toBe(400);
      expect(platform.seen).toEqual(idsOf(journal.epoch, 1, 400));
    },
  );

  test('waits long after failures, and not at all once the platform answers again', async () => {
    const platform = intake();
    const scripted = await scriptedServer((_, response) => void response.writeHead(503).end());
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 3));
    const hour = 3_600_000;
    const retry = { firstMs: hour, longestMs: hour, longestAnsweringMs: hour };
    const { outbox, faults } = sending(scripted.url, dir, journal, { retry });
    await eventually(() => faults.length).toBe(1);
    outbox.setPlatformAnswers(true);
    await eventually(() => faults.length).toBe(2);
    scripted.handler = platform.handler;
    outbox.nudge();
    await eventually(() => outbox.confirmedPosition).toBe(3);
  });

  test('stops at once, though the platform does not answer', async () => {
    const scripted = await scriptedServer(() => {});
    const dir = temporaryFolder();
    const journal = journalIn(dir);
    await journal.append(sampleRecords(1, 3));
    const { outbox, faults } = sending(scripted.url, dir, journal, {
      endpoint: { url: scripted.url, token: TOKEN, timeoutMs: 60_000 },
    });
    await eventually(() => scripted.received.length).toBe(1);
    await outbox.stop();
    expect(faults).toEqual([]);
    expect(journal.cursor(CURSORS.confirmed)).toBe(0);
  });
});

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
