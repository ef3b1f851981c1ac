/**
 * The wrapped keys, in a small file of their own that is written anew, synced and renamed: LMDB writes beside what it frees, so a
 * key that was destroyed in it would be found in its file for as long as the page is not used again.
 */
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  makePrivateFolder,
  readIfThere,
  replacePrivateFile,
} from '../../../gateway/storage/private-files.ts';
import { HotelError } from '../../hotel-error.ts';
import type { KeyVault, WrappedKey } from '../row-store.ts';

const hex = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$` });
const closed = { additionalProperties: false };
const FileSchema = Type.Object(
  {
    version: Type.Literal(1),
    hotel_id: Type.String(),
    /** Of the key-encryption key. */
    check: hex(16),
    keys: Type.Array(
      Type.Object(
        {
          id: hex(8),
          purge_day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
          state: Type.Union([Type.Literal('live'), Type.Literal('retiring'), Type.Literal('destroyed')]),
          wrapped: Type.Union([hex(40), Type.Null()]),
          digest: hex(32),
        },
        closed,
      ),
    ),
  },
  closed,
);
type KeyFileContent = Static<typeof FileSchema>;
const Content = Compile(FileSchema);

/** The file in a register's folder. */
export const keyFileIn = (folder: string) => join(folder, 'wrapped-keys.json');

export class KeyFile implements KeyVault {
  readonly #file: string;
  readonly #hotelId: string;
  #check: string | null;
  #keys: readonly WrappedKey[];
  #generation = 0;

  /** Throws HotelError `unusable`. */
  constructor(folder: string, hotelId: string) {
    makePrivateFolder(folder);
    this.#file = keyFileIn(folder);
    this.#hotelId = hotelId;
    const there = readContent(this.#file, hotelId);
    this.#check = there?.check ?? null;
    this.#keys = there?.keys.map(fromFile) ?? [];
  }

  /** Whether there is one: a register with rows and no keys has lost them. */
  get isThere(): boolean {
    return this.#check !== null;
  }

  async load(check: string): Promise<readonly WrappedKey[]> {
    if (this.#check === null) this.#write(check, []);
    this.#require(check);
    return this.#keys;
  }

  async generation(): Promise<number> {
    return this.#generation;
  }

  async add(key: WrappedKey): Promise<WrappedKey> {
    const there = this.#keys.find(({ purgeDay, state }) => purgeDay === key.purgeDay && state === 'live');
    if (there !== undefined) return there;
    this.#write(this.#check, [...this.#keys, key]);
    return key;
  }

  async retire(id: string, next: WrappedKey): Promise<WrappedKey> {
    const keys = this.#keys.map((key) => (key.id === id ? { ...key, state: 'retiring' as const } : key));
    this.#write(this.#check, [...keys, next]);
    return next;
  }

  async destroy(ids: readonly string[]): Promise<void> {
    const gone = new Set(ids);
    const keys = this.#keys.map((key) =>
      gone.has(key.id) ? { ...key, state: 'destroyed' as const, wrapped: null } : key,
    );
    this.#write(this.#check, keys);
  }

  async rewrap(check: string, next: string, keys: readonly WrappedKey[]): Promise<void> {
    this.#require(check);
    const anew = new Map(keys.map((key) => [key.id, key]));
    const all = this.#keys.map((key) => {
      const { wrapped, digest } = anew.get(key.id) ?? key;
      return { ...key, wrapped, digest };
    });
    this.#write(next, all);
  }

  #require(check: string): void {
    if (this.#check === check) return;
    throw new HotelError(
      'unusable',
      `hotel.key_file: it is not the key that the register is sealed under (${this.#file}): give the key that this register was made ` +
        'with, or the one of the last onecard desk rotate-key',
    );
  }

  #write(check: string | null, keys: readonly WrappedKey[]): void {
    if (check === null) throw new HotelError('unusable', 'the keys of the register were not read');
    const content: KeyFileContent = {
      ...{ version: 1, hotel_id: this.#hotelId, check },
      keys: keys.map(({ id, purgeDay, state, wrapped, digest }) => ({
        ...{ id, purge_day: purgeDay, state, wrapped: wrapped?.toString('hex') ?? null, digest },
      })),
    };
    try {
      replacePrivateFile(this.#file, `${JSON.stringify(content)}\n`);
    } catch (cause) {
      const why = (cause as Error).message;
      throw new HotelError('store_unavailable', `the keys of the register cannot be written: ${why}`, {
        cause,
      });
    }
    this.#check = check;
    this.#keys = keys;
    this.#generation += 1;
  }
}

function readContent(file: string, hotelId: string): KeyFileContent | null {
  const bytes = readIfThere(file);
  if (bytes === null) return null;
  let content: unknown;
  try {
    content = JSON.parse(bytes.toString('utf8'));
  } catch {
    content = null;
  }
  if (!Content.Check(content)) {
    throw new HotelError(
      'unusable',
      `${file} is damaged: restore it from the backup that the register's data is of`,
    );
  }
  if (content.hotel_id !== hotelId) {
    throw new HotelError(
      'unusable',
      `hotel.hotel_id: the register in data_dir is that of ${JSON.stringify(content.hotel_id)}, and its guests are sealed under that name`,
    );
  }
  return content;
}

function fromFile({
  id,
  purge_day: purgeDay,
  state,
  wrapped,
  digest,
}: KeyFileContent['keys'][number]): WrappedKey {
  return { id, purgeDay, state, wrapped: wrapped === null ? null : Buffer.from(wrapped, 'hex'), digest };
}
