/** Status lists over real HTTP on the loopback, and across restarts. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TokenStatusPrefetcher } from '../../../../../gateway/knowledge/token-status/prefetcher.ts';
import type { TokenStatusHandle } from '../../../../../gateway/knowledge/token-status/token-status-handle.ts';
import { TokenStatusLists } from '../../../../../gateway/knowledge/token-status/token-status-lists.ts';
import type { StatusListSource } from '../../../../../workers/trust/document.ts';
import { TEST_PROFILE } from '../../../../crypto-profile.rig.ts';
import {
  ecSigner,
  edSigner,
  type ListServer,
  listOf,
  NOW,
  type Signer,
  serveLists,
  sourceOf,
  type TokenParts,
  tokenOf,
} from './token-status-fixture.rig.ts';

/** Long enough for a machine that is busy. */
const WITHIN = { timeout: 10_000 };

const signer = ecSigner();
const seconds = NOW / 1000;
const limits = { token_status_lists: 4, token_status_bytes: 4_096, clock_tolerance_ms: 10_000 };
const TOKEN = 'platform-token-of-16';

let server: ListServer;
let other: ListServer;
let folder: string;
let open: Following[] = [];

beforeEach(async () => {
  server = await serveLists();
  other = await serveLists();
  folder = mkdtempSync(join(tmpdir(), 'token-status-'));
});
afterEach(async () => {
  await Promise.all(open.map(({ prefetcher }) => prefetcher.stop()));
  open = [];
  await server.close();
  await other.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Following {
  readonly prefetcher: TokenStatusPrefetcher;
  readonly handed: TokenStatusHandle[];
  readonly faults: string[];
  readonly lists: TokenStatusLists;
}

/** Follows these lists; what trust names for lookups is the same. */
async function follow(sources: StatusListSource[], nowMs = NOW): Promise<Following> {
  const handed: TokenStatusHandle[] = [];
  const faults: string[] = [];
  const prefetcher = new TokenStatusPrefetcher({
    folder,
    profile: TEST_PROFILE,
    limits,
    platform: { url: server.url, token: TOKEN, timeoutMs: 5_000 },
    now: () => nowMs,
    onList: (list) => handed.push(list),
    onFault: (fault) => faults.push(fault),
  });
  const lists = new TokenStatusLists({
    profile: TEST_PROFILE,
    trust: () => ({ statusLists: sources }),
    list: (uri) => handed.findLast((list) => list.uri === uri) ?? null,
  });
  const made = { prefetcher, handed, faults, lists };
  open.push(made);
  await prefetcher.setSources(sources);
  return made;
}

const uriOf = (on: ListServer = server) => `${on.url}/lists/1`;
const sourceOn = (on?: ListServer, by: Signer = signer) => sourceOf(uriOf(on), by);
async function publish(parts: TokenParts = {}, on = server, by = signer): Promise<void> {
  on.answer = { body: await tokenOf(uriOf(on), by, parts) };
}
async function fetched(nowMs = NOW): Promise<Following> {
  const following = await follow([sourceOn()], nowMs);
  following.prefetcher.start();
  await expect.poll(() => following.handed.length + following.faults.length, WITHIN).toBeGreaterThan(0);
  return following;
}
/** Starts over with what is on disk, and with whatever the server has now. */
async function restarted(nowMs = NOW): Promise<Following> {
  await open.at(-1)?.prefetcher.stop();
  return await follow([sourceOn()], nowMs);
}

describe('what is fetched', () => {
  test('is handed over, and says what each entry is', async () => {
    await publish();
    const { lists, handed, faults } = await fetched();
    expect(faults).toEqual([]);
    expect(handed).toHaveLength(1);
    expect(handed[0]).toMatchObject({ bits: 2, issuedAtMs: NOW - 60_000, usableUntilMs: NOW + 3_600_000 });
    const kinds = [0, 1, 2, 3, 7, 8].map(
      (index) => lists.lookup({ kind: 'status_list', uri: uriOf(), index }, NOW).kind,
    );
    expect(kinds).toEqual(['invalid', 'suspended', 'valid', 'other', 'invalid', 'out_of_range']);
    expect(lists.lookup({ kind: 'status_list', uri: uriOf(), index: 3 }, NOW)).toMatchObject({
      asOfMs: NOW - 60_000,
    });
  });

  test('is stale from its end on, and nothing is said of lists that trust does not name', async () => {
    await publish();
    const { lists } = await fetched();
    const at = (nowMs: number) => lists.lookup({ kind: 'status_list', uri: uriOf(), index: 2 }, nowMs).kind;
    expect(at(NOW + 3_599_999)).toBe('valid');
    expect(at(NOW + 3_600_000)).toBe('stale');
    expect(lists.lookup({ kind: 'status_list', uri: `${uriOf()}0`, index: 2 }, NOW)).toEqual({
      kind: 'not_covered',
    });
  });

  test('is asked for with the token of the gateway at the platform, and nowhere else', async () => {
    const ed = edSigner();
    await publish();
    await publish({}, other, ed);
    const { prefetcher, handed } = await follow([sourceOn(), sourceOn(other, ed)]);
    prefetcher.start();
    await expect.poll(() => handed.length, WITHIN).toBe(2);
    expect(server.seen).toEqual([`Bearer ${TOKEN}`]);
    expect(other.seen).toEqual([undefined]);
  });

  test('is fetched again by its ttl, and taken when it is newer', async () => {
    await publish({ claims: { ttl: 1 } });
    const { handed, lists } = await fetched();
    const status_list = { bits: 1, lst: listOf([0b100]) };
    await publish({ claims: { ttl: 1, iat: seconds, status_list } });
    await expect.poll(() => handed.length, WITHIN).toBe(2);
    expect(lists.lookup({ kind: 'status_list', uri: uriOf(), index: 2 }, NOW).kind).toBe('invalid');
  });
});

describe('refused, and counted', () => {
  const bomb = { status_list: { bits: 1, lst: listOf(new Uint8Array(100_000)) } };
  test.each<[string, TokenParts]>([
    ['type', { header: { typ: 'JWT' } }],
    ['subject', { claims: { sub: 'https://other.test/' } }],
    ['expired', { claims: { exp: seconds } }],
    ['not_yet', { claims: { iat: seconds + 60 } }],
    ['inflates', { claims: bomb }],
  ])('%s', async (fault, parts) => {
    await publish(parts);
    const { faults, handed, lists } = await fetched();
    expect(faults).toEqual([fault]);
    expect(handed).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    expect(lists.lookup({ kind: 'status_list', uri: uriOf(), index: 2 }, NOW)).toEqual({ kind: 'stale' });
  });

  test('signed with another key', async () => {
    await publish({}, server, ecSigner());
    expect((await fetched()).faults).toEqual(['signature']);
  });

  test.each<[string, ListServer['answer']]>([
    ['type', { body: 'x', type: 'application/json' }],
    ['status', { body: 'x', status: 404 }],
    ['unauthorised', { body: 'x', status: 401 }],
    ['too_large', { body: 'x'.repeat(100_000) }],
    ['malformed', { body: '' }],
    ['malformed', { body: 'garbage' }],
    ['unreachable', { body: '', status: 302, location: '/elsewhere' }],
  ])('%s: %o', async (fault, answer) => {
    server.answer = answer;
    const { faults } = await fetched();
    expect(faults).toEqual([fault]);
    expect(server.seen).toHaveLength(1);
  });

  test('more lists than the limit: the first are followed', async () => {
    const sources = Array.from({ length: 5 }, (_, i) => sourceOf(`${server.url}/${i}`, signer));
    expect((await follow(sources)).faults).toEqual(['too_many']);
  });
});

describe('across a restart', () => {
  test('with nobody in reach the list is in force from disk', async () => {
    await publish();
    await fetched();
    await server.close();
    const { handed, lists, faults, prefetcher } = await restarted();
    expect(handed).toHaveLength(1);
    expect(lists.lookup({ kind: 'status_list', uri: uriOf(), index: 1 }, NOW).kind).toBe('suspended');
    prefetcher.start();
    await expect.poll(() => faults, WITHIN).toEqual(['unreachable']);
    expect(handed).toHaveLength(1);
  });

  test('what is older than what was in force is refused, also after its end', async () => {
    await publish();
    await fetched();
    for (const nowMs of [NOW, NOW + 4_000_000]) {
      const { faults, handed, prefetcher } = await restarted(nowMs);
      const before = handed.length;
      expect(before).toBe(nowMs === NOW ? 1 : 0);
      await publish({ claims: { iat: seconds - 61, exp: seconds + 100_000 } });
      prefetcher.start();
      await expect.poll(() => faults.at(-1), WITHIN).toBe('rollback');
      expect(handed).toHaveLength(before);
    }
  });

  test('what the disk damaged is not used, and fetched anew', async () => {
    await publish();
    await fetched();
    const [file = ''] = readdirSync(folder);
    const { body } = server.answer;
    for (const damaged of [String(body).slice(0, -9), `x${body}`, '', 'y'.repeat(100_000)]) {
      await open.at(-1)?.prefetcher.stop();
      writeFileSync(join(folder, file), damaged);
      const { handed, faults, prefetcher } = await follow([sourceOn()]);
      expect(handed).toEqual([]);
      expect(faults).toHaveLength(1);
      prefetcher.start();
      await expect.poll(() => handed.length, WITHIN).toBe(1);
    }
  });
});

describe('when trust changes', () => {
  test('a list that is no longer named says nothing, and is forgotten', async () => {
    await publish();
    const { prefetcher, handed } = await fetched();
    await prefetcher.setSources([]);
    expect(readdirSync(folder)).toEqual([]);
    const gone = new TokenStatusLists({
      profile: TEST_PROFILE,
      trust: () => ({}),
      list: () => handed[0] ?? null,
    });
    expect(gone.lookup({ kind: 'status_list', uri: uriOf(), index: 2 }, NOW)).toEqual({
      kind: 'not_covered',
    });
  });

  test('a list under another key says nothing until it is signed with that key', async () => {
    await publish();
    const { prefetcher, handed, faults } = await fetched();
    const next = edSigner();
    let sources = [sourceOn()];
    const lists = new TokenStatusLists({
      profile: TEST_PROFILE,
      trust: () => ({ statusLists: sources }),
      list: () => handed.at(-1) ?? null,
    });
    expect(lists.lookup({ kind: 'status_list', uri: uriOf(), index: 2 }, NOW).kind).toBe('valid');
    await publish({ claims: { iat: seconds - 900 } }, server, next);
    sources = [sourceOn(server, next)];
    expect(lists.lookup({ kind: 'status_list', uri: uriOf(), index: 2 }, NOW).kind).toBe('stale');
    await prefetcher.setSources(sources);
    await expect.poll(() => handed.length, WITHIN).toBe(2);
    expect(faults).toEqual(['algorithm']);
    expect(lists.lookup({ kind: 'status_list', uri: uriOf(), index: 2 }, NOW).kind).toBe('valid');
  });

  test('trust that names the same list again leaves it as it is', async () => {
    await publish();
    const { prefetcher, handed } = await fetched();
    await prefetcher.setSources([sourceOn()]);
    expect(handed).toHaveLength(1);
    expect(server.seen).toHaveLength(1);
  });
});
