import { expect, test } from 'vitest';
import { currentSet } from '../../../../platform/bus/current-set.ts';
import { createTufRepository } from '../../../../platform/tuf/repository.ts';

test('one consistent snapshot, its targets by hash, and every root after the first', () => {
  let published = 0;
  const repository = createTufRepository({
    seed: 'set',
    now: () => 1_800_000_000_000,
    offlineGraceS: 0,
    onPublish: () => {
      published += 1;
    },
  });
  expect(currentSet(repository)).toBeNull();
  repository.setTarget('trust.json', Buffer.from('{}'));
  repository.setTarget('lists/named/few.list', Buffer.from('list'));
  repository.rotateRoot();
  repository.publish();
  expect(published).toBe(1);
  const set = currentSet(repository);
  const names = [...(set?.metadata.keys() ?? [])].map((name) => name.replace(/^\d{6,}\./, 'N.'));
  expect(names.sort()).toEqual([
    '2.root.json',
    'N.lists.json',
    'N.snapshot.json',
    'N.targets.json',
    'timestamp.json',
  ]);
  expect(set?.targets).toHaveLength(2);
  for (const path of set?.targets ?? []) expect(repository.target(path), path).not.toBeNull();
  for (const [name, bytes] of set?.metadata ?? []) expect(repository.metadata(name)).toEqual(bytes);
  const before = set?.version ?? 0;
  repository.publish();
  expect(currentSet(repository)?.version).toBeGreaterThan(before);
});
