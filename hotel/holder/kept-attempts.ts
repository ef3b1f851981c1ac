/**
 * Counts of wrong PINs on disk: one line for each change, added before the PIN is looked at, so that ending the process in
 * between is no free attempt. Of cards it holds digests.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { PRIVATE_FILE_MODE, readIfThere, replacePrivateFile } from '../../gateway/storage/private-files.ts';
import { HotelError } from '../hotel-error.ts';
import type { Failures } from '../people/paced-attempts.ts';

const LINE = /^([\w.: -]{1,128}) (\d{1,9}) (\d{1,15})$/;
const LINES_MAX = 20_000;

export class KeptAttempts {
  readonly #path: string;
  #file: FileHandle;
  #lines: number;

  private constructor(path: string, file: FileHandle, lines: number) {
    this.#path = path;
    this.#file = file;
    this.#lines = lines;
  }

  /** `kept`: what is known of each key. Rejects with HotelError `unusable`. */
  static async open(path: string): Promise<{ attempts: KeptAttempts; kept: ReadonlyMap<string, Failures> }> {
    try {
      const kept = new Map<string, Failures>();
      // A line half written is of an attempt that was never looked at.
      for (const line of readIfThere(path)?.toString('utf8').split('\n') ?? []) {
        const [, key, count, lastAtMs] = LINE.exec(line) ?? [];
        if (key === undefined) continue;
        kept.delete(key);
        if (Number(count) > 0) kept.set(key, { count: Number(count), lastAtMs: Number(lastAtMs) });
      }
      replacePrivateFile(path, [...kept].map(textOf).join(''));
      const file = await open(path, 'a', PRIVATE_FILE_MODE);
      return { attempts: new KeptAttempts(path, file, kept.size), kept };
    } catch (cause) {
      throw new HotelError('unusable', `${path} cannot be used: ${(cause as Error).message}`, { cause });
    }
  }

  /** On disk when it resolves. `all`: what is known of every key then. Rejects with HotelError `store_unavailable`. */
  async add(
    changes: readonly (readonly [string, Failures])[],
    all: () => Iterable<readonly [string, Failures]>,
  ) {
    try {
      if (this.#lines + changes.length > LINES_MAX) await this.#compact([...all()]);
      this.#lines += changes.length;
      await this.#file.appendFile(changes.map(textOf).join(''));
      await this.#file.datasync();
    } catch (cause) {
      throw new HotelError('store_unavailable', 'counts of wrong PINs cannot be written', { cause });
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  async #compact(all: readonly (readonly [string, Failures])[]): Promise<void> {
    replacePrivateFile(this.#path, all.map(textOf).join(''));
    const before = this.#file;
    this.#file = await open(this.#path, 'a', PRIVATE_FILE_MODE);
    this.#lines = all.length;
    await before.close();
  }
}

/** On a line of its own, also after one that was half written. */
const textOf = ([key, { count, lastAtMs }]: readonly [string, Failures]) => `\n${key} ${count} ${lastAtMs}\n`;
