/** Decisions judged again when the lists have caught up. */
import { describe, expect, onTestFinished, test } from 'vitest';
import { openJournal } from '../../../../gateway/journal/lmdb-journal.ts';
import { openOutboxReader } from '../../../../gateway/journal/outbox-reader.ts';
import type { DecisionRecord } from '../../../../gateway/journal/record/record.ts';
import { positionKey } from '../../../../gateway/journal/record/record-keys.ts';
import {
  type NewerList,
  type NewJudgement,
  Rejudge,
  type RejudgeOptions,
  type RejudgeResult,
} from '../../../../gateway/outbox/rejudge.ts';
import { openEnvironment, openTable } from '../../../../gateway/storage/lmdb-environment.ts';
import type { Mode } from '../../../../gateway/verification.ts';
import { TEST_PROFILE } from '../../../crypto-profile.rig.ts';
import { START_MS, sampleRecord } from '../journal/sample-records.rig.ts';
import { temporaryFolder } from '../journal/temporary-folder.rig.ts';
import { STATUS_KEYS } from '../live/status-seals.rig.ts';
import { eventually } from './eventually.rig.ts';
import { type Handler, scriptedServer, send, TOKEN } from './journal-platform.rig.ts';

const LIST: NewerList = { revision: '0a1b2c3d.9', issuedAtMs: START_MS + 1_000_000 };

interface Item {
  readonly id: string;
  readonly now: { readonly list_revision: string };
}

/** The platform's memory of what was told, by gateway, record and list revision. */
function told() {
  const items = new Map<string, Item>();
  const bodies: { gateway: string; items: Item[] }[] = [];
  const unjudged = new Map<string, string>();
  const handler: Handler = ({ path, body }, response) => {
    if (path === '/v1/rejudgements/unjudged') {
      const { items } = JSON.parse(body.toString('utf8')) as { items: { id: string; why: string }[] };
      const before = unjudged.size;
      for (const { id, why } of items) unjudged.set(id, why);
      const accepted = unjudged.size - before;
      send(response, { accepted, duplicates: items.length - accepted });
      return;
    }
    const one = JSON.parse(body.toString('utf8')) as { gateway: string; items: Item[] };
    bodies.push(one);
    let accepted = 0;
    for (const item of one.items) {
      const key = `${one.gateway} ${item.id} ${item.now.list_revision}`;
      if (!items.has(key)) accepted += 1;
      items.set(key, item);
    }
    send(response, { accepted, duplicates: one.items.length - accepted });
  };
  return { items, unjudged, bodies, handler };
}

const modeOf = (position: number): Mode => (position % 2 === 0 ? 'lists' : 'live');

/** Of every ten: five live; of the others one differs, one cannot be judged, three are the same. */
function judge({ position, mode }: DecisionRecord): NewJudgement {
  expect(mode).not.toBe('live');
  if (position % 10 === 4) {
    return { kind: 'differs', now: { outcome: 'deny', code: 'deny.status_suspended' } };
  }
  return position % 10 === 6 ? { kind: 'cannot', why: 'no_list_key' } : { kind: 'same' };
}

async function folderWith(records: number) {
  const dir = temporaryFolder();
  const journal = openJournal({ profile: TEST_PROFILE, dir, durability: 'sync', maxBytes: 1 << 28 });
  onTestFinished(() => journal.close());
  const all = Array.from({ length: records }, (_, i) => ({ ...sampleRecord(i + 1), mode: modeOf(i + 1) }));
  for (let i = 0; i < all.length; i += 500) await journal.append(all.slice(i, i + 500));
  return { dir, journal };
}

function rejudging(
  dir: string,
  url: string,
  synced: number,
  options: Partial<RejudgeOptions<NewerList>> = {},
) {
  const reader = openOutboxReader(dir);
  reader.setSynced(synced);
  const results: RejudgeResult[] = [];
  const faults: string[] = [];
  const damaged: string[] = [];
  const rejudge = new Rejudge<NewerList>({
    reader,
    endpoint: { url, token: TOKEN, timeoutMs: 10_000 },
    gatewayId: 'gw-1',
    sealKeys: () => STATUS_KEYS.sealing,
    rejudged: 0,
    judge,
    sliceRecords: 30,
    batchItems: 7,
    retry: { firstMs: 5, longestMs: 20 },
    onResult: (result) => results.push(result),
    onFault: ({ code }) => faults.push(code),
    onDamaged: (error) => damaged.push(error.message),
    now: () => START_MS + 2_000_000,
    ...options,
  });
  onTestFinished(async () => {
    await rejudge.stop();
    await reader.close();
  });
  const sum = (key: 'judged' | 'differing') => results.reduce((n, result) => n + result[key], 0);
  const cannot = () =>
    results.flatMap((result) => Object.values(result.cannot)).reduce((n, one) => n + one, 0);
  const sums = () => ({ judged: sum('judged'), differing: sum('differing'), cannot: cannot() });
  return { rejudge, reader, results, faults, damaged, sums };
}

