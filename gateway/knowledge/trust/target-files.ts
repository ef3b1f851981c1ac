/** Lists as files on disk, each verified before it has its name: HASH.PATH, the path with its slashes escaped. */
import { createReadStream, existsSync, readdirSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TargetFile } from '@tufjs/models';
import { LengthOrHashMismatchError } from '@tufjs/models/dist/error.js';
import { makePrivateFolder, PRIVATE_FILE_MODE, syncFolder } from '../../storage/private-files.ts';
import { download, type RepositoryEndpoint } from './repository-client.ts';
import type { ListTarget } from './trust-bundle.ts';
import { TrustUpdateError } from './trust-update-error.ts';

const PART = '.part';
const HASH_DIGITS = 64;

export class TargetFiles {
  readonly #folder: string;
  readonly #endpoint: RepositoryEndpoint;
  /** By file: two who ask for the same at the same time share one download. */
  readonly #underWay = new Map<string, Promise<string>>();

  constructor(folder: string, endpoint: RepositoryEndpoint) {
    this.#folder = folder;
    this.#endpoint = endpoint;
  }

  /**
   * Resolves to the file, which is fetched unless it is there and good; older ones of the same path are removed then.
   * Rejects with TrustUpdateError, or an error of the file system.
   */
  get(path: string, target: ListTarget, signal?: AbortSignal): Promise<string> {
    const file = join(this.#folder, `${target.sha256}.${encodeURIComponent(path)}`);
    const shared = this.#underWay.get(file);
    if (shared) return shared;
    const made = this.#get(file, path, target, signal).finally(() => this.#underWay.delete(file));
    this.#underWay.set(file, made);
    return made;
  }

  async #get(file: string, path: string, target: ListTarget, signal?: AbortSignal): Promise<string> {
    const { sha256, lengthBytes: length } = target;
    const description = new TargetFile({ path, length, hashes: { sha256 } });
    makePrivateFolder(this.#folder);
    if (!existsSync(file) || !(await isGood(file, description))) {
      const part = file + PART;
      try {
        await this.#fetch(part, description, sha256, signal);
        if (!(await isGood(part, description))) throw mismatch(path);
        await rename(part, file);
        syncFolder(this.#folder);
      } finally {
        await rm(part, { force: true });
      }
    }
    await this.#removeOthers(file, path);
    return file;
  }

  async #fetch(part: string, { path, length }: TargetFile, sha256: string, signal?: AbortSignal) {
    const slash = path.lastIndexOf('/') + 1;
    const hashed = `targets/${path.slice(0, slash)}${sha256}.${path.slice(slash)}`;
    const handle = await open(part, 'w', PRIVATE_FILE_MODE);
    try {
      await download(this.#endpoint, { path: hashed, maxBytes: length, signal }, async (piece) => {
        await handle.writeFile(piece);
      });
      await handle.sync();
    } catch (error) {
      // Longer than it was said to be: no matter what it is, it is not the target.
      const isLonger = error instanceof TrustUpdateError && error.code === 'oversized';
      throw isLonger ? mismatch(path) : error;
    } finally {
      await handle.close();
    }
  }

  /** Also what a crash left behind of them. */
  async #removeOthers(file: string, path: string): Promise<void> {
    const suffix = `.${encodeURIComponent(path)}`;
    for (const name of readdirSync(this.#folder)) {
      const rest = name.slice(HASH_DIGITS);
      const other = join(this.#folder, name);
      const isSamePath = rest === suffix || rest === suffix + PART;
      const isBusy = this.#underWay.has(other.replace(/\.part$/, ''));
      if (isSamePath && other !== file && !isBusy) await rm(other, { force: true });
    }
  }
}

async function isGood(file: string, description: TargetFile): Promise<boolean> {
  try {
    await description.verify(createReadStream(file));
    return true;
  } catch (error) {
    if (error instanceof LengthOrHashMismatchError) return false;
    throw error;
  }
}

function mismatch(path: string): TrustUpdateError {
  return new TrustUpdateError('target_mismatch', `${path} is not what its metadata says`);
}
