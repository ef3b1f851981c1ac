/** What is wrong with a city document is told with file, line, column and what to do. */
import { expect, test } from 'vitest';
import { loadScenes, ScenesError } from '../../../config/scenes.ts';
import { PRESENTABLE_FAMILIES } from '../../../workers/families/table.ts';
import { temporaryFolder } from '../gateway/journal/temporary-folder.rig.ts';
import { BAD_CITIES, badCity, GOOD_CITY, writeCity } from './city-faults.rig.ts';

function faultsOf(files: Readonly<Record<string, string>>) {
  const folder = temporaryFolder();
  writeCity(folder, files);
  try {
    loadScenes(PRESENTABLE_FAMILIES, folder);
  } catch (error) {
    if (error instanceof ScenesError) return error.faults;
    throw error;
  }
  return [];
}

test('the city that the changes are made to is good', () => {
  expect(faultsOf(GOOD_CITY)).toEqual([]);
});

test.each(Object.entries(BAD_CITIES))('%s', (_what, bad) => {
  expect(faultsOf(badCity(bad))).toContainEqual({
    where: bad.where,
    what: expect.stringContaining(bad.says),
  });
});

test('all faults of all files are told at once', () => {
  const one = badCity({ file: 'policies.yaml', from: 'closed: refer', to: 'closed: perhaps' });
  const two = badCity({ file: 'scenes/11-hotels.yaml', from: 'point: desk', to: 'point: shop' });
  const files = { ...one, 'scenes/11-hotels.yaml': two['scenes/11-hotels.yaml'] ?? '' };
  expect(faultsOf(files).map(({ where }) => where)).toEqual([
    'policies.yaml:24:13',
    'scenes/11-hotels.yaml:4:12',
  ]);
});

test('of a policy that many scenes follow a fault is told once, and of a scene where its own rules make it', () => {
  const policy = badCity({ file: 'policies.yaml', from: 'transit-qr', to: 'transit-qrs' });
  expect(faultsOf(policy)).toHaveLength(1);
  const scene = badCity({
    file: 'scenes/11-hotels.yaml',
    from: 'policy: desk',
    to: 'policy: desk\n    live: never',
  });
  expect(faultsOf(scene)).toEqual([
    {
      where: 'scenes/11-hotels.yaml:5:13',
      what: expect.stringContaining('could_not_ask belongs to live: require'),
    },
  ]);
});