const differing = (epoch: string, first: number, last: number) =>
  Array.from({ length: last }, (_, i) => i + 1)
    .filter((position) => position >= first && position % 10 === 4)
    .map((position) => `${epoch}:${position}`);
const idsOf = ({ items }: ReturnType<typeof told>) => Array.from(items.values(), ({ id }) => id);

test('records that are not on disk when the list has caught up are judged once they are', async () => {
  const platform = told();
  const { url } = await scriptedServer(platform.handler);
  const { dir } = await folderWith(20);
  const { rejudge, reader, sums } = rejudging(dir, url, 1);
  rejudge.caughtUp(LIST, true);
  await eventually(() => rejudge.position).toBe(1);
  reader.setSynced(13);
  rejudge.synced();
  await eventually(() => rejudge.position).toBe(13);
  reader.setSynced(20);
  rejudge.synced();
  await eventually(sums).toMatchObject({ judged: 8, differing: 2, cannot: 2 });
  // Nothing is owed any more: what comes now waits for a list.
  rejudge.synced();
  expect(rejudge.position).toBe(20);
});

describe('when the list has caught up', () => {
  test('what differs is told with both revisions, the rest is counted', async () => {
    const { dir, journal } = await folderWith(1_000);
    const platform = told();
    const { url, received } = await scriptedServer(platform.handler);
    const { rejudge, sums, faults } = rejudging(dir, url, 1_000);
    rejudge.caughtUp(LIST, true);
    await eventually(() => rejudge.position).toBe(1_000);
    expect(sums()).toEqual({ judged: 400, differing: 100, cannot: 100 });
    // And so is what nobody can judge, by name and why.
    expect(platform.unjudged.size).toBe(100);
    expect(platform.unjudged.get(`${journal.epoch}:6`)).toBe('no_list_key');
    expect(idsOf(platform)).toEqual(differing(journal.epoch, 1, 1_000));
    expect(faults).toEqual([]);
    expect(Math.max(...platform.bodies.map(({ items }) => items.length))).toBe(7);
    expect(received[0]).toMatchObject({
      method: 'POST',
      path: '/v1/rejudgements',
      contentType: 'application/json',
    });
    expect(platform.bodies[0]).toMatchObject({ gateway: 'gw-1' });
    expect(platform.bodies[0]?.items[0]).toEqual({
      id: `${journal.epoch}:4`,
      judged_at_ms: START_MS + 2_000_000,
      was: { outcome: 'allow', code: 'allow.good', list_revision: sampleRecord(4).status.listRevision },
      now: { outcome: 'deny', code: 'deny.status_suspended', list_revision: '0a1b2c3d.9' },
    });
  });

  test('nothing is read that is not on disk, and a newer list goes on from there', async () => {
    const { dir, journal } = await folderWith(200);
    const platform = told();
    const { url } = await scriptedServer(platform.handler);
    const { rejudge, reader } = rejudging(dir, url, 77);
    rejudge.caughtUp(LIST, true);
    await eventually(() => rejudge.position).toBe(77);
    expect(idsOf(platform)).toEqual(differing(journal.epoch, 1, 77));
    reader.setSynced(200);
    rejudge.caughtUp({ ...LIST, revision: '0a1b2c3d.10' }, true);
    await eventually(() => rejudge.position).toBe(200);
    expect(idsOf(platform)).toEqual(differing(journal.epoch, 1, 200));
    expect(platform.bodies.at(-1)?.items.at(-1)?.now.list_revision).toBe('0a1b2c3d.10');
  });

  test('before the gateway is live again, only what was decided before the list was issued', async () => {
    const { dir, journal } = await folderWith(200);
    const platform = told();
    const { url } = await scriptedServer(platform.handler);
    const { rejudge } = rejudging(dir, url, 200);
    rejudge.caughtUp({ ...LIST, issuedAtMs: START_MS + 99 }, false);
    // Position 99 is live; 100 was decided later than the list says anything about.
    await eventually(() => rejudge.position).toBe(99);
    expect(idsOf(platform)).toEqual(differing(journal.epoch, 1, 99));
    rejudge.caughtUp({ ...LIST, issuedAtMs: START_MS + 99 }, true);
    await eventually(() => rejudge.position).toBe(200);
  });

  test('records given up or damaged do not hold it up', async () => {
    const { dir, journal } = await folderWith(200);
    await journal.trim(50);
    const environment = openEnvironment({
      folder: dir,
      syncBeforeVisible: true,
      mapBytes: 1 << 20,
      databases: 3,
    });
    await openTable(environment, 'records')?.put(positionKey(104), Buffer.from('x'));
    await environment.close();
    const platform = told();
    const { url } = await scriptedServer(platform.handler);
    const { rejudge, damaged } = rejudging(dir, url, 200);
    rejudge.caughtUp(LIST, true);
    await eventually(() => rejudge.position).toBe(200);
    expect(damaged).toEqual(['the record at position 104 is damaged: it is cut off']);
    const expected = differing(journal.epoch, 51, 200).filter((id) => !id.endsWith(':104'));
    expect(idsOf(platform)).toEqual(expected);
  });
});

