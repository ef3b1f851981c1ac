/** The reference platform's status list, as a gateway follows it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { jwkOf } from '../../../../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../../../../crypto/signature/key-files.ts';
import { TokenStatusPrefetcher } from '../../../../../gateway/knowledge/token-status/prefetcher.ts';
import { entryAt } from '../../../../../gateway/knowledge/token-status/status-list-entries.ts';
import type { TokenStatusHandle } from '../../../../../gateway/knowledge/token-status/token-status-handle.ts';
import type { Platform } from '../../../../../platform/server.ts';
import { TOKEN_STATUS_ENTRIES } from '../../../../../platform/token-status.ts';
import { TEST_PROFILE } from '../../../../crypto-profile.rig.ts';
import {
  get,
  NOW,
  outcome,
  startPlatform,
  stopPlatforms,
  TOKEN,
} from '../../../platform/served-platform.rig.ts';

/** Long enough for a machine that is busy. */
const WITHIN = { timeout: 10_000 };

const folder = mkdtempSync(join(tmpdir(), 'token-status-'));
const open: TokenStatusPrefetcher[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((prefetcher) => prefetcher.stop()));
  await stopPlatforms();
  rmSync(folder, { recursive: true, force: true });
});

async function followed(platform: Platform, profile = TEST_PROFILE) {
  const handed: TokenStatusHandle[] = [];
  const faults: string[] = [];
  const prefetcher = new TokenStatusPrefetcher({
    folder,
    profile,
    limits: { token_status_lists: 1, token_status_bytes: TOKEN_STATUS_ENTRIES / 4, clock_tolerance_ms: 1 },
    platform: { url: platform.url, token: TOKEN, timeoutMs: 5_000 },
    now: () => NOW,
    onList: (list) => handed.push(list),
    onFault: (fault) => faults.push(fault),
  });
  open.push(prefetcher);
  await prefetcher.setSources([platform.tokenStatus.source]);
  prefetcher.start();
  await expect.poll(() => handed.length + faults.length, WITHIN).toBeGreaterThan(0);
  return { handed, faults };
}

test.each([
  ['OKP', ['international'] as const],
  ['OKP', ['international', 'sm'] as const],
  ['EC', ['sm'] as const],
])('every entry is what the platform holds true, under its key (%s) of %j', async (kty, profiles) => {
  const platform = await startPlatform({ profiles });
  expect(platform.tokenStatus.source.keyJwk).toMatchObject({ kty });
  const { tokenStatus } = platform;
  for (const [index, value] of [0, 1, 2, 3].entries()) tokenStatus.set(index + 101, value);
  const { handed, faults } = await followed(platform);
  expect(faults).toEqual([]);
  const [list] = handed;
  if (list?.kind !== 'status_list') throw new Error('a status list');
  let wrong = 0;
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < TOKEN_STATUS_ENTRIES; i++) {
    const value = entryAt(list.entries, list.bits, i) ?? -1;
    if (value !== tokenStatus.valueAt(i)) wrong += 1;
    counts[value] = (counts[value] ?? 0) + 1;
  }
  expect(wrong).toBe(0);
  expect(counts.every((count) => count > 0)).toBe(true);
  expect([101, 102, 103, 104].map((i) => entryAt(list.entries, list.bits, i))).toEqual([0, 1, 2, 3]);
});

test('a platform that signs for both gives each profile what its key signed, and a gateway takes no other', async () => {
  const platform = await startPlatform({ profiles: ['international', 'sm'] });
  for (const [profile, crv] of [
    ['international', 'Ed25519'],
    ['sm', 'SM2'],
  ] as const) {
    const { handed, faults } = await followed(platform, profile);
    expect(faults).toEqual([]);
    expect(JSON.parse(handed[0]?.authority ?? '{}')).toMatchObject({ crv });
    await open.pop()?.stop();
    rmSync(folder, { recursive: true });
  }
  const sm2KeyJwk = jwkOf(makeSigningKey('SM2').publicKey);
  Object.defineProperty(platform.tokenStatus, 'source', {
    value: { ...platform.tokenStatus.source, sm2KeyJwk },
  });
  expect((await followed(platform, 'sm')).faults[0]).toBe('signature');
});

test('is served to whoever carries the token, under its one name, as its media type', async () => {
  const platform = await startPlatform();
  const response = await get(platform, '/v1/token-status/tokens');
  expect(response.headers.get('content-type')).toBe('application/statuslist+jwt');
  expect((await response.text()).split('.')).toHaveLength(3);
  expect(await outcome(await get(platform, '/v1/token-status/others'))).toEqual([404, 'request.not_found']);
  expect(await outcome(await fetch(platform.tokenStatus.source.uri))).toEqual([401, 'auth.missing']);
});

test.each([
  ['bad_signature', 'signature'],
  ['garbage', 'type'],
] as const)('under the fault %s it is refused', async (fault, expected) => {
  const platform = await startPlatform();
  platform.setFault({ fault });
  const { handed, faults } = await followed(platform);
  expect(handed).toEqual([]);
  expect(faults[0]).toBe(expected);
});

test('a platform with the same seed signs with the same key and says the same', async () => {
  const first = await startPlatform();
  const second = await startPlatform();
  expect(second.tokenStatus.source.keyJwk).toEqual(first.tokenStatus.source.keyJwk);
  expect(second.tokenStatus.valueAt(77)).toBe(first.tokenStatus.valueAt(77));
  expect(() => first.tokenStatus.set(TOKEN_STATUS_ENTRIES, 1)).toThrow(RangeError);
  expect(() => first.tokenStatus.set(0, 4)).toThrow(RangeError);
});
