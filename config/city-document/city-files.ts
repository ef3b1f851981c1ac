/** The files of a city document: one, or all YAML files below a folder. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readStrictText } from '../strict-text.ts';

export interface CityFile {
  /** From the folder, with `/` between names; of a single file its own name. */
  readonly name: string;
  readonly text: string;
}

const FILES_MAX = 2_000;
const FILE_BYTES_MAX = 4 * 1_024 * 1_024;
const TOTAL_BYTES_MAX = 8 * 1_024 * 1_024;
const FOLDERS_DEEP_MAX = 4;
const YAML_FILE = /\.ya?ml$/i;

/** In the order of their names. Throws what the file system throws, and an Error where bounds are exceeded. */
export function readCityFiles(path: string): CityFile[] {
  const names = statSync(path).isDirectory() ? yamlBelow(path, '', 1) : [''];
  if (names.length === 0) throw new Error('there is no file in it whose name ends in .yaml');
  if (names.length > FILES_MAX) throw new Error(`it has ${names.length} files; there may be ${FILES_MAX}`);
  let total = 0;
  return names.map((name) => {
    const file = name === '' ? path : join(path, name);
    const { size } = statSync(file);
    if (size > FILE_BYTES_MAX) throw new Error(`${file} has ${size} bytes; it may have ${FILE_BYTES_MAX}`);
    total += size;
    if (total > TOTAL_BYTES_MAX)
      throw new Error(`its files have more than ${TOTAL_BYTES_MAX} bytes together`);
    return { name: name === '' ? basename(path) : name, text: textOf(file) };
  });
}

function textOf(file: string): string {
  try {
    return readStrictText(file);
  } catch (cause) {
    throw new Error(`${file}: ${(cause as Error).message}`, { cause });
  }
}

/** Hidden ones are left out: what editors keep there, and what an orchestrator mounts beside the files. */
function yamlBelow(root: string, folder: string, depth: number): string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (isFolder(root, name, entry)) {
      if (depth >= FOLDERS_DEEP_MAX) throw new Error(`${name} lies deeper than ${FOLDERS_DEEP_MAX} folders`);
      return yamlBelow(root, name, depth + 1);
    }
    return YAML_FILE.test(entry.name) ? [name] : [];
  });
}

function isFolder(root: string, name: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(join(root, name)).isDirectory();
}
