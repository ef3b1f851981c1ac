/** Journals in both forms, and what was judged again: kept once, confirmed when on disk. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Encoder } from '@msgpack/msgpack';
import { afterEach, describe, expect, it } from 'vitest';
import { JournalFullError, JournalIntake } from '../../../platform/journal/intake.ts';
import type { Platform } from '../../../platform/server.ts';
import { get, outcome, post, startPlatform, stopPlatform, stopPlatforms } from './served-platform.rig.ts';

const EPOCH = '0123456789abcdef';
const folders: string[] = [];
afterEach(async () => {
  await stopPlatforms();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'intake-'));
  folders.push(path);
  return path;
}

const record = (position: number, salt = 0) => Uint8Array.of(2, salt, position & 0xff, position >>> 8, 7);
const records = (first: number, count: number) => Array.from({ length: count }, (_, i) => record(first + i));
// Another library than the platform's reads back what it must.
const packed = (first: number, list: readonly Uint8Array[], more: object = {}) =>
  new Encoder().encode({ gateway: 'gw', epoch: EPOCH, first, records: list, ...more });

async function upload(platform: Platform, body: Uint8Array): Promise<unknown> {
  const response = await post(platform, '/v1/journal', body, 'application/msgpack');
  expect(response.status).toBe(200);
  return await response.json();
}

describe('packed journals', () => {
  it('keeps each position once, whatever overlaps, in whatever order', async () => {
    const platform = await startPlatform();
    expect(await upload(platform, packed(4_000, records(4_000, 200)))).toEqual({
      accepted: 200,
      duplicates: 0,
      conflicts: 0,
    });
    expect(await upload(platform, packed(3_950, records(3_950, 300)))).toEqual({
      accepted: 100,
      duplicates: 200,
      conflicts: 0,
    });
    expect(await upload(platform, packed(1, records(1, 10)))).toEqual({
      accepted: 10,
      duplicates: 0,
      conflicts: 0,
    });
    expect(await upload(platform, packed(5, [record(5, 1)]))).toEqual({
      accepted: 0,
      duplicates: 0,
      conflicts: 1,
      first_conflict: 5,
    });
    expect(platform.journalSummary()).toEqual({
      records: 310,
      duplicates: 200,
      conflicts: 1,
      gateways: { gw: 310 },
      forks: {},
    });
    const has = (position: number) => platform.hasRecord('gw', `${EPOCH}:${position}`);
    expect([0, 1, 10, 11, 3_949, 3_950, 4_249, 4_250].map(has)).toEqual([
      false,
      true,
      true,
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  it('keeps nothing of an upload with another record under a name that is taken, and names the first', async () => {
    const platform = await startPlatform({ dataDir: folder() });
    await upload(platform, packed(1, records(1, 20)));
    const parted = [...records(11, 5), record(16, 1), record(17), record(18, 1), ...records(19, 10)];
    expect(await upload(platform, packed(11, parted))).toEqual({
      accepted: 0,
      duplicates: 8,
      conflicts: 2,
      first_conflict: 16,
    });
    expect(platform.hasRecord('gw', `${EPOCH}:21`)).toBe(false);
    // Named anew, all of it is taken.
    const renamed = packed(16, parted.slice(5), { epoch: 'e'.repeat(16) });
    expect(await upload(platform, renamed)).toEqual({ accepted: 13, duplicates: 0, conflicts: 0 });
    const json = { gateway: 'gw', records: [{ id: 'b', n: 1 }, { id: 'b', n: 2 }, { id: 'c' }] };
    expect(await (await post(platform, '/v1/journal', json)).json()).toMatchObject({
      accepted: 0,
      first_conflict: 'b',
    });
    expect(platform.hasRecord('gw', 'c')).toBe(false);
    expect(platform.journalSummary()).toMatchObject({ records: 33, conflicts: 3 });
  });

  it('keeps where an epoch forks from another, over a restart', async () => {
    const dataDir = folder();
    const platform = await startPlatform({ dataDir });
    const origin = { epoch: 'e'.repeat(16), parent: EPOCH, first: 16 };
    const tell = async (body: object) =>
      await post(platform, '/v1/journal/epochs', { gateway: 'gw', ...body });
    expect(await (await tell(origin)).json()).toEqual({ accepted: 1, duplicates: 0, conflicts: 0 });
    expect(await (await tell(origin)).json()).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(await (await tell({ ...origin, first: 17 })).json()).toMatchObject({ accepted: 0, conflicts: 1 });
    for (const bad of [{ ...origin, parent: origin.epoch }, { ...origin, first: 0 }, { epoch: EPOCH }])
      expect(await outcome(await tell(bad))).toEqual([400, 'request.malformed']);
    await stopPlatform(platform);
    const second = await startPlatform({ dataDir });
    expect(second.journalSummary().forks).toEqual({ gw: [origin] });
  });

  it('knows epochs and gateways apart, and the same record in both forms', async () => {
    const platform = await startPlatform();
    await upload(platform, packed(1, records(1, 3)));
    expect(await upload(platform, packed(1, records(1, 3), { epoch: 'f'.repeat(16) }))).toMatchObject({
      accepted: 3,
    });
    expect(await upload(platform, packed(1, records(1, 3), { gateway: 'gw-2' }))).toMatchObject({
      accepted: 3,
    });
    const json = { gateway: 'gw', records: [{ id: `${EPOCH}:3` }, { id: `${EPOCH}:4` }] };
    expect(await (await post(platform, '/v1/journal', json)).json()).toEqual({
      accepted: 1,
      duplicates: 1,
      conflicts: 0,
    });
    expect(await upload(platform, packed(4, records(4, 1)))).toEqual({
      accepted: 0,
      duplicates: 1,
      conflicts: 0,
    });
    expect(platform.journalSummary()).toMatchObject({ records: 10, conflicts: 0 });
  });

  it('has what it confirmed after a restart, without what a crash tore, and refuses a damaged file', async () => {
    const dataDir = folder();
    const first = await startPlatform({ dataDir });
    await upload(first, packed(1, records(1, 50)));
    await upload(first, packed(40, records(40, 20)));
    await post(first, '/v1/journal', { gateway: 'gw', records: [{ id: 'other' }] });
    await stopPlatform(first);
    const file = join(dataDir, 'journal.frames');
    const whole = readFileSync(file);
    writeFileSync(file, Buffer.concat([whole, whole.subarray(0, 100)]));
    const second = await startPlatform({ dataDir });
    expect(second.journalSummary()).toMatchObject({ records: 60, conflicts: 0 });
    expect(statSync(file).size).toBe(whole.length);
    expect(await upload(second, packed(1, records(1, 60)))).toEqual({
      accepted: 1,
      duplicates: 59,
      conflicts: 0,
    });
    expect(second.journalSummary().conflicts).toBe(0);
    await stopPlatform(second);
    const damaged = Buffer.from(readFileSync(file));
    damaged.writeUInt8(damaged.readUInt8(20) ^ 1, 20);
    writeFileSync(file, damaged);
    await expect(startPlatform({ dataDir })).rejects.toThrow('damaged');
  });

  it.each<[string, Uint8Array, number, string]>([
    ['no MessagePack', Uint8Array.of(0xc1), 400, 'request.malformed'],
    ['bytes that follow', Buffer.concat([packed(1, []), Uint8Array.of(0)]), 400, 'request.malformed'],
    ['another member', packed(1, [], { more: 1 }), 400, 'request.malformed'],
    ['position 0', packed(0, records(1, 1)), 400, 'request.malformed'],
    ['no whole position', packed(1.5, []), 400, 'request.malformed'],
    ['another epoch', packed(1, [], { epoch: 'EPOCH' }), 400, 'request.malformed'],
    ['records that are no bytes', packed(1, [], { records: ['x'] }), 400, 'request.malformed'],
    ['too many', packed(1, records(1, 16_385)), 413, 'request.too_many_items'],
    ['a body too large', new Uint8Array(8_388_609), 413, 'request.too_large'],
  ])('refuses %s', async (_name, body, status, code) => {
    const platform = await startPlatform();
    const response = await post(platform, '/v1/journal', body, 'application/msgpack');
    expect(await outcome(response)).toEqual([status, code]);
    expect(platform.journalSummary().records).toBe(0);
  });

  it('takes no more than it has room for, records or scattered positions', async () => {
    const intake = await JournalIntake.open(null, 100);
    const take = (first: number, count: number) => {
      const list = records(first, count);
      return intake.acceptPacked({ gateway: 'gw', epoch: EPOCH, first, records: list }, new Uint8Array(0));
    };
    expect(await take(1, 90)).toEqual({ accepted: 90, duplicates: 0, conflicts: 0 });
    await expect(take(91, 11)).rejects.toThrow(JournalFullError);
    expect(await take(1, 90)).toEqual({ accepted: 0, duplicates: 90, conflicts: 0 });
    const sparse = await JournalIntake.open(null, 2_000);
    const one = (first: number) =>
      sparse.acceptPacked(
        { gateway: 'gw', epoch: EPOCH, first, records: records(first, 1) },
        new Uint8Array(0),
      );
    for (let i = 1; i <= 1_025; i += 1) await one(i * 4_096);
    await expect(one(1_026 * 4_096)).rejects.toThrow(JournalFullError);
  });
});

describe('re-judgements', () => {
  const item = (id: string, revision = 'abcdef01.7') => ({
    id,
    judged_at_ms: 1_700_000_000_000,
    was: { outcome: 'allow', code: 'allow.good', list_revision: 'abcdef01.6' },
    now: { outcome: 'deny', code: 'deny.status_suspended', list_revision: revision },
  });
  const send = (platform: Platform, ...items: unknown[]) =>
    post(platform, '/v1/rejudgements', { gateway: 'gw', items });

  it('are kept once for each record and revision, over a restart', async () => {
    const dataDir = folder();
    const first = await startPlatform({ dataDir });
    const answers = [
      await send(first, item(`${EPOCH}:1`), item(`${EPOCH}:2`)),
      await send(first, item(`${EPOCH}:2`), item(`${EPOCH}:2`, 'abcdef01.8')),
    ];
    expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual([
      { accepted: 2, duplicates: 0 },
      { accepted: 1, duplicates: 1 },
    ]);
    const { list } = first.rejudgements();
    expect(list).toHaveLength(3);
    expect(list[0]).toEqual({ gateway: 'gw', ...item(`${EPOCH}:1`) });
    await stopPlatform(first);
    const second = await startPlatform({ dataDir });
    expect(await (await send(second, item(`${EPOCH}:1`))).json()).toEqual({ accepted: 0, duplicates: 1 });
    const { items, duplicates, changes, gateways } = second.rejudgements();
    expect({ items, duplicates, changes, gateways }).toEqual({
      items: 3,
      duplicates: 1,
      changes: { 'allow>deny': 3 },
      gateways: { gw: 3 },
    });
  });

  it.each([
    ['none', { gateway: 'gw', items: [] }],
    ['too many', { gateway: 'gw', items: Array.from({ length: 1_001 }, (_, i) => item(`${i}`)) }],
    ['another outcome', { gateway: 'gw', items: [{ ...item('a'), was: { outcome: 'maybe' } }] }],
    ['no gateway', { items: [item('a')] }],
  ])('are refused: %s', async (_name, body) => {
    const platform = await startPlatform();
    expect(await outcome(await post(platform, '/v1/rejudgements', body))).toEqual([400, 'request.malformed']);
  });
});

describe('decisions that nobody can judge again', () => {
  it('are kept once each, by why, over a restart', async () => {
    const dataDir = folder();
    const first = await startPlatform({ dataDir });
    const tell = (platform: Platform, items: readonly object[]) =>
      post(platform, '/v1/rejudgements/unjudged', { gateway: 'gw', items });
    const items = [1, 2, 3].map((n) => ({
      id: `${EPOCH}:${n}`,
      why: n === 3 ? 'not_proven' : 'no_list_key',
    }));
    expect(await (await tell(first, items)).json()).toEqual({ accepted: 3, duplicates: 0 });
    expect(await (await tell(first, items.slice(1))).json()).toEqual({ accepted: 0, duplicates: 2 });
    expect(await outcome(await tell(first, [{ id: 'a' }]))).toEqual([400, 'request.malformed']);
    await stopPlatform(first);
    const second = await startPlatform({ dataDir });
    expect(second.rejudgements()).toMatchObject({ items: 0, unjudged: { no_list_key: 2, not_proven: 1 } });
  });
});

describe('routes', () => {
  it('want the token and their method, everywhere', async () => {
    const platform = await startPlatform();
    const routes = {
      '/v1/tuf/metadata/timestamp.json': 'GET',
      '/v1/tuf/targets/trust.json': 'GET',
      '/v1/lists/cards/deltas': 'GET',
      '/v1/status': 'POST',
      '/v1/health': 'GET',
      '/v1/rejudgements': 'POST',
      '/v1/rejudgements/unjudged': 'POST',
      '/v1/journal': 'POST',
      '/v1/journal/epochs': 'POST',
      '/v1/journal/summary': 'GET',
    };
    for (const [path, method] of Object.entries(routes)) {
      expect((await fetch(platform.url + path, { method })).status).toBe(401);
      const other = method === 'GET' ? await post(platform, path, {}) : await get(platform, path);
      expect([other.status, other.headers.get('allow')]).toEqual([405, method]);
    }
    expect((await get(platform, '/v1/health?x=1')).status).toBe(404);
  });
});
