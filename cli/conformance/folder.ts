/** Reads the folder of a suite. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnusableError } from '../unusable.ts';

/** Content of a JSON file of the folder. Throws UnusableError where it is not there, or no JSON. */
export function readJsonFile(folder: string, name: string): unknown {
  const path = join(folder, name);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UnusableError(`${path}: ${(error as Error).message}`);
  }
}

/** Names of the folder's files with this ending, in order. Throws UnusableError where there is no such folder. */
export function filesOf(folder: string, ending: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .sort();
  } catch (error) {
    throw new UnusableError((error as Error).message);
  }
}

/** Content of a text file of the folder, to the last character. Throws UnusableError where it is not there. */
export function readTextFile(folder: string, name: string): string {
  try {
    return readFileSync(join(folder, name), 'utf8');
  } catch (error) {
    throw new UnusableError((error as Error).message);
  }
}
