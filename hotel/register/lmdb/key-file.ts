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
import type { KeyChecks, KeyVault, WrappedKey } from '../row-store.ts';
import { keyAlgorithms, keyProfiles } from '../sealing/key-algorithms.ts';

const hex = (bytes: number) => Type.String({ pattern: `^[0-9a-f]{${2 * bytes}}$` });
const closed = { additionalProperties: false };
const name = Type.Optional(Type.String({ maxLength: 32 }));
/** Of keys that name none. */
const UNNAMED = keyAlgorithms({ sealedBy: 'international', wrappedBy: 'international' });
const FileSchema = Type.Object(
  {
    version: Type.Literal(1),
    hotel_id: Type.String(),
    /** Of the key-encryption key. */
    check: Type.String({ pattern: '^(HMAC-SM3:)?[0-9a-f]{32}$' }),
    keys: Type.Array(
      Type.Object(
        {
          id: hex(8),
          purge_day: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }),
          state: Type.Union([Type.Literal('live'), Type.Literal('retiring'), Type.Literal('destroyed')]),
          wrapped: Type.Union([hex(40), Type.Null()]),
          digest: hex(32),
          /** Algorithms, where they are not those of before there were names. */
          ...{ seal: name, index: name, wrap: name, digest_algorithm: name },
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
    this.#keys = there?.keys.map((key) => fromFile(key, this.#file)) ?? [];
  }

  /** Whether there is one: a register with rows and no keys has lost them. */
  get isThere(): boolean {
    return this.#check !== null;
  }

  async load(kek: KeyChecks): Promise<readonly WrappedKey[]> {
    if (this.#check === null) this.#write(kek.check, []);
    this.#require(kek);
    return this.#keys;
  }

  async check(): Promise<string | null> {
    return this.#check;
  }

  async generation(): Promise<number> {
    return this.#generation;
  }

  async add(key: WrappedKey): Promise<WrappedKey> {
    const there = liveLike(this.#keys, key);
    if (there !== undefined) return there;
    this.#write(this.#check, [...this.#keys, key]);
    return key;
  }

  async retire(id: string, next: WrappedKey): Promise<WrappedKey> {
    const keys = this.#keys.map((key) => (key.id === id ? { ...key, state: 'retiring' as const } : key));
    const there = liveLike(keys, next);
    this.#write(this.#check, there === undefined ? [...keys, next] : keys);
    return there ?? next;
  }

  async destroy(ids: readonly string[]): Promise<void> {
    const gone = new Set(ids);
    const keys = this.#keys.map((key) =>
      gone.has(key.id) ? { ...key, state: 'destroyed' as const, wrapped: null } : key,
    );
    this.#write(this.#check, keys);
  }

  async rewrap(kek: KeyChecks, next: string, keys: readonly WrappedKey[]): Promise<void> {
    this.#require(kek);
    const anew = new Map(keys.map((key) => [key.id, key]));
    const all = this.#keys.map((key) => {
      const { wrapped, digest, wrappedBy } = anew.get(key.id) ?? key;
      return { ...key, wrapped, digest, wrappedBy };
    });
    this.#write(next, all);
  }

  #require(kek: KeyChecks): void {
    if (this.#check !== null && kek.hasLeft(this.#check)) return;
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
      keys: keys.map((key) => ({
        ...{ id: key.id, purge_day: key.purgeDay, state: key.state },
        ...{ wrapped: key.wrapped?.toString('hex') ?? null, digest: key.digest },
        ...namesOf(key),
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

/** Throws HotelError `unusable` where the algorithms are none that are used together. */
function fromFile(key: KeyFileContent['keys'][number], file: string): WrappedKey {
  const { id, purge_day: purgeDay, state, wrapped, digest, digest_algorithm: named = UNNAMED.digest } = key;
  const { seal = UNNAMED.seal, index = UNNAMED.index, wrap = UNNAMED.wrap } = key;
  const profiles = keyProfiles({ seal, index, wrap, digest: named });
  if (profiles === null) {
    throw new HotelError(
      'unusable',
      `${file}: the key ${id} is of algorithms that this program does not know`,
    );
  }
  return {
    ...{ id, purgeDay, state, digest, wrapped: wrapped === null ? null : Buffer.from(wrapped, 'hex') },
    ...profiles,
  };
}

/** What was there before there were names stays without. */
function namesOf(key: WrappedKey): Partial<Static<typeof FileSchema>['keys'][number]> {
  const { seal, index, wrap, digest } = keyAlgorithms(key);
  return {
    ...(key.sealedBy !== 'international' && { seal, index }),
    ...(key.wrappedBy !== 'international' && { wrap, digest_algorithm: digest }),
  };
}

function liveLike(keys: readonly WrappedKey[], like: WrappedKey): WrappedKey | undefined {
  const { purgeDay, sealedBy } = like;
  return keys.find((key) => key.purgeDay === purgeDay && key.sealedBy === sealedBy && key.state === 'live');
}
