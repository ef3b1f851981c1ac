/** A city document in JSON, made beforehand of its YAML files. */
import { appendFileSync, cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareCity, preparedFile, readPreparedCity } from '../../../config/city-document/prepared-city.ts';
import { readCity } from '../../../config/city-document/read-city.ts';
import { SHIPPED_CITY } from '../../../config/scenes.ts';
import { temporaryFolder } from '../gateway/journal/temporary-folder.rig.ts';

function cityFolder(): string {
  const folder = join(temporaryFolder(), 'city');
  cpSync(SHIPPED_CITY, folder, { recursive: true });
  return folder;
}

test('what was prepared holds what its files hold', () => {
  const folder = cityFolder();
  writeFileSync(preparedFile(folder), prepareCity(folder));
  expect(readPreparedCity(folder)?.value).toEqual(readCity(folder).value);
});

test('files that were changed since are read themselves', () => {
  const folder = cityFolder();
  writeFileSync(preparedFile(folder), prepareCity(folder));
  appendFileSync(join(folder, 'city.yaml'), '# another line\n');
  expect(readPreparedCity(folder)).toBeNull();
});

test.each(['', '{', 'null', '{"of":1,"value":{}}'])('%j was not prepared: the files are read', (text) => {
  const folder = cityFolder();
  expect(readPreparedCity(folder)).toBeNull();
  writeFileSync(preparedFile(folder), text);
  expect(readPreparedCity(folder)).toBeNull();
});
