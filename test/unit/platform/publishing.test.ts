/** What the platform publishes, as a gateway follows it: trust and lists by TUF, changes by a signed chain. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { CHANGE_BYTES } from '../../../lists/delta-changes.ts';
import { parseList } from '../../../lists/list-file.ts';
import { LISTED_STATES } from '../../../lists/list-handle.ts';
import { listKeyHash } from '../../../lists/list-key.ts';
import { createCity } from '../../../platform/city.ts';
import type { Platform } from '../../../platform/server.ts';
import {
  city,
  type DeltasAnswer,
  deltasPath,
  followTuf,
  get,
  getJson,
  NOW,
  outcome,
  post,
  question,
  readLink,
  sealSays,
  sha256,
  startPlatform,
  stopPlatform,
  stopPlatforms,
} from './served-platform.rig.ts';

const folders: string[] = [];
afterEach(async () => {
  await stopPlatforms();
  for (const path of folders.splice(0)) rmSync(path, { recursive: true });
});

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'publishing-'));
  folders.push(path);
  return path;
}

async function snapshotOf(platform: Platform) {
  const view = await followTuf(platform);
  return { ...view, list: parseList(await view.list('lists/cards.list'), { maxCards: 1_000 }) };
}

/** State and entitlements by key in hex, as a delta packs them. */
function changesIn(payload: Record<string, unknown>): Map<string, [string, number]> {
  const packed = Buffer.from(String(payload['changes']), 'base64url');
  const changes = new Map<string, [string, number]>();
  for (let at = 0; at < packed.length; at += CHANGE_BYTES) {
    const state = LISTED_STATES[packed.readUInt8(at + 16) - 1] ?? 'off';
    changes.set(packed.toString('hex', at, at + 16), [state, packed.readUInt32BE(at + 17)]);
  }
  return changes;
}

function keyer(hashKey: Uint8Array) {
  const hash = listKeyHash(hashKey);
  return ({ issuer, credentialId }: { issuer: string; credentialId: string }) => {
    const out = new Uint32Array(4);
    hash(issuer, credentialId, out);
    return Buffer.from(out.buffer).toString('hex');
  };
}

async function status(platform: Platform, ...queries: [string, string][]): Promise<unknown[]> {
  const response = await post(platform, '/v1/status', await question(queries));
  expect(response.status).toBe(200);
  return ((await response.json()) as { answers: unknown[] }).answers;
}

const names = (index: number, chip = 0) => city.credentialNames(city.card(index, chip).identity);
const query = ({ issuer, credentialId }: { issuer: string; credentialId: string }): [string, string] => [
  issuer,
  credentialId,
];

describe('the repository', () => {
  it('gives trust and the card list, signed down from the root', async () => {
    const platform = await startPlatform({ offline_grace_s: 77, fresh_ms: 1_000, stale_ms: 5_000 });
    const { trust, list, timestamp } = await snapshotOf(platform);
    expect(JSON.parse(trust.toString('utf8'))).toEqual(city.trustDocument());
    expect(timestamp['offline_grace_s']).toBe(77);
    expect(list.head).toMatchObject({
      ...platform.head,
      name: 'cards',
      issuedAtMs: NOW,
      freshUntilMs: NOW + 1_000,
      staleUntilMs: NOW + 5_000,
      chainHash: sha256(platform.head.generation),
    });
    const entries = Array.from({ length: 50 }, (_, i) => city.listEntries(city.identity(i))).flat();
    expect(list.size).toBe(entries.length);
    expect(list.covers).toEqual(city.issuers);
  });

  it('publishes a new trust, and named lists that come and go', async () => {
    const platform = await startPlatform({ named: { members: [{ index: 4, entitlements: 9 }] } });
    expect(Object.keys((await followTuf(platform)).lists)).toEqual([
      'lists/cards.list',
      'lists/named/members.list',
    ]);
    const trust = { ...city.trustDocument(), revocations: [] };
    await platform.publish({ trust, named: { members: null, guests: [{ index: 1 }, { index: 2 }] } });
    const view = await followTuf(platform);
    expect(JSON.parse(view.trust.toString('utf8'))).toEqual(trust);
    expect(Object.keys(view.lists)).toEqual(['lists/cards.list', 'lists/named/guests.list']);
    const guests = parseList(await view.list('lists/named/guests.list'), { maxCards: 10 });
    expect([guests.head.name, guests.size]).toEqual(['guests', 4]);
    await expect(platform.publish({ named: { 'No Name': [] } })).rejects.toThrow(RangeError);
    await expect(platform.publish({ named: { guests: [{ index: 50 }] } })).rejects.toThrow(RangeError);
    expect(platform.head.revision).toBe(0);
  });

  it('issues named lists again before they are no longer fresh', async () => {
    let now = NOW;
    const platform = await startPlatform({
      now: () => now,
      fresh_ms: 1_000,
      stale_ms: 2_000,
      named: { members: [{ index: 4 }] },
    });
    now += 500;
    const view = await followTuf(platform);
    const { head } = parseList(await view.list('lists/named/members.list'), { maxCards: 10 });
    expect([head.revision, head.freshUntilMs]).toEqual([2, NOW + 1_500]);
  });

  it('knows only its own files', async () => {
    const platform = await startPlatform();
    for (const file of [
      'metadata/9.root.json',
      'metadata/../x',
      'metadata/',
      'targets/trust.json',
      'other',
    ]) {
      expect(await outcome(await get(platform, `/v1/tuf/${file}`))).toEqual([404, 'request.not_found']);
    }
  });
});

