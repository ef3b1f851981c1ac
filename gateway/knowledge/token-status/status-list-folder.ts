/** Status list tokens on disk, as they were signed; whoever reads them verifies them again. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { digestOf } from '../../../crypto/digest.ts';
import { makePrivateFolder, readIfThere, replacePrivateFile } from '../../storage/private-files.ts';
import { TokenStatusError } from './token-status-error.ts';

const TOKEN_FILE = /^(sm3-)?[0-9a-f]{64}\.(token|jwt)(\.new)?$/;

export class StatusListFolder {
  readonly #folder: string;
  readonly #algorithm: DigestAlgorithm;
  readonly #maxBytes: number;

  /** `algorithm`: files are named with. `maxBytes`: no larger file is read. Makes the folder. */
  constructor(folder: string, algorithm: DigestAlgorithm, maxBytes: number) {
    this.#folder = folder;
    this.#algorithm = algorithm;
    this.#maxBytes = maxBytes;
    makePrivateFolder(folder);
  }

  /** Null: none is kept. Throws TokenStatusError `oversized` or `storage`. */
  read(uri: string): Uint8Array | null {
    return this.#guarded(() => {
      const file = this.#file(uri);
      const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (bytes > this.#maxBytes)
        throw new TokenStatusError('oversized', 'a kept token is larger than allowed');
      return readIfThere(file);
    });
  }

  /** On disk when it returns. Throws TokenStatusError `storage`; then what was kept before still is. */
  keep(uri: string, token: Uint8Array): void {
    this.#guarded(() => replacePrivateFile(this.#file(uri), token));
  }

  /** Removes the tokens of all other lists. Throws TokenStatusError `storage`. */
  keepOnly(uris: readonly string[]): void {
    this.#guarded(() => {
      const kept = new Set(uris.map((uri) => fileName(this.#algorithm, uri)));
      for (const file of readdirSync(this.#folder)) {
        if (TOKEN_FILE.test(file) && !kept.has(file)) rmSync(join(this.#folder, file), { force: true });
      }
    });
  }

  #file(uri: string): string {
    return join(this.#folder, fileName(this.#algorithm, uri));
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (cause instanceof TokenStatusError) throw cause;
      throw new TokenStatusError('storage', `status lists on disk: ${(cause as Error).message}`, { cause });
    }
  }
}

/** A uri can hold what a file's name cannot. */
function fileName(algorithm: DigestAlgorithm, uri: string): string {
  return `${algorithm === 'SM3' ? 'sm3-' : ''}${digestOf(algorithm, uri).toString('hex')}.token`;
}
