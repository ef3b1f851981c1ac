import { describe, expect, onTestFinished, test } from 'vitest';
import { type JournalOptions, openJournal } from '../../gateway/journal/lmdb-journal.ts';
import { positionKey } from '../../gateway/journal/record-keys.ts';
import { UPLOAD_CURSOR, Uploader, type UploaderOptions } from '../../gateway/platform/uploader.ts';
import { openEnvironment, openTable } from '../../gateway/storage/lmdb-environment.ts';
import { sampleRecord, sampleRecords } from '../journal/sample-records.ts';
import { temporaryFolder } from '../journal/temporary-folder.ts';
import { type Handler, scriptedPlatform, send, TOKEN } from './scripted-platform.ts';

/** The platform's memory: what it stored, by id, and how often each id came. */
function intake() {
  const stored = new Map<string, Record<string, unknown>>();
  const seen: string[] = [];
  const store = (body: string) => {
    const { gateway, records } = JSON.parse(body) as { gateway: string; records: { id: string }[] };
    expect(gateway).toBe('gw-1');
    const fresh = records.filter(({ id }) => !stored.has(id));
    for (const record of records) {
      seen.push(record.id);
      stored.set(record.id, record);
    }
    return { accepted: fresh.length, duplicates: records.length - fresh.length };
  };
  const handler: Handler = ({ body }, response) => send(response, JSON.stringify(store(body)));
  return { stored, seen, store, handler };
}

function journalIn(dir: string, options: Partial<JournalOptions> = {}) {
  const journal = openJournal({ dir, durability: 'sync', maxBytes: 1 << 28, ...options });
  onTestFinished(() => journal.close());
  return journal;
}

function upload(url: string, journal: UploaderOptions['journal'], options: Partial<UploaderOptions> = {}) {
  const faults: string[] = [];
  const skipped: number[] = [];
  const uploader = new Uploader({
    endpoint: { url, token: TOKEN, timeoutMs: 500 },
    gatewayId: 'gw-1',
    journal,
    batchRecords: 100,
    idleMs: 5,
    backoffMs: 5,
    backoffMaxMs: 20,
    onFault: (error) => faults.push('fault' in error ? error.fault : error.code),
    onSkipped: (position) => skipped.push(position),
    ...options,
  });
  onTestFinished(() => uploader.stop());
  return { uploader, faults, skipped };
}

const ids = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `gw-1:${first + i}`);

