/**
 * The wrapped keys in a table of their own. What PostgreSQL keeps of a row that was changed (dead tuples until VACUUM, write-ahead log
 * until it is recycled, whatever is archived) holds keys that are destroyed here, still wrapped: they are gone for good once the key-encryption
 * key was rotated and the old one is destroyed.
 */
import { HotelError } from '../../hotel-error.ts';
import type { KeyChecks, KeyState, KeyVault, WrappedKey } from '../row-store.ts';
import { keyAlgorithms, keyProfiles } from '../sealing/key-algorithms.ts';
import type { Ask, Database } from './database.ts';

interface KeyRow {
  readonly key_id: string;
  readonly purge_day: string;
  readonly state: KeyState;
  readonly wrapped: Buffer | null;
  readonly digest: string;
  readonly seal: string;
  readonly index_mac: string;
  readonly wrap: string;
  readonly digest_algorithm: string;
}

const ADD = `INSERT INTO onecard_desk.wrapped_key
    (hotel_id, key_id, purge_day, state, wrapped, digest, seal, index_mac, wrap, digest_algorithm)
  VALUES ($1, $2, $3, 'live', $4, $5, $6, $7, $8, $9)
  ON CONFLICT (hotel_id, purge_day, seal) WHERE state = 'live' DO NOTHING`;
const COLUMNS = 'key_id, purge_day, state, wrapped, digest, seal, index_mac, wrap, digest_algorithm';

export class PostgresKeys implements KeyVault {
  readonly #database: Database;
  readonly #hotelId: string;
  /** Whether the key-encryption key left a check value. */
  #hasLeft: KeyChecks['hasLeft'] = () => false;

  constructor(database: Database, hotelId: string) {
    this.#database = database;
    this.#hotelId = hotelId;
  }

