/** Status lists through the thread of the platform link: named by trust, kept on disk, let go with trust. */
import { expect, test } from 'vitest';
import { jwkOf } from '../../../../../crypto/signature/jose.ts';
import { makeSigningKey } from '../../../../../crypto/signature/key-files.ts';
import { TokenStatusLists } from '../../../../../gateway/knowledge/token-status/token-status-lists.ts';
import type { PlatformLink } from '../../../../../gateway/link/link.ts';
import { TEST_PROFILE } from '../../../../crypto-profile.rig.ts';
import { city, openLink, startPlatform } from '../../link/linked.rig.ts';

/** Long enough for a machine that is busy. */
const WITHIN = { timeout: 10_000 };

const lookupIn = (link: PlatformLink, uri: string) => (index: number) =>
  new TokenStatusLists({
    profile: TEST_PROFILE,
    trust: () => link.trust.document,
    list: (wanted) => link.tokenStatus(wanted),
  }).lookup({ kind: 'status_list', uri, index }, Date.now()).kind;

test('a list that published trust names is in force, also after a start with nobody in reach', async () => {
  const platform = await startPlatform();
  const { tokenStatus } = platform;
  const { source } = tokenStatus;
  tokenStatus.set(9, 2);
  const first = await openLink(platform);
  const kindOf = lookupIn(first.link, source.uri);
  expect(kindOf(9)).toBe('not_covered');
  await platform.publish({ trust: { ...city.trustDocument(), statusLists: [source] } });
  await expect.poll(() => kindOf(9), WITHIN).toBe('suspended');
  await first.close();
  const gone = { url: platform.url, rootJson: platform.rootJson, sm2RootJson: platform.sm2RootJson };
  await platform.stop();

  const second = await openLink(gone, first.folder);
  expect(lookupIn(second.link, source.uri)(9)).toBe('suspended');
  await expect.poll(() => second.faults, WITHIN).toContain('token_status unreachable');
  expect(lookupIn(second.link, source.uri)(9)).toBe('suspended');
});

test('a list that trust no longer names is let go, and what does not verify never comes', async () => {
  const platform = await startPlatform();
  const { source } = platform.tokenStatus;
  const trust = city.trustDocument();
  await platform.publish({ trust: { ...trust, statusLists: [source] } });
  const { link, faults } = await openLink(platform);
  await expect.poll(() => link.tokenStatus(source.uri), WITHIN).not.toBeNull();
  await platform.publish({ trust });
  await expect.poll(() => link.tokenStatus(source.uri), WITHIN).toBeNull();
  const other = makeSigningKey(TEST_PROFILE === 'sm' ? 'SM2' : 'Ed25519');
  const wrong = { ...source, keyJwk: jwkOf(other.publicKey) };
  await platform.publish({ trust: { ...trust, statusLists: [wrong] } });
  await expect.poll(() => faults, WITHIN).toContain('token_status signature');
  expect(link.tokenStatus(source.uri)).toBeNull();
});
