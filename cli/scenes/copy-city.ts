/** The city document that comes along, written into a folder to be changed, with the schema that editors go by. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { readCityFiles } from '../../config/city-document/city-files.ts';
import { citySchemaDocument } from '../../config/city-document/city-schema.ts';
import { SHIPPED_CITY } from '../../config/scenes.ts';
import { UnusableError } from '../unusable.ts';

const SCHEMA = 'city.schema.json';

/** What was done, a line each. Throws UnusableError where something is in the folder already. */
export function copyCity(folder: string): string[] {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    throw new UnusableError(`${folder} is not empty: name a folder that there is not yet`);
  }
  mkdirSync(folder, { recursive: true });
  const files = readCityFiles(SHIPPED_CITY);
  for (const { name, text } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), `${forEditors(name)}\n${text}`);
  }
  writeFileSync(join(folder, SCHEMA), `${JSON.stringify(citySchemaDocument(), null, 2)}\n`);
  return [
    `${files.length} files of the city document are in ${folder}, and ${SCHEMA} for editors.`,
    'Change them, and give city.yaml another revision. Then:',
    `  onecard config check --city ${folder}`,
    `  onecard scenes --city ${folder}`,
    `In the settings: "city": ${JSON.stringify(folder)} (a path in a file of settings is relative to that file).`,
  ];
}

/** Understood by editors that know YAML. */
function forEditors(name: string): string {
  return `# yaml-language-server: $schema=${posix.relative(posix.dirname(name), SCHEMA)}`;
}