describe('when the platform fails', () => {
  test('it is told again, and everything once in the end', async () => {
    const { dir, journal } = await folderWith(300);
    const platform = told();
    let requests = 0;
    const { url } = await scriptedServer((request, response) => {
      requests += 1;
      if (requests % 4 === 1) response.writeHead(503).end();
      else if (requests % 4 === 2) send(response, { accepted: 1, duplicates: 0 });
      else if (requests % 4 === 3) {
        void platform.handler(request, { writeHead: () => ({ end: () => response.destroy() }) } as never);
      } else void platform.handler(request, response);
    });
    const { rejudge, faults, sums } = rejudging(dir, url, 300);
    rejudge.caughtUp(LIST, true);
    await eventually(() => rejudge.position).toBe(300);
    expect(idsOf(platform)).toEqual(differing(journal.epoch, 1, 300));
    expect(sums()).toEqual({ judged: 120, differing: 30, cannot: 30 });
    expect(new Set(faults)).toEqual(new Set(['status', 'malformed', 'unreachable']));
  });

  test('stopped in the middle, it goes on from what was told, and tells nothing as new twice', async () => {
    const { dir, journal } = await folderWith(600);
    const platform = told();
    let left = 3;
    const ofDiffering = ({ path }: { readonly path: string }) => path === '/v1/rejudgements';
    const scripted = await scriptedServer((request, response) => {
      if (left > 0 || !ofDiffering(request)) void platform.handler(request, response);
      if (ofDiffering(request)) left -= 1;
    });
    const first = rejudging(dir, scripted.url, 600);
    first.rejudge.caughtUp(LIST, true);
    await eventually(() => first.results.length).toBe(3);
    await eventually(() => scripted.received.filter(ofDiffering).length).toBe(4);
    await first.rejudge.stop();
    const position = first.results.at(-1)?.position ?? 0;
    expect(position).toBe(first.rejudge.position);
    expect(position).toBeGreaterThan(100);
    expect(position).toBeLessThan(600);

    scripted.handler = platform.handler;
    const second = rejudging(dir, scripted.url, 600, { rejudged: position });
    second.rejudge.caughtUp(LIST, true);
    await eventually(() => second.rejudge.position).toBe(600);
    expect(idsOf(platform)).toEqual(differing(journal.epoch, 1, 600));
    expect(first.sums().judged + second.sums().judged).toBe(240);
    const all = platform.bodies.flatMap(({ items }) => items);
    expect(all).toHaveLength(platform.items.size);
  });

  test('a judge that throws is a fault, and the next list is gone by again', async () => {
    const { dir } = await folderWith(20);
    const { url } = await scriptedServer(told().handler);
    let broken = true;
    const { rejudge, faults } = rejudging(dir, url, 20, {
      judge: (record) => {
        if (broken) throw new Error('a bug');
        return judge(record);
      },
    });
    rejudge.caughtUp(LIST, true);
    await eventually(() => faults).toEqual(['unusable']);
    broken = false;
    rejudge.caughtUp(LIST, true);
    await eventually(() => rejudge.position).toBe(20);
  });
});

test('of many records a few are read at a time, and progress is told', async () => {
  const { dir } = await folderWith(12_000);
  const { url } = await scriptedServer(told().handler);
  const { rejudge, results } = rejudging(dir, url, 12_000, {
    judge: () => ({ kind: 'same' }),
    sliceRecords: 500,
    batchItems: 1_000,
  });
  rejudge.caughtUp(LIST, true);
  await eventually(() => rejudge.position).toBe(12_000);
  expect(results.map(({ position }) => position)).toEqual([10_000, 12_000]);
});
