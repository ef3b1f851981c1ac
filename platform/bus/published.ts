/**
 * What of lists and trust is in the stream already, on disk, so that a platform that starts again goes on from there. It
 * counts for one stream: for another, or one that lost its end, everything is published again.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Published {
  /** When the stream was made. */
  readonly made: string;
  /** Sequence of the newest message of ours. */
  readonly sequence: number;
  /** By subject, of our newest message: what the next is to follow. */
  readonly last: Readonly<Record<string, number>>;
  readonly generation: string;
  readonly revision: number;
  /** The same of the chains of further profiles. */
  readonly revisions?: Readonly<Record<string, number>>;
  /** Version of the timestamp. */
  readonly timestamp: number;
  /** Targets on offer that are in it, by their hashed paths. */
  readonly targets: readonly string[];
}

export class PublishedFile {
  readonly #file: string | null;
  #now: Published | null;

  /** `folder` null: it is kept for this run alone. */
  constructor(folder: string | null) {
    this.#file = folder === null ? null : join(folder, 'bus-published.json');
    this.#now = this.#file === null ? null : readKept(this.#file);
  }

  get now(): Published | null {
    return this.#now;
  }

  set(published: Published): void {
    this.#now = published;
    if (this.#file === null) return;
    writeFileSync(`${this.#file}.new`, JSON.stringify(published), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}

/** It saves work only: one that is not there, or damaged, is as none. */
function readKept(file: string): Published | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Published;
  } catch {
    return null;
  }
}