describe('the uploader', () => {
  test('sends every record once, in order, also those that come while it runs', async () => {
    const platform = intake();
    const { url, received } = await scriptedPlatform(platform.handler);
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 250));
    const { uploader, faults } = upload(url, journal);
    await expect.poll(() => uploader.confirmedPosition).toBe(250);
    await journal.append(sampleRecords(251, 10));
    await expect.poll(() => uploader.confirmedPosition).toBe(260);
    expect(platform.seen).toEqual(ids(1, 260));
    expect(faults).toEqual([]);
    expect(uploader.waitingRecords).toBe(0);
    expect(received[0]).toMatchObject({
      method: 'POST',
      path: '/v1/journal',
      authorization: `Bearer ${TOKEN}`,
    });
    const { proof, tap, position } = sampleRecord(7);
    expect(platform.stored.get('gw-1:7')).toMatchObject({
      v: 2,
      position,
      tap,
      digest: Buffer.from(sampleRecord(7).digest).toString('hex'),
      proof: { subject: Buffer.from(proof.subject ?? []).toString('hex'), code: 'proof.ok' },
      answer: { decisionId: 'gw-1:7', outcome: 'allow' },
    });
  });

  test('sends again what a platform stored and died before confirming', async () => {
    const platform = intake();
    let deaths = 0;
    const { url } = await scriptedPlatform(({ body }, response) => {
      const answer = platform.store(body);
      if (deaths < 3) {
        deaths += 1;
        response.destroy();
      } else send(response, JSON.stringify(answer));
    });
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 150));
    const { uploader, faults } = upload(url, journal);
    await expect.poll(() => uploader.confirmedPosition).toBe(150);
    expect(faults).toEqual(['unreachable', 'unreachable', 'unreachable']);
    expect([...platform.stored.keys()]).toEqual(ids(1, 150));
    expect(platform.seen).toEqual([...ids(1, 100), ...ids(1, 100), ...ids(1, 100), ...ids(1, 150)]);
  });

  test('goes on after a restart where the platform had confirmed', async () => {
    const platform = intake();
    const { url } = await scriptedPlatform(platform.handler);
    const dir = temporaryFolder();
    const before = journalIn(dir);
    await before.append(sampleRecords(1, 120));
    const first = upload(url, before);
    await expect.poll(() => first.uploader.confirmedPosition).toBe(120);
    await first.uploader.stop();
    await before.append(sampleRecords(121, 30));
    await before.close();
    platform.seen.length = 0;

    const after = journalIn(dir);
    expect(after.cursor(UPLOAD_CURSOR)).toBe(120);
    const second = upload(url, after);
    await expect.poll(() => second.uploader.confirmedPosition).toBe(150);
    expect(platform.seen).toEqual(ids(121, 150));
  });

  const refusals: [string, string, Handler][] = [
    ['503', 'status', (_, r) => void r.writeHead(503).end()],
    ['401', 'unauthorised', (_, r) => void r.writeHead(401).end()],
    ['no answer', 'timeout', () => {}],
    ['no JSON', 'malformed', (_, r) => send(r, 'ok')],
    ['fewer records confirmed than sent', 'malformed', (_, r) => send(r, '{"accepted":1,"duplicates":0}')],
    ['more records confirmed than sent', 'malformed', (_, r) => send(r, '{"accepted":100,"duplicates":1}')],
    ['numbers that are none', 'malformed', (_, r) => send(r, '{"accepted":"3","duplicates":0}')],
  ];
  test.each(refusals)('takes %s for no confirmation (%s)', async (_, fault, handler) => {
    const platform = intake();
    const scripted = await scriptedPlatform(handler);
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 3));
    const { uploader, faults } = upload(scripted.url, journal);
    await expect.poll(() => faults.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
    expect(new Set(faults)).toEqual(new Set([fault]));
    expect(journal.cursor(UPLOAD_CURSOR)).toBe(0);
    expect(uploader.waitingRecords).toBe(3);
    scripted.handler = platform.handler;
    await expect.poll(() => uploader.confirmedPosition, { timeout: 5_000 }).toBe(3);
    expect(platform.seen).toEqual(ids(1, 3));
  });

  test('sends less at once where the platform says it is too much', async () => {
    const platform = intake();
    const { url } = await scriptedPlatform((request, response) => {
      const { records } = JSON.parse(request.body) as { records: unknown[] };
      if (records.length > 30) response.writeHead(413).end();
      else void platform.handler(request, response);
    });
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 60));
    const { uploader, faults } = upload(url, journal);
    await expect.poll(() => uploader.confirmedPosition).toBe(60);
    expect(faults).toEqual(['status', 'status']);
    expect(platform.seen).toEqual(ids(1, 60));
  });

  test('passes over a damaged record, says so, and sends all others', async () => {
    const platform = intake();
    const { url } = await scriptedPlatform(platform.handler);
    const dir = temporaryFolder();
    const before = journalIn(dir);
    await before.append(sampleRecords(1, 10));
    await before.close();
    const environment = openEnvironment({
      folder: dir,
      syncBeforeVisible: true,
      mapBytes: 1 << 20,
      databases: 3,
    });
    await openTable(environment, 'records')?.put(positionKey(4), Buffer.from([1, 0, 0, 0, 0, 0]));
    await environment.close();
    const { uploader, faults, skipped } = upload(url, journalIn(dir));
    await expect.poll(() => uploader.confirmedPosition).toBe(10);
    expect(skipped).toEqual([4]);
    expect(faults).toEqual([]);
    expect(platform.seen).toEqual([...ids(1, 3), ...ids(5, 10)]);
  });

  test.each(['commit', 'none'] as const)(
    'with durability %s sends only what is on disk',
    async (durability) => {
      const platform = intake();
      const { url } = await scriptedPlatform(platform.handler);
      const journal = journalIn(temporaryFolder(), { durability });
      const { uploader } = upload(url, journal);
      for (let i = 0; i < 20; i += 1) {
        await journal.append(sampleRecords(journal.nextPosition, 20));
        expect(platform.seen.length).toBeLessThanOrEqual(journal.syncedPosition);
      }
      await expect.poll(() => uploader.confirmedPosition).toBe(400);
      expect(platform.seen).toEqual(ids(1, 400));
    },
  );

  test('stops at once, though the platform does not answer', async () => {
    const scripted = await scriptedPlatform(() => {});
    const journal = journalIn(temporaryFolder());
    await journal.append(sampleRecords(1, 3));
    const { uploader, faults } = upload(scripted.url, journal, {
      endpoint: { url: scripted.url, token: TOKEN, timeoutMs: 60_000 },
    });
    await expect.poll(() => scripted.received.length).toBe(1);
    await uploader.stop();
    expect(faults).toEqual([]);
    expect(journal.cursor(UPLOAD_CURSOR)).toBe(0);
  });
});
