/** Where the built library of lmdb is, and whether it has the fault that `lmdb-patch.ts` repairs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type LibraryState, libraryState } from './lmdb-patch.ts';

const LMDB = createRequire(import.meta.url).resolve('lmdb');

/** Builds of the library for this system: one for each version of Node's interface, and any that was compiled here. */
export function builtLibraries(): string[] {
  return [join(dirname(LMDB), '..', 'build', 'Release'), prebuiltFolder()].flatMap((folder) =>
    folder === null || !existsSync(folder)
      ? []
      : readdirSync(folder)
          .filter((name) => name.endsWith('.node'))
          .map((name) => join(folder, name)),
  );
}

function prebuiltFolder(): string | null {
  try {
    const name = `@lmdb/lmdb-${process.platform}-${process.arch}`;
    return dirname(createRequire(LMDB).resolve(name));
  } catch {
    return null;
  }
}

/** The library this process has loaded, and its state. Null while it has loaded none. */
export function loadedLibrary(): { readonly file: string; readonly state: LibraryState } | null {
  const file = Object.keys(createRequire(import.meta.url).cache).find((path) =>
    /[\\/]lmdb[^\\/]*[\\/].*\.node$/.test(path),
  );
  return file === undefined ? null : { file, state: libraryState(readFileSync(file)) };
}
