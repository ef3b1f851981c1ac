/** A short list kept in one private file: read strictly at the start, written whole, durable before a change is said to be made. */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { replacePrivateFile } from '../../gateway/storage/private-files.ts';
import { HotelError } from '../hotel-error.ts';

export class KeptList<Item> {
  readonly #file: string;
  readonly #keyOf: (item: Item) => string;
  #items: ReadonlyMap<string, Item>;

  /** `schema`: of one item. Throws HotelError `unusable` when the file is not what was written. */
  constructor(file: string, schema: TSchema, keyOf: (item: Item) => string) {
    this.#file = file;
    this.#keyOf = keyOf;
    this.#items = new Map();
    if (!existsSync(file)) return;
    const item = Compile(schema);
    const read = parsed(file);
    if (!Array.isArray(read) || !read.every((each) => item.Check(each))) throw damaged(file);
    this.#items = new Map(read.map((each) => [keyOf(each as Item), each as Item]));
  }

  get size(): number {
    return this.#items.size;
  }

  get(key: string): Item | null {
    return this.#items.get(key) ?? null;
  }

  /** In the order they were added. */
  all(): readonly Item[] {
    return [...this.#items.values()];
  }

  /** Adds, or puts in the place of the one with its key. Throws HotelError `store_unavailable`, and nothing is changed. */
  put(item: Item): void {
    this.#write(new Map(this.#items).set(this.#keyOf(item), item));
  }

  /** As `put`. */
  remove(key: string): void {
    const items = new Map(this.#items);
    if (items.delete(key)) this.#write(items);
  }

  #write(items: ReadonlyMap<string, Item>): void {
    try {
      replacePrivateFile(this.#file, JSON.stringify([...items.values()]));
    } catch (cause) {
      throw new HotelError('store_unavailable', `${basename(this.#file)} cannot be written`, { cause });
    }
    this.#items = items;
  }
}

function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw damaged(file, cause);
  }
}

const damaged = (file: string, cause?: unknown) =>
  new HotelError(
    'unusable',
    `${file} is damaged: put back the copy of your last backup`,
    cause === undefined ? {} : { cause },
  );
