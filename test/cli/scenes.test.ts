/** `onecard scenes`: services and scenes of the city, one of them explained, and the document handed out. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadScenes } from '../../config/scenes.ts';
import { PRESENTABLE_FAMILIES } from '../../workers/families/table.ts';
import { cityFile, shippedCity } from '../fixtures/city-document.ts';
import { temporaryFolder } from '../unit/gateway/journal/temporary-folder.rig.ts';

const MAIN = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
const scenes = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'scenes', ...args], {
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, stderr, lines: stdout.split('\n').slice(0, -1) };
};
const table = loadScenes(PRESENTABLE_FAMILIES);

test('every scene is listed below its service, with both of its names', () => {
  const { lines } = scenes();
  expect(lines.filter((line) => line.startsWith('    '))).toHaveLength(table.scenes.length);
  expect(lines).toContainEqual(expect.stringMatching(/^29 {2}.* {2}公交/));
  expect(lines.at(-1)).toBe(
    `${table.scenes.length} scenes of ${new Set(table.described.map(({ service }) => service)).size} services, revision ${table.revision}`,
  );
});

test('by service, group and family; as JSON with the whole rules', () => {
  const names = (...args: readonly string[]) =>
    scenes('--json', ...args).lines.map((line) => (JSON.parse(line) as { scene: string }).scene);
  expect(names('--service', '29')).toEqual(table.scenes.filter((name) => name.startsWith('29/')));
  const forSeniors = names('--group', 'senior');
  expect(forSeniors).toContain('29/entry');
  expect(forSeniors.length).toBeLessThan(table.scenes.length);
  expect(names('--family', 'shc')).toEqual(
    table.scenes.filter((name) => table.policyOf(name)?.families.includes('shc')),
  );
  const [entry = '{}'] = scenes('29/entry', '--json').lines;
  expect(JSON.parse(entry)).toMatchObject({
    scene: '29/entry',
    policy: { policy: 'transit-entry', live: 'never', closed: 'deny' },
    remembered_ms: { own_end_ms_max: 900_000, without_end_ms: 600_000 },
  });
});

test('one scene: each rule with its meaning, what it says for itself, and words in both languages', () => {
  const { lines } = scenes('29/entry');
  expect(lines).toContainEqual(expect.stringMatching(/^policy +transit-entry, but for show/));
  expect(lines).toContainEqual(expect.stringMatching(/^closed +deny$/));
  expect(lines).toContainEqual('    What happens to a proven card that is on no list.');
  expect(lines).toContainEqual(expect.stringMatching(/^says to allow +Please go through {2}请通行$/));
  expect(lines).toContainEqual(expect.stringMatching(/^remembered .*what has no end of its own for 600 s$/));
});

test('what there is not: the nearest name, and status 2', () => {
  expect(scenes('29/entri')).toMatchObject({
    status: 2,
    stderr: 'onecard scenes: there is no scene 29/entri; did you mean 29/entry?\n',
  });
  expect(scenes('--service', '99')).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('service 99'),
  });
  expect(scenes('--family', 'shd').stderr).toContain('did you mean shc?');
});

test('of another document, by --city and by the settings', () => {
  const city = shippedCity();
  city.scenes = city.scenes.slice(0, 2);
  delete city['groups'];
  for (const each of city.scenes) delete each['show'];
  const file = cityFile({
    ...city,
    scenes: [{ scene: '11/x', service: 11, point: 'desk', policy: 'hotel-desk' }],
  });
  const last = /^1 scenes of 1 services, revision /;
  expect(scenes('--city', file).lines.at(-1)).toMatch(last);
  const settings = join(temporaryFolder(), 'gateway.json');
  writeFileSync(settings, JSON.stringify({ gateway_id: 'g', trust_file: 'none', city: file }));
  expect(scenes('--config', settings).lines.at(-1)).toMatch(last);
});

test('--copy-to: the whole document with the schema that editors go by, never over what is there', () => {
  const folder = join(temporaryFolder(), 'my-city');
  expect(scenes('--copy-to', folder).status).toBe(0);
  expect(loadScenes(PRESENTABLE_FAMILIES, folder).revision).toBe(table.revision);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.yaml'),
  );
  for (const name of files) {
    const [, schema = ''] =
      /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(join(folder, name), 'utf8')) ?? [];
    expect(JSON.parse(readFileSync(join(folder, name, '..', schema), 'utf8'))).toHaveProperty('$schema');
  }
  expect(scenes('--copy-to', folder)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('is not empty'),
  });
});