describe('the chain', () => {
  it('goes on by a delta for each publication, linked by hashes, and ends at its head', async () => {
    const platform = await startPlatform();
    const { list, listKeys } = await snapshotOf(platform);
    const { generation } = platform.head;
    await platform.publish({ cards: [{ index: 0, state: 'suspended', entitlements: 5 }] });
    await platform.publish({ cards: [{ index: 1, state: 'unknown' }] });
    await platform.publish({ trust: city.trustDocument() });
    const { head, deltas } = await getJson<DeltasAnswer>(platform, deltasPath(generation, 0));
    let chainHash = list.head.chainHash;
    const read = deltas.map((jws, i) => {
      const payload = readLink(jws, 'onecard-list-delta', listKeys);
      expect(payload).toMatchObject({
        v: 1,
        list: 'cards',
        generation,
        revision: i + 1,
        previousHash: chainHash,
      });
      chainHash = sha256(jws);
      return payload;
    });
    expect(read).toHaveLength(2);
    expect(readLink(head, 'onecard-list-head', listKeys)).toMatchObject({
      generation,
      revision: 2,
      chainHash,
    });
    const key = keyer(list.hashKey);
    expect(changesIn(read[0] ?? {})).toEqual(
      new Map([names(0).chip, names(0).ride].map((name) => [key(name), ['suspended', 5]])),
    );
    expect([...changesIn(read[1] ?? {}).values()]).toEqual([
      ['off', 0],
      ['off', 0],
    ]);
    const later = await getJson<DeltasAnswer>(platform, deltasPath(generation, 1));
    expect(later.deltas).toEqual(deltas.slice(1));
  });

  it('answers a long poll when something is published, and after its time when not', async () => {
    const platform = await startPlatform();
    const { generation } = platform.head;
    const poll = getJson<DeltasAnswer>(platform, deltasPath(generation, 0, 30_000));
    await getJson(platform, '/v1/health');
    await platform.publish({ cards: [{ index: 3, state: 'lost' }] });
    expect((await poll).deltas).toHaveLength(1);
    expect((await getJson<DeltasAnswer>(platform, deltasPath(generation, 1, 20))).deltas).toEqual([]);
  });

  it('says when deltas are gone, and what cannot be asked', async () => {
    const platform = await startPlatform({ deltas_kept: 2 });
    const { generation } = platform.head;
    for (let index = 0; index < 6; index += 1) await platform.publish({ cards: [{ index, state: 'lost' }] });
    expect(await outcome(await get(platform, deltasPath(generation, 0)))).toEqual([
      410,
      'platform.deltas_gone',
    ]);
    expect(await outcome(await get(platform, deltasPath('0'.repeat(32), 6)))).toEqual([
      410,
      'platform.deltas_gone',
    ]);
    const { list } = await snapshotOf(platform);
    expect(list.head.revision).toBeGreaterThan(2);
    const rest = await getJson<DeltasAnswer>(platform, deltasPath(generation, list.head.revision));
    expect(rest.deltas).toHaveLength(6 - list.head.revision);
    for (const bad of ['', '?generation=x&after=1', deltasPath(generation, -1).slice(22), '?generation=']) {
      expect((await get(platform, `/v1/lists/cards/deltas${bad}`)).status).toBe(400);
    }
    const tooLong = await get(platform, deltasPath(generation, 6, 30_001));
    expect(await outcome(tooLong)).toEqual([400, 'request.malformed']);
  });

  it('replaces a chip under its number by one delta, and leaves the ride code alone', async () => {
    const platform = await startPlatform();
    const { list, listKeys } = await snapshotOf(platform);
    const { generation } = await platform.publish({ replace: [{ index: 8 }] });
    const { deltas } = await getJson<DeltasAnswer>(platform, deltasPath(generation, 0));
    expect(deltas).toHaveLength(1);
    const key = keyer(list.hashKey);
    const { entitlements } = city.identity(8);
    expect(changesIn(readLink(deltas[0] ?? '', 'onecard-list-delta', listKeys))).toEqual(
      new Map([
        [key(names(8).chip), ['replaced', entitlements]],
        [key(names(8, 1).chip), ['good', entitlements]],
      ]),
    );
    expect(platform.chipOf(8)).toBe(1);
    const [before, after] = [city.card(8), city.card(8, 1)];
    expect(after.identity.pan).toBe(before.identity.pan);
    expect(after.identity.serial).not.toEqual(before.identity.serial);
    expect(after.chip.tags['9F46']).not.toEqual(before.chip.tags['9F46']);
    await platform.publish({ cards: [{ index: 8, state: 'lost' }] });
    expect(
      await status(platform, ...[names(8).chip, names(8, 1).chip, names(8).ride].map(query)),
    ).toMatchObject([{ state: 'replaced' }, { state: 'lost' }, { state: 'lost' }]);
  });

  it('makes a snapshot of what was published, not of what is only true', async () => {
    const platform = await startPlatform();
    await platform.publish({ replace: [{ index: 2 }], cards: [{ index: 3, state: 'unknown' }] });
    const expected = parseList(await (await followTuf(platform)).list('lists/cards.list'), {
      maxCards: 999,
    }).size;
    await platform.change({ cards: [{ index: 5, state: 'unknown' }] });
    expect(await status(platform, query(names(5).ride))).toEqual([{ answer: 'unknown', as_of_ms: NOW }]);
    await platform.snapshot();
    const { list } = await snapshotOf(platform);
    expect([list.head.revision, list.size]).toEqual([1, expected + 1 - 2]);
    await platform.publish({});
    expect(platform.head.revision).toBe(2);
  });

  it('publishes a hundred thousand changes as one delta that one answer holds', async () => {
    const many = createCity({ seed: 'many', cards: 100_000, now: NOW });
    const platform = await startPlatform({ city: many });
    const cards = Array.from({ length: 100_000 }, (_, index) => ({ index, state: 'suspended' as const }));
    const { generation, revision } = await platform.publish({ cards });
    expect(revision).toBe(1);
    const answer = await get(platform, deltasPath(generation, 0));
    const body = await answer.text();
    expect(body.length).toBeLessThan(8_388_608);
    const { listKeys } = await followTuf(platform);
    const [jws = ''] = (JSON.parse(body) as DeltasAnswer).deltas;
    expect(changesIn(readLink(jws, 'onecard-list-delta', listKeys)).size).toBe(200_000);
  });
});

