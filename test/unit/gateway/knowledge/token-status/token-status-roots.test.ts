/** Lists that a status root vouches for, over real HTTP and across restarts; lists of identifiers among them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { TokenStatusPrefetcher } from '../../../../../gateway/knowledge/token-status/prefetcher.ts';
import type { TokenStatusHandle } from '../../../../../gateway/knowledge/token-status/token-status-handle.ts';
import { TokenStatusLists } from '../../../../../gateway/knowledge/token-status/token-status-lists.ts';
import type { StatusListSource, StatusRoot } from '../../../../../workers/trust/document.ts';
import { TEST_PROFILE } from '../../../../crypto-profile.rig.ts';
import { caCertificate, leafCertificate, pem, testKey } from '../../../../fixtures/certificates.ts';
import { claims, cwt, ec, without } from './token-status-cwt.rig.ts';
import { NOW, serveLists } from './token-status-fixture.rig.ts';

/** Long enough for a machine that is busy. */
const WITHIN = { timeout: 10_000 };
const root = caCertificate('status root', testKey('p256', 'status root'), null);
const other = caCertificate('other root', testKey('p256', 'other root'), null);
const { x = '', y = '' } = ec.privateKey.export({ format: 'jwk' });
const publicKey = Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
const leaf = leafCertificate('lists', { algorithm: 'p256', key: { publicKey, d: new Uint8Array(32) } }, root);
const roots: StatusRoot[] = [{ region: 'cq', certificatePem: pem(root.der) }];
const chain = new Map([[33, leaf.der]]);
const ID = Uint8Array.of(0xca, 0xfe);

const identifiersAt = (uri: string) =>
  cwt({
    protectedHeader: new Map([[16, 'application/identifierlist+cwt']]),
    unprotected: chain,
    claims: new Map<number, unknown>([
      ...without(claims([2, uri]), 65_533),
      [65_530, new Map([['identifiers', new Map([[ID, new Map()]])]])],
    ]),
  });

async function served() {
  const server = await serveLists();
  const folder = mkdtempSync(join(tmpdir(), 'token-status-roots-'));
  onTestFinished(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const source: StatusListSource = { region: 'cq', uri: `${server.url}/lists/1` };
  return { server, folder, source };
}

async function follow(folder: string, url: string, sources: StatusListSource[], trusted: StatusRoot[]) {
  const handed: TokenStatusHandle[] = [];
  const faults: string[] = [];
  const prefetcher = new TokenStatusPrefetcher({
    folder,
    profile: TEST_PROFILE,
    limits: { token_status_lists: 4, token_status_bytes: 4_096, clock_tolerance_ms: 10_000 },
    platform: { url, token: 'platform-token-of-16', timeoutMs: 5_000 },
    now: () => NOW,
    onList: (list) => handed.push(list),
    onFault: (fault) => faults.push(fault),
  });
  onTestFinished(() => prefetcher.stop());
  await prefetcher.setSources(sources, trusted);
  const under = (statusRoots: StatusRoot[]) =>
    new TokenStatusLists({
      profile: TEST_PROFILE,
      trust: () => ({ statusLists: sources, statusRoots }),
      list: (uri) => handed.findLast((list) => list.uri === uri) ?? null,
    });
  return { prefetcher, handed, faults, under };
}

test('an identifier that is listed is invalid, also after a start with nobody in reach; any other is valid', async () => {
  const { server, folder, source } = await served();
  const { uri } = source;
  server.answer = { type: 'application/identifierlist+cwt', body: identifiersAt(uri) };
  const first = await follow(folder, server.url, [source], roots);
  first.prefetcher.start();
  await expect.poll(() => first.handed.length, WITHIN).toBe(1);
  const kindOf = (lists: TokenStatusLists, id: string) =>
    lists.lookup({ kind: 'identifier_list', uri, id }, NOW).kind;
  expect(['cafe', 'caff', ''].map((id) => kindOf(first.under(roots), id))).toEqual([
    'invalid',
    'valid',
    'valid',
  ]);
  // A reference to an entry, where there are none.
  expect(first.under(roots).lookup({ kind: 'status_list', uri, index: 0 }, NOW).kind).toBe('out_of_range');
  await first.prefetcher.stop();

  const second = await follow(folder, server.url, [source], roots);
  expect([second.handed.length, kindOf(second.under(roots), 'cafe')]).toEqual([1, 'invalid']);
});

test('under other roots the list says nothing, on disk or in memory', async () => {
  const { server, folder, source } = await served();
  server.answer = {
    type: 'application/statuslist+cwt',
    body: cwt({ unprotected: chain, claims: claims([2, source.uri]) }),
  };
  const first = await follow(folder, server.url, [source], roots);
  first.prefetcher.start();
  await expect.poll(() => first.handed.length, WITHIN).toBe(1);
  const reference = { kind: 'status_list', uri: source.uri, index: 0 } as const;
  expect(first.under(roots).lookup(reference, NOW).kind).toBe('invalid');
  const others = [{ region: 'cq', certificatePem: pem(other.der) }];
  expect(first.under(others).lookup(reference, NOW).kind).toBe('stale');
  await first.prefetcher.setSources([source], others);
  await expect.poll(() => first.faults, WITHIN).toContain('certificate');
  expect(first.handed).toHaveLength(1);
});

test('what is served as something else is not read', async () => {
  const { server, folder, source } = await served();
  server.answer = { type: 'application/cwt', body: identifiersAt(source.uri) };
  const { prefetcher, handed, faults } = await follow(folder, server.url, [source], roots);
  prefetcher.start();
  await expect.poll(() => faults, WITHIN).toContain('type');
  expect(handed).toEqual([]);
});
