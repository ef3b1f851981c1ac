/** `onecard config` and the city document: what is wrong is explained, and editors get the schema. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { citySchemaDocument } from '../../../config/city-document/city-schema.ts';
import { SHIPPED_CITY } from '../../../config/scenes.ts';
import { cityFile, shippedCity } from '../../fixtures/city-document.ts';
import { temporaryFolder } from '../gateway/journal/temporary-folder.rig.ts';
import { BAD_CITIES, badCity, GOOD_CITY, writeCity } from './city-faults.rig.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const config = (...args: readonly string[]) =>
  spawnSync(process.execPath, [join(ROOT, 'cli/main.ts'), 'config', ...args], { encoding: 'utf8' });

const folderOf = (files: Readonly<Record<string, string>>) => {
  const folder = temporaryFolder();
  writeCity(folder, files);
  return folder;
};

describe('onecard config check', () => {
  test('of a good city: what it holds, and the revision that decisions will carry', () => {
    const folder = folderOf(GOOD_CITY);
    const { status, stdout } = config('check', '--city', folder);
    expect(stdout).toMatch(/ is usable: 3 scenes of 2 services, revision test\+[0-9a-f]{8}\n$/);
    expect(status).toBe(0);
  });

  test.each([
    'an anchor',
    'an unknown key of a scene',
    'two scenes of one name in two files',
    'a scene that discloses what no family has',
    'a passback longer than being inside',
  ])('%s: file, line, column and what to do, and status 2', (name) => {
    const bad = BAD_CITIES[name];
    if (!bad) throw new Error(`no such city: ${name}`);
    const { status, stderr } = config('check', '--city', folderOf(badCity(bad)));
    expect(stderr).toMatch(/^onecard config check: the city in .* is not usable: /);
    expect(stderr).toContain(`${bad.where}: ${bad.says}`);
    expect(status).toBe(2);
  });

  test('goes by the settings, whose city is relative to their file, and --city stands in for it', () => {
    const folder = folderOf({ ...GOOD_CITY, 'trust.json': '{ "anchors": [] }' });
    const settings = { gateway_id: 'g', trust_file: 'trust.json', city: '.' };
    const file = join(folder, 'gateway.json');
    writeFileSync(file, JSON.stringify(settings));
    expect(config('check', '--config', file).stderr).not.toContain('the city in');
    const bad = folderOf(badCity(BAD_CITIES['an alias'] as (typeof BAD_CITIES)[string]));
    expect(config('check', '--config', file, '--city', bad).stderr).toContain(
      'policies.yaml:15:14: aliases (*r)',
    );
  });
});

describe('the schema for editors', () => {
  const validate = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true }).compile(
    citySchemaDocument(),
  );

  test('is printed, and saved in docs', () => {
    const text = `${JSON.stringify(citySchemaDocument(), null, 2)}\n`;
    expect(config('schema', '--city').stdout).toBe(text);
    expect(readFileSync(join(ROOT, 'docs/city.schema.json'), 'utf8')).toBe(text);
  });

  test('takes every file that comes along, by itself, and a document with $schema', () => {
    const files = readdirSync(SHIPPED_CITY, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.yaml'),
    );
    for (const name of files) {
      expect(validate(parse(readFileSync(join(SHIPPED_CITY, name), 'utf8'))), name).toBe(true);
    }
    expect(files.length).toBeGreaterThan(5);
    const city = { $schema: './city.schema.json', ...shippedCity() };
    expect(validate(city)).toBe(true);
    expect(config('check', '--city', cityFile(city)).status).toBe(0);
  });

  test('refuses what the gateway refuses in one entry', () => {
    for (const name of [
      'an unknown key of a policy',
      'a value that is none of those',
      'words in one language',
    ]) {
      const bad = BAD_CITIES[name];
      if (!bad) throw new Error(`no such city: ${name}`);
      expect(validate(parse(badCity(bad)[bad.file] ?? '')), name).toBe(false);
    }
  });

  test('explains every rule of a policy', () => {
    const { properties } = citySchemaDocument() as {
      properties: { policies: { items: { properties: Record<string, { description?: string }> } } };
    };
    const rules = Object.entries(properties.policies.items.properties);
    expect(rules.filter(([, { description }]) => !description)).toEqual([]);
  });
});