describe('live status', () => {
  it('tells known, unknown and not covered apart, in the order of the questions', async () => {
    const platform = await startPlatform();
    const { state, entitlements } = city.identity(0);
    const { chip, ride } = names(0);
    const answers = await status(
      platform,
      query(ride),
      [chip.issuer, `${chip.credentialId}0`],
      ['elsewhere', chip.credentialId],
      query(chip),
      query(names(0, 1).chip),
    );
    const known = { answer: 'known', state, entitlements, as_of_ms: NOW };
    const unknown = { answer: 'unknown', as_of_ms: NOW };
    expect(answers).toEqual([known, unknown, { answer: 'not_covered' }, known, unknown]);
  });

  it('is ahead of the list by what is not published yet', async () => {
    const platform = await startPlatform();
    await platform.change({ cards: [{ index: 0, state: 'suspended' }] });
    expect(platform.head.revision).toBe(0);
    const { chip, ride } = names(0);
    expect(await status(platform, query(chip), query(ride))).toMatchObject([
      { state: 'suspended' },
      { state: 'suspended' },
    ]);
    expect((await platform.publish({})).revision).toBe(1);
  });

  it.each([
    ['no queries', question([]), 400],
    ['too many', question(Array.from({ length: 257 }, () => ['a', 'b'])), 400],
    ['another shape', question([['a']]), 400],
    ['more than asked', question([['a', 'b']], { more: 1 }), 400],
    ['no nonce', question([['a', 'b']], { nonce: '' }), 400],
    ['what is not encrypted', { queries: [['a', 'b']] }, 400],
    ['what is encrypted to nobody', question([['a', 'b']], { encrypted: 'a.b.c.d.e' }), 400],
    ['a body too large', ' '.repeat(262_145), 413],
  ])('refuses %s', async (_name, body, code) => {
    const platform = await startPlatform();
    expect((await post(platform, '/v1/status', await body)).status).toBe(code);
  });

  it('seals what it answers to what it was sent, refusals too', async () => {
    const platform = await startPlatform();
    const asked = [
      ['/v1/status', await question([['a', 'b']]), 200],
      ['/v1/status', { queries: [] }, 400],
      ['/v1/journal', { gateway: 'gw-1', records: [{ id: 'a' }] }, 200],
      ['/v1/rejudgements', { gateway: 'gw-1', items: [] }, 400],
    ] as const;
    for (const [path, body, code] of asked) {
      const response = await post(platform, path, body);
      const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
      expect(await sealSays(response)).toEqual({
        v: 1,
        path,
        status: code,
        request: digest(JSON.stringify(body)),
        answer: digest(await response.text()),
        sealed_at_ms: NOW,
      });
    }
  });
});

