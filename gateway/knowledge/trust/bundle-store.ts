/**
 * Bundles on disk, each whole in a folder of its own. A new one is written aside, brought to disk and then renamed
 * into place, so that a crash at any moment leaves those from before. The one before the newest stays, in case the
 * disk damages the newest.
 */
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createPrivateFile,
  makePrivateFolder,
  PRIVATE_FILE_MODE,
  syncFolder,
} from '../../storage/private-files.ts';
import { TrustUpdateError } from './trust-update-error.ts';
import type { BundleFiles } from './verify-bundle.ts';

const BUNDLE_NAME = /^bundle-(\d{12})$/;
const FILE_NAME = /^(?:[1-9]\d{0,8}\.root|timestamp|snapshot|targets|lists|trust|city|sm2-roots)\.json$/;
const KEPT_BUNDLES = 2;
/** Roots of many years, and the rest. */
const FILES_MAX = 1024;

export class BundleStore {
  readonly #folder: string;
  readonly #fileBytesMax: number;

  /** `fileBytesMax`: no larger file is read. Makes the folder. */
  constructor(folder: string, fileBytesMax: number) {
    this.#folder = folder;
    this.#fileBytesMax = fileBytesMax;
    makePrivateFolder(folder);
  }

  /** Newest first. */
  names(): readonly string[] {
    const names = readdirSync(this.#folder).filter((name) => BUNDLE_NAME.test(name));
    return names.sort().reverse();
  }

  /** Nothing is verified here. Throws TrustUpdateError `oversized` or `malformed`, or an error of the file system. */
  read(bundle: string): BundleFiles {
    const folder = join(this.#folder, bundle);
    const names = readdirSync(folder).filter((name) => FILE_NAME.test(name));
    if (names.length > FILES_MAX) throw new TrustUpdateError('oversized', 'a kept bundle has too many files');
    return new Map(names.map((name) => [name, this.#readFile(join(folder, name))] as const));
  }

  /** On disk whole when this returns. Throws errors of the file system; then it is as if it had not been called. */
  add(files: BundleFiles): void {
    const staging = this.#emptyFolder('staging');
    for (const [name, bytes] of files) createPrivateFile(join(staging, name), bytes);
    const [newest] = this.names();
    const number = Number(BUNDLE_NAME.exec(newest ?? '')?.[1] ?? 0) + 1;
    renameSync(staging, join(this.#folder, `bundle-${String(number).padStart(12, '0')}`));
    syncFolder(this.#folder);
    for (const old of this.names().slice(KEPT_BUNDLES)) this.#remove(old);
  }

  /** A place for work in progress with these files in it, of which nothing is kept. */
  scratch(files: BundleFiles): string {
    const folder = this.#emptyFolder('scratch');
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes, { mode: PRIVATE_FILE_MODE });
    return folder;
  }

  #emptyFolder(name: string): string {
    this.#remove(name);
    const folder = join(this.#folder, name);
    makePrivateFolder(folder);
    return folder;
  }

  #remove(name: string): void {
    rmSync(join(this.#folder, name), { recursive: true, force: true });
  }

  #readFile(file: string): Buffer {
    const { size } = statSync(file);
    if (size > this.#fileBytesMax)
      throw new TrustUpdateError('oversized', 'a kept file is larger than its limit');
    return readFileSync(file);
  }
}
