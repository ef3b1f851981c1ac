/**
 * A city document in one JSON file beside the folder of its YAML files, made when the package is: YAML is what people read and
 * copy, and takes a hundred times as long to read. It counts only while the files are those that it was made of.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pointerOf } from './city-fault.ts';
import { readCityFiles } from './city-files.ts';
import { type CitySource, readCity } from './read-city.ts';

interface PreparedCity {
  /** SHA-256 of names and texts of the files, hex. */
  readonly of: string;
  /** What the files hold, not checked. */
  readonly value: unknown;
}

/** Where it is, for the folder of the YAML files. */
export const preparedFile = (folder: string) => `${folder}.json`;

/** The text of that file. Throws ScenesError where the files cannot be used. */
export function prepareCity(folder: string): string {
  return `${JSON.stringify({ of: digestOf(folder), value: readCity(folder).value } satisfies PreparedCity)}\n`;
}

/** Null: there is none, or it is of other files. Then the files are read. */
export function readPreparedCity(folder: string): CitySource | null {
  try {
    const prepared = JSON.parse(readFileSync(preparedFile(folder), 'utf8')) as PreparedCity;
    return prepared.of === digestOf(folder) ? { value: prepared.value, placeOf: pointerOf } : null;
  } catch {
    return null;
  }
}

function digestOf(folder: string): string {
  const files = readCityFiles(folder).map(({ name, text }) => [name, text]);
  return createHash('sha256').update(JSON.stringify(files)).digest('hex');
}