describe('a restart', () => {
  it('goes on at the same chain with a folder', async () => {
    const dataDir = folder();
    const first = await startPlatform({ dataDir, named: { members: [{ index: 4 }] } });
    await first.publish({ cards: [{ index: 0, state: 'suspended' }], replace: [{ index: 1 }] });
    await first.snapshot();
    await first.publish({ cards: [{ index: 2, state: 'lost' }] });
    const before = first.head;
    const answer = await getJson<DeltasAnswer>(first, deltasPath(before.generation, 0));
    await stopPlatform(first);
    const second = await startPlatform({ dataDir });
    expect(second.head).toEqual(before);
    const { deltas } = await getJson<DeltasAnswer>(second, deltasPath(before.generation, 0));
    expect(deltas).toEqual(answer.deltas);
    const { list, lists, listKeys } = await snapshotOf(second);
    expect([list.head.generation, list.head.revision]).toEqual([before.generation, 1]);
    expect(Object.keys(lists)).toContain('lists/named/members.list');
    expect(second.chipOf(1)).toBe(1);
    expect(await status(second, query(names(0).chip), query(names(2).ride))).toMatchObject([
      { state: 'suspended' },
      { state: 'lost' },
    ]);
    await second.publish({ cards: [{ index: 2, state: 'good' }] });
    const next = await getJson<DeltasAnswer>(second, deltasPath(before.generation, 2));
    expect(readLink(next.deltas[0] ?? '', 'onecard-list-delta', listKeys)['previousHash']).toBe(
      sha256(deltas[1] ?? ''),
    );
    const other = createCity({ seed: 'other', cards: 50, now: NOW });
    await expect(startPlatform({ dataDir, city: other })).rejects.toThrow(RangeError);
  });

  it('begins a new generation without one', async () => {
    const [first, second] = [await startPlatform(), await startPlatform()];
    expect(second.head.generation).not.toBe(first.head.generation);
  });

  it('takes a list that was built before, and goes on from its revision', async () => {
    const dataDir = folder();
    const built = await startPlatform({ dataDir });
    await built.publish({ cards: [{ index: 0, state: 'lost' }] });
    await built.snapshot();
    const { generation } = built.head;
    const file = readdirSync(dataDir).find((name) => name.includes('.1.') && name.endsWith('.list'));
    const snapshotFile = join(dataDir, file ?? '');
    await stopPlatform(built);
    const platform = await startPlatform({ snapshotFile });
    expect(platform.head).toEqual({ generation, revision: 1 });
    expect((await platform.publish({ cards: [{ index: 1, state: 'lost' }] })).revision).toBe(2);
    expect((await snapshotOf(platform)).list.head.revision).toBe(1);
    await expect(platform.snapshot()).rejects.toThrow(RangeError);
  });
});
