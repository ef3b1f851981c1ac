/**
 * Repairs the built libraries of lmdb that were installed, after `npm ci` and by `npm run repair`: see `lmdb-patch.ts`.
 * Needs no compiler. What cannot be repaired stays as it was, with a notice here and in the gateway's log.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { builtLibraries } from './lmdb-library.ts';
import { libraryState, repairedLibrary } from './lmdb-patch.ts';

const LEFT = 'It stays as it is: see SECURITY.md, what is not promised.';
const say = (text: string) => process.stderr.write(`onecard: ${text}\n`);

let repaired = 0;
const files = process.platform === 'win32' ? [] : builtLibraries();
for (const file of files) {
  try {
    repaired += Number(repair(file));
  } catch (error) {
    say(`${file} could not be repaired (${(error as Error).message}). ${LEFT}`);
  }
}
if (repaired > 0)
  say(`repaired the message of lmdb that overran its memory on a full disk, in ${repaired} builds`);

/** True: the file was replaced. */
function repair(file: string): boolean {
  const library = readFileSync(file);
  const state = libraryState(library);
  if (state === 'unknown') say(`${file} is another build than the one whose fault is known. ${LEFT}`);
  if (state !== 'faulty') return false;
  const fresh = `${file}.repaired`;
  rmSync(fresh, { force: true });
  writeFileSync(fresh, repairedLibrary(library), { flag: 'wx' });
  chmodSync(fresh, statSync(file).mode & 0o777);
  try {
    if (process.platform === 'darwin') sign(fresh);
    // A rename, so that a process that has the old one loaded keeps it whole.
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
  return true;
}

/** macOS loads no code whose bytes differ from its signature. */
function sign(file: string): void {
  const { status, stderr, error } = spawnSync('codesign', ['--force', '--sign', '-', file], {
    encoding: 'utf8',
  });
  if (status !== 0) throw error ?? new Error(`codesign: ${stderr.trim()}`);
}
