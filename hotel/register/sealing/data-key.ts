/**
 * The key of one day of purge: seals that day's rows, and hashes what they are found by. So a purge takes both: without the key
 * nobody can try document numbers against the hashes that are left on a disk.
 */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { WrappedKey } from '../row-store.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';

const KEY_BYTES = 32;
const ID_BYTES = 8;

export class DataKey {
  readonly id: string;
  readonly purgeDay: string;
  readonly key: Buffer;
  readonly #hotelId: string;
  readonly #ofFields = new Map<string, Buffer>();

  constructor(key: Buffer, { id, purgeDay }: WrappedKey, hotelId: string) {
    this.key = key;
    this.id = id;
    this.purgeDay = purgeDay;
    this.#hotelId = hotelId;
  }

  /** HMAC-SHA-256 of a value under a key of hotel, table and field (HKDF, RFC 5869): what equals is found, and tells nothing else. */
  blind(table: string, index: string, value: string): Buffer {
    const field = `${table} ${index}`;
    let key = this.#ofFields.get(field);
    if (key === undefined) {
      const info = Buffer.from(JSON.stringify(['onecard blind index', this.#hotelId, table, index]), 'utf8');
      key = Buffer.from(hkdfSync('sha256', this.key, Buffer.alloc(0), info, KEY_BYTES));
      this.#ofFields.set(field, key);
    }
    return createHmac('sha256', key).update(value, 'utf8').digest();
  }

  /** Out of the memory of this process. */
  forget(): void {
    this.key.fill(0);
    for (const key of this.#ofFields.values()) key.fill(0);
    this.#ofFields.clear();
  }
}

/** Draws a key for a day, and wraps it. */
export function drawWrappedKey(kek: KeyEncryptionKey, purgeDay: string): WrappedKey {
  return wrappedUnder(kek, randomBytes(KEY_BYTES), randomBytes(ID_BYTES).toString('hex'), purgeDay);
}

export function wrappedUnder(kek: KeyEncryptionKey, key: Buffer, id: string, purgeDay: string): WrappedKey {
  const wrapped = kek.wrap(key);
  const digest = createHash('sha256').update(wrapped).digest('hex');
  return { id, purgeDay, state: 'live', wrapped, digest };
}

/** NFKC, upper case, no blanks: how what is searched for is compared. */
export function searchForm(value: string): string {
  return value.normalize('NFKC').toUpperCase().replaceAll(/\s/gu, '');
}
