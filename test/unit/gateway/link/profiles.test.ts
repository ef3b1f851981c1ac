/** Gateways of either profile at one platform, and one that changes over with what it kept. */
import { expect, test } from 'vitest';
import { openLink, startPlatform, until } from './linked.rig.ts';

const sm = { profile: 'sm' };
const international = { profile: 'international' };
const suspend = (index: number) => ({ cards: [{ index, state: 'suspended' as const }] });

test('both follow one platform that signs with both', async () => {
  const platform = await startPlatform({ profiles: ['international', 'sm'] });
  const gateways = [
    await openLink(platform, undefined, {}, sm),
    await openLink(platform, undefined, {}, international),
  ];
  for (const index of [1, 2]) {
    await platform.publish(suspend(index));
    for (const { stateOf } of gateways) await until(() => stateOf(index) === 'suspended');
  }
  const hashes = gateways.map(({ link }) => link.list('cards')?.head.chainHash);
  expect(hashes).toEqual([expect.stringMatching(/^sm3:/), expect.stringMatching(/^[0-9a-f]{64}$/)]);
  expect(gateways.flatMap(({ faults }) => faults)).toEqual([]);
});

test('one that changes over goes on from what it kept, along the other chain', async () => {
  const platform = await startPlatform({ profiles: ['international', 'sm'] });
  const before = await openLink(platform, undefined, {}, international);
  await platform.publish(suspend(1));
  await until(() => before.stateOf(1) === 'suspended');
  await before.close();
  const after = await openLink(platform, before.folder, {}, sm);
  expect(after.stateOf(1)).toBe('suspended');
  await platform.publish(suspend(2));
  await until(() => after.stateOf(2) === 'suspended');
  expect(after.stateOf(1)).toBe('suspended');
  expect(after.link.list('cards')?.head.chainHash).toMatch(/^sm3:/);
  expect(after.faults).toEqual([]);
  await after.close();
  // What it kept is of both chains, and is read again.
  const again = await openLink(platform, before.folder, {}, sm);
  expect([1, 2].map(again.stateOf)).toEqual(['suspended', 'suspended']);
  expect(again.faults).toEqual([]);
});

test('of a platform that signs with the other profile alone, nothing new is taken unless it changes over', async () => {
  const platform = await startPlatform({ profiles: ['international'] });
  const before = await openLink(platform, undefined, {}, international);
  await before.close();
  const changing = await openLink(platform, before.folder, {}, { ...sm, changing_over: true });
  await platform.publish(suspend(3));
  await until(() => changing.stateOf(3) === 'suspended');
  await changing.close();
  const refused = await openLink(platform, undefined, {}, sm).then(
    () => null,
    (error: Error) => error.message,
  );
  expect(refused).toMatch(/sm2_root_file/);
});