  async load(kek: KeyChecks): Promise<readonly WrappedKey[]> {
    await this.#database.ask(
      'INSERT INTO onecard_desk.hotel (hotel_id, key_check) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [this.#hotelId, kek.check],
    );
    this.#hasLeft = (check) => kek.hasLeft(check);
    return this.#changing((ask) => this.#all(ask), false);
  }

  async check(): Promise<string | null> {
    const rows = await this.#database.ask<{ key_check: string }>(
      'SELECT key_check FROM onecard_desk.hotel WHERE hotel_id = $1',
      [this.#hotelId],
    );
    return rows[0]?.key_check ?? null;
  }

  async generation(): Promise<number> {
    const rows = await this.#database.ask<{ key_generation: string }>(
      'SELECT key_generation FROM onecard_desk.hotel WHERE hotel_id = $1',
      [this.#hotelId],
    );
    return Number(rows[0]?.key_generation ?? 0);
  }

  add(key: WrappedKey): Promise<WrappedKey> {
    return this.#changing(async (ask) => {
      await ask(ADD, this.#valuesOf(key));
      return this.#live(ask, key);
    });
  }

  retire(id: string, next: WrappedKey): Promise<WrappedKey> {
    return this.#changing(async (ask) => {
      // Waits for commits that are sealing under it, and lets none follow.
      await ask(
        `UPDATE onecard_desk.wrapped_key SET state = 'retiring' WHERE hotel_id = $1 AND key_id = $2 AND state = 'live'`,
        [this.#hotelId, id],
      );
      await ask(ADD, this.#valuesOf(next));
      return this.#live(ask, next);
    });
  }

  async destroy(ids: readonly string[]): Promise<void> {
    await this.#changing((ask) =>
      ask(
        `UPDATE onecard_desk.wrapped_key SET state = 'destroyed', wrapped = NULL WHERE hotel_id = $1 AND key_id = ANY($2)`,
        [this.#hotelId, ids],
      ),
    );
  }

  async rewrap(kek: KeyChecks, next: string, keys: readonly WrappedKey[]): Promise<void> {
    this.#hasLeft = (check) => kek.hasLeft(check);
    await this.#changing(async (ask) => {
      await ask(
        `UPDATE onecard_desk.wrapped_key AS k
            SET wrapped = u.wrapped, digest = u.digest, wrap = u.wrap, digest_algorithm = u.digest_algorithm
           FROM unnest($2::text[], $3::bytea[], $4::text[], $5::text[], $6::text[])
             AS u (key_id, wrapped, digest, wrap, digest_algorithm)
          WHERE k.hotel_id = $1 AND k.key_id = u.key_id AND k.state <> 'destroyed'`,
        [
          this.#hotelId,
          keys.map(({ id }) => id),
          keys.map(({ wrapped }) => wrapped),
          keys.map(({ digest }) => digest),
          keys.map((key) => keyAlgorithms(key).wrap),
          keys.map((key) => keyAlgorithms(key).digest),
        ],
      );
      await ask('UPDATE onecard_desk.hotel SET key_check = $2 WHERE hotel_id = $1', [this.#hotelId, next]);
    });
    // Of the same key-encryption key where only its profile is another.
    if (!kek.hasLeft(next)) this.#hasLeft = (check) => check === next;
  }

  /** One desk at a time changes keys, and none under another key-encryption key. */
  #changing<T>(act: (ask: Ask) => Promise<T>, changes = true): Promise<T> {
    return this.#database.transaction(async (ask) => {
      const { rows } = await ask<{ key_check: string }>(
        'SELECT key_check FROM onecard_desk.hotel WHERE hotel_id = $1 FOR UPDATE',
        [this.#hotelId],
      );
      if (!this.#hasLeft(rows[0]?.key_check ?? '')) {
        throw new HotelError(
          'unusable',
          'hotel.key_file: it is not the key that the register of this hotel is sealed under (PostgreSQL): give the key that it was made ' +
            'with, or the one of the last onecard desk rotate-key',
        );
      }
      const result = await act(ask);
      if (changes) {
        await ask('UPDATE onecard_desk.hotel SET key_generation = key_generation + 1 WHERE hotel_id = $1', [
          this.#hotelId,
        ]);
      }
      return result;
    });
  }

  #valuesOf(key: WrappedKey): readonly unknown[] {
    const { seal, index, wrap, digest } = keyAlgorithms(key);
    return [this.#hotelId, key.id, key.purgeDay, key.wrapped, key.digest, seal, index, wrap, digest];
  }

  async #all(ask: Ask): Promise<readonly WrappedKey[]> {
    const { rows } = await ask<KeyRow>(
      `SELECT ${COLUMNS} FROM onecard_desk.wrapped_key WHERE hotel_id = $1 ORDER BY purge_day, key_id`,
      [this.#hotelId],
    );
    return rows.map(keyOf);
  }

  /** Of the same day and profile. */
  async #live(ask: Ask, like: WrappedKey): Promise<WrappedKey> {
    const { rows } = await ask<KeyRow>(
      `SELECT ${COLUMNS} FROM onecard_desk.wrapped_key
        WHERE hotel_id = $1 AND purge_day = $2 AND seal = $3 AND state = 'live'`,
      [this.#hotelId, like.purgeDay, keyAlgorithms(like).seal],
    );
    const [row] = rows;
    if (row === undefined) throw new HotelError('store_unavailable', 'a key of the register was not kept');
    return keyOf(row);
  }
}

/** Throws HotelError `unusable` where the algorithms are none that are used together. */
function keyOf(row: KeyRow): WrappedKey {
  const { key_id: id, purge_day: purgeDay, state, wrapped, digest } = row;
  const { seal, index_mac: index, wrap, digest_algorithm: named } = row;
  const profiles = keyProfiles({ seal, index, wrap, digest: named });
  if (profiles === null) {
    throw new HotelError(
      'unusable',
      `hotel.register: the key ${id} is of algorithms that this program does not know`,
    );
  }
  return { id, purgeDay, state, wrapped, digest, ...profiles };
}
