/** A city document from its files: joined, bounded, and every fault with its file, line and column. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { readCity } from '../../../config/city-document/read-city.ts';
import { contentRevision } from '../../../config/city-document/revision.ts';
import { loadScenes, parseScenes, ScenesError } from '../../../config/scenes.ts';
import { PRESENTABLE_FAMILIES } from '../../../workers/families/table.ts';
import { cityFile, shippedCity } from '../../fixtures/city-document.ts';
import { temporaryFolder } from '../gateway/journal/temporary-folder.rig.ts';

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** `where: what`, each. */
function faultsOf(read: () => unknown): string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ScenesError) return error.faults.map(({ where, what }) => `${where}: ${what}`);
    throw error;
  }
  return [];
}

test('lists of all files are joined in the order of their names, and hidden files are left out', () => {
  const folder = folderOf({
    'city.yaml': 'revision: r\n',
    'b/2.yml': 'scenes: [b2]\n',
    'a.yaml': 'scenes:\n  - a1\n  - a2\n',
    'notes.txt': 'scenes: [not read]\n',
    '.swap.yaml': 'scenes: [not read]\n',
    'empty.yaml': '# nothing\n',
  });
  const { value, placeOf } = readCity(folder);
  expect(value).toEqual({ scenes: ['a1', 'a2', 'b2'], revision: 'r' });
  expect([0, 1, 2].map((i) => placeOf(['scenes', i], false))).toEqual([
    'a.yaml:2:5',
    'a.yaml:3:5',
    'b/2.yml:1:10',
  ]);
  expect(placeOf(['revision'], true)).toBe('city.yaml:1:1');
});

test('what an orchestrator mounts (links to files in a hidden folder) is read once', () => {
  const folder = folderOf({ '..2026/city.yaml': 'revision: r\n' });
  symlinkSync('..2026', join(folder, '..data'));
  symlinkSync('..data/city.yaml', join(folder, 'city.yaml'));
  expect(readCity(folder).value).toEqual({ revision: 'r' });
});

test('one file may hold the whole, as YAML or as JSON, and is the same city', () => {
  const city = shippedCity();
  const asJson = loadScenes(PRESENTABLE_FAMILIES, cityFile(city));
  expect(asJson.revision).toBe(loadScenes(PRESENTABLE_FAMILIES).revision);
  expect(parseScenes(city, PRESENTABLE_FAMILIES).revision).toBe(asJson.revision);
});

test('a revision says what the document says, in whatever order its names stand', () => {
  const revision = contentRevision({ revision: 'r', b: 1, a: [{ d: 1.5, c: '1.5' }] } as {
    revision: string;
  });
  expect(revision).toBe(
    contentRevision({ a: [{ c: '1.5', d: 1.5 }], b: 1, revision: 'r' } as { revision: string }),
  );
  expect(revision).toMatch(/^r\+[0-9a-f]{8}$/);
  expect(revision).not.toBe(
    contentRevision({ a: [{ c: 1.5, d: 1.5 }], b: 1, revision: 'r' } as { revision: string }),
  );
  // By printf '{"revision":"r"}' | sha256sum.
  expect(contentRevision({ revision: 'r' })).toBe('r+8cb3317c');
});

test.each<[string, Record<string, string>, string[]]>([
  [
    'the same in two files',
    { 'a.yaml': 'revision: r\n', 'b.yaml': '\nrevision: s\n' },
    ['a.yaml:1:1: revision is there twice, in b.yaml:2:1 as well: keep one'],
  ],
  [
    'a list here, no list there',
    { 'a.yaml': 'scenes: []\n', 'b.yaml': 'scenes: {}\n' },
    ['b.yaml:1:1: scenes must be a list, as in a.yaml:1:1'],
  ],
  [
    'a file that is a list',
    { 'a.yaml': '- scene: x\n' },
    ['a.yaml:1:1: a file of a city has lists with their names, such as "scenes:" with its items below'],
  ],
  [
    'faults in several files',
    { 'a.yaml': 'a: 1\na: 2\n', 'b.yaml': 'x: *y\n' },
    [
      'a.yaml:2:1: this name is there twice: delete one of them (Map keys must be unique)',
      'b.yaml:1:4: aliases (*y) are not read: write out what it stands for',
    ],
  ],
])('%s', (_what, files, says) => {
  expect(faultsOf(() => readCity(folderOf(files)))).toEqual(says);
});

test('what cannot be read says so: no file, an empty folder, too deep a folder, no UTF-8, too large a file', () => {
  expect(faultsOf(() => readCity('/nowhere/at-all'))).toEqual([expect.stringContaining('ENOENT')]);
  expect(faultsOf(() => readCity(temporaryFolder()))).toEqual([
    expect.stringContaining('there is no file in it'),
  ]);
  const deep = folderOf({ 'a/b/c/d/e.yaml': 'revision: r\n' });
  expect(faultsOf(() => readCity(deep))).toEqual([
    expect.stringContaining('a/b/c/d lies deeper than 4 folders'),
  ]);
  const latin = temporaryFolder();
  writeFileSync(join(latin, 'city.yaml'), Buffer.from([0x61, 0x3a, 0xe9]));
  expect(faultsOf(() => readCity(latin))).toEqual([expect.stringMatching(/city\.yaml: it is not UTF-8/)]);
  const large = folderOf({ 'city.yaml': `# ${'x'.repeat(5 * 1_024 * 1_024)}` });
  expect(faultsOf(() => readCity(large))).toEqual([
    expect.stringMatching(/has 5242882 bytes; it may have 4194304/),
  ]);
});

test('fifty faults are told, and how many more there are', () => {
  const city = shippedCity();
  const [scene] = city.scenes;
  city.scenes = Array.from({ length: 60 }, () => ({ ...scene, policy: 'none' }) as (typeof city.scenes)[0]);
  const file = cityFile(city);
  const [head, ...lines] = (() => {
    try {
      loadScenes(PRESENTABLE_FAMILIES, file);
    } catch (error) {
      return (error as Error).message.split('\n');
    }
    return [];
  })();
  expect(head).toBe(`the city in ${file} is not usable:`);
  expect(lines).toHaveLength(51);
  expect(lines.at(-1)).toMatch(/^ {2}and \d+ more$/);
});

test('ten thousand scenes are the most', () => {
  const city = shippedCity();
  const scene = city.scenes.find((each) => each.scene === '9/door');
  const many = (count: number) => ({
    ...city,
    scenes: Array.from({ length: count }, (_, i) => ({ ...scene, scene: `9/x${i}` })),
  });
  expect(parseScenes(many(10_000), PRESENTABLE_FAMILIES).scenes).toHaveLength(10_000);
  expect(() => parseScenes(many(10_001), PRESENTABLE_FAMILIES)).toThrow(
    /scenes has 10001 items, and may have 10000/,
  );
});
