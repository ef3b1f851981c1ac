/**
 * The key of one day of purge: seals that day's rows, and hashes what they are found by. So a purge takes both: without the key
 * nobody can try document numbers against the hashes that are left on a disk. It is of one profile for all its life.
 */
import { randomBytes } from 'node:crypto';
import type { CryptoProfile } from '../../../config/crypto-settings.ts';
import { derivedKey, digestOf, macOf } from '../../../crypto/digest.ts';
import { type Sealer, sealer } from '../../../crypto/sealing/seal.ts';
import { algorithmFor } from '../../../crypto/uses.ts';
import type { WrappedKey } from '../row-store.ts';
import type { KeyEncryptionKey } from './key-encryption-key.ts';

const KEY_BYTES = 32;
const ID_BYTES = 8;

export class DataKey {
  readonly id: string;
  readonly purgeDay: string;
  readonly sealedBy: CryptoProfile;
  readonly key: Buffer;
  readonly sealer: Sealer;
  readonly #hotelId: string;
  readonly #ofFields = new Map<string, Buffer>();

  constructor(key: Buffer, { id, purgeDay, sealedBy }: WrappedKey, hotelId: string) {
    this.key = key;
    this.id = id;
    this.purgeDay = purgeDay;
    this.sealedBy = sealedBy;
    this.sealer = sealer(algorithmFor('register-row', sealedBy), key);
    this.#hotelId = hotelId;
  }

  /** The MAC of a value under a key of hotel, table and field (HKDF, RFC 5869): what equals is found, and tells nothing else. */
  blind(table: string, index: string, value: string): Buffer {
    const mac = algorithmFor('register-index', this.sealedBy);
    const field = `${table} ${index}`;
    let key = this.#ofFields.get(field);
    if (key === undefined) {
      const info = JSON.stringify(['onecard blind index', this.#hotelId, table, index]);
      key = derivedKey(mac, this.key, info, KEY_BYTES);
      this.#ofFields.set(field, key);
    }
    return macOf(mac, key, Buffer.from(value, 'utf8'));
  }

  /** Out of the memory of this process. */
  forget(): void {
    this.sealer.forget();
    this.key.fill(0);
    for (const key of this.#ofFields.values()) key.fill(0);
    this.#ofFields.clear();
  }
}

/** Draws a key for a day, of the profile of the key-encryption key. */
export function drawWrappedKey(kek: KeyEncryptionKey, purgeDay: string): Promise<WrappedKey> {
  const id = randomBytes(ID_BYTES).toString('hex');
  return wrappedUnder(kek, { id, purgeDay, key: randomBytes(KEY_BYTES), sealedBy: kek.profile });
}

/** Wrapped anew: what it seals stays as it is. */
export async function wrappedUnder(
  kek: KeyEncryptionKey,
  { key, id, purgeDay, sealedBy }: Pick<DataKey, 'key' | 'id' | 'purgeDay' | 'sealedBy'>,
): Promise<WrappedKey> {
  const wrapped = await kek.wrap(key);
  const digest = digestOf(algorithmFor('register-key-digest', kek.profile), wrapped).toString('hex');
  return { id, purgeDay, state: 'live', wrapped, digest, sealedBy, wrappedBy: kek.profile };
}

/** NFKC, upper case, no blanks: how what is searched for is compared. */
export function searchForm(value: string): string {
  return value.normalize('NFKC').toUpperCase().replaceAll(/\s/gu, '');
}
