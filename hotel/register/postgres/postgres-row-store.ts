/** Rows of the register in PostgreSQL 15, for several desks of one hotel, or the hotels of a chain. */
import { HotelError } from '../../hotel-error.ts';
import type { TableName } from '../guest-register.ts';
import { entryOf } from '../lmdb/row-bytes.ts';
import {
  KeyRetiredError,
  type KeyVault,
  type RowStore,
  type StoredChange,
  type StoredPage,
  type StoredPut,
  type StoredRange,
  type StoredRemoval,
  type StoredRow,
  type StoredSearch,
} from '../row-store.ts';
import { type Ask, Database } from './database.ts';
import { PostgresKeys } from './postgres-keys.ts';
import { migrate } from './schema.ts';

interface SealedRow {
  readonly in_table: TableName;
  readonly id: string;
  readonly version: number;
  readonly purge_day: string;
  readonly key_id: string;
  readonly sealed: Buffer;
}

const COLUMNS = 'r.in_table, r.id, r.version, r.purge_day, r.key_id, r.sealed';
const ROWS = 'onecard_desk.sealed_row';
const ENTRIES = 'onecard_desk.index_entry';

export class PostgresRowStore implements RowStore {
  readonly keys: KeyVault;
  readonly #database: Database;
  readonly #hotelId: string;

  private constructor(database: Database, hotelId: string) {
    this.#database = database;
    this.#hotelId = hotelId;
    this.keys = new PostgresKeys(database, hotelId);
  }

  /** Makes the tables where they are not there. Rejects with HotelError `unusable`. */
  static async open(url: string, hotelId: string): Promise<PostgresRowStore> {
    const database = new Database(url);
    try {
      await database.transaction((_, client) => migrate(client));
      return new PostgresRowStore(database, hotelId);
    } catch (cause) {
      await database.close();
      if (cause instanceof HotelError && cause.code === 'unusable') throw cause;
      const why = (cause as Error).message;
      throw new HotelError('unusable', `hotel.register.url_file: the server cannot be used (${why})`, {
        cause,
      });
    }
  }

  async commit({ puts, removals }: StoredChange): Promise<void> {
    await this.#database.transaction(async (ask) => {
      await this.#requireLive(ask, [...new Set(puts.map(({ keyId }) => keyId))]);
      await this.#insert(
        ask,
        puts.filter(({ expectVersion }) => expectVersion === null),
      );
      await this.#update(
        ask,
        puts.filter(({ expectVersion }) => expectVersion !== null),
      );
      await this.#remove(ask, removals);
      await this.#putEntries(ask, puts);
    });
  }

  async get(table: TableName, id: string): Promise<StoredRow | null> {
    const [row] = await this.#database.ask<SealedRow>(
      `SELECT ${COLUMNS} FROM ${ROWS} r WHERE hotel_id = $1 AND in_table = $2 AND id = $3`,
      [this.#hotelId, table, id],
    );
    return row === undefined ? null : storedRow(row);
  }

  async find(table: TableName, { index, kind, keys, after, limit }: StoredSearch): Promise<StoredPage> {
    const entries = keys.map((key) => entryOf({ kind, index, key }));
    // Those of many keys are few, and are found before anything is put in order; those of one stand in order. Entries
    // first either way, whatever the server knows of its tables.
    const [only] = entries;
    const found =
      entries.length === 1
        ? `SELECT id FROM ${ENTRIES} WHERE hotel_id = $1 AND in_table = $2 AND entry = $3 AND id > $4 ORDER BY id LIMIT $5`
        : `SELECT id FROM ${ENTRIES} WHERE hotel_id = $1 AND in_table = $2 AND entry = ANY($3) AND id > $4`;
    const rows = await this.#database.ask<SealedRow>(
      `WITH found AS MATERIALIZED (${found}), page AS MATERIALIZED (SELECT id FROM found ORDER BY id LIMIT $5)
       SELECT ${COLUMNS} FROM page CROSS JOIN LATERAL (
         SELECT * FROM ${ROWS} WHERE hotel_id = $1 AND in_table = $2 AND id = page.id OFFSET 0
       ) r ORDER BY r.id`,
      [this.#hotelId, table, entries.length === 1 ? only : entries, printable(after), limit + 1],
    );
    return pageOf(rows, limit, ({ id }) => id);
  }

  async range(table: TableName, { index, from, upTo, after, limit }: StoredRange): Promise<StoredPage> {
    const at = (key: Buffer) => entryOf({ kind: 'plain', index, key });
    const cursor = after === null ? null : readCursor(after);
    const isPast = cursor !== null && cursor.value.compare(from) >= 0;
    const rows = await this.#database.ask<SealedRow & { readonly entry: Buffer }>(
      `SELECT ${COLUMNS}, e.entry FROM ${ENTRIES} e JOIN ${ROWS} r USING (hotel_id, in_table, id)
        WHERE e.hotel_id = $1 AND e.in_table = $2 AND (e.entry, e.id) > ($3, $4) AND e.entry <= $5
        ORDER BY e.entry, e.id LIMIT $6`,
      [this.#hotelId, table, at(isPast ? cursor.value : from), isPast ? cursor.id : '', at(upTo), limit + 1],
    );
    const name = at(Buffer.alloc(0)).length;
    return pageOf(rows, limit, ({ entry, id }) => writeCursor(entry.subarray(name), id));
  }

  async scan(table: TableName, after: string | null, limit: number): Promise<StoredPage> {
    const rows = await this.#database.ask<SealedRow>(
      `SELECT ${COLUMNS} FROM ${ROWS} r WHERE hotel_id = $1 AND in_table = $2 AND id > $3 ORDER BY id LIMIT $4`,
      [this.#hotelId, table, printable(after), limit + 1],
    );
    return pageOf(rows, limit, ({ id }) => id);
  }

  async days(before: string): Promise<readonly string[]> {
    const rows = await this.#database.ask<{ purge_day: string }>(
      `SELECT DISTINCT purge_day FROM ${ROWS} WHERE hotel_id = $1 AND purge_day < $2 ORDER BY purge_day`,
      [this.#hotelId, before],
    );
    return rows.map(({ purge_day: day }) => day);
  }

  async countOfDay(day: string): Promise<number> {
    const rows = await this.#database.ask<{ count: string }>(
      `SELECT count(*) FROM ${ROWS} WHERE hotel_id = $1 AND purge_day = $2`,
      [this.#hotelId, day],
    );
    return Number(rows[0]?.count ?? 0);
  }

  async ofDay(day: string, after: string | null, limit: number): Promise<StoredPage> {
    const [table = '', id = ''] = after?.split(' ') ?? [];
    const rows = await this.#database.ask<SealedRow>(
      `SELECT ${COLUMNS} FROM ${ROWS} r
        WHERE hotel_id = $1 AND purge_day = $2 AND (in_table, id) > ($3, $4) ORDER BY in_table, id LIMIT $5`,
      [this.#hotelId, day, table, id, limit + 1],
    );
    return pageOf(rows, limit, (row) => `${row.in_table} ${row.id}`);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** Locks them until the end of the transaction: none retires meanwhile. */
  async #requireLive(ask: Ask, keyIds: readonly string[]): Promise<void> {
    if (keyIds.length === 0) return;
    const { count } = await ask(
      `SELECT key_id FROM onecard_desk.wrapped_key
        WHERE hotel_id = $1 AND key_id = ANY($2) AND state = 'live' ORDER BY key_id FOR SHARE`,
      [this.#hotelId, keyIds],
    );
    if (count !== keyIds.length)
      throw new KeyRetiredError('a row is sealed under a key that is no longer live');
  }

  async #insert(ask: Ask, puts: readonly StoredPut[]): Promise<void> {
    if (puts.length === 0) return;
    const { count } = await ask(
      `INSERT INTO ${ROWS} (hotel_id, in_table, id, version, purge_day, key_id, sealed)
       SELECT $1, u.* FROM unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::bytea[]) u
        ORDER BY 2, 3 ON CONFLICT DO NOTHING`,
      [this.#hotelId, ...columnsOf(puts)],
    );
    if (count !== puts.length) throw changed();
  }

  async #update(ask: Ask, puts: readonly StoredPut[]): Promise<void> {
    if (puts.length === 0) return;
    const { count } = await ask(
      `UPDATE ${ROWS} r SET version = u.version, purge_day = u.purge_day, key_id = u.key_id, sealed = u.sealed
         FROM unnest($2::text[], $3::text[], $4::int[], $5::text[], $6::text[], $7::bytea[], $8::int[])
           AS u (in_table, id, version, purge_day, key_id, sealed, expected)
        WHERE r.hotel_id = $1 AND r.in_table = u.in_table AND r.id = u.id AND r.version = u.expected`,
      [this.#hotelId, ...columnsOf(puts), puts.map(({ expectVersion }) => expectVersion)],
    );
    if (count !== puts.length) throw changed();
    await this.#forgetEntries(ask, puts);
  }

  async #remove(ask: Ask, removals: readonly StoredRemoval[]): Promise<void> {
    if (removals.length === 0) return;
    const { count } = await ask(
      `DELETE FROM ${ROWS} r USING unnest($2::text[], $3::text[], $4::int[]) AS u (in_table, id, expected)
        WHERE r.hotel_id = $1 AND r.in_table = u.in_table AND r.id = u.id AND r.version = u.expected`,
      [this.#hotelId, ...namesOf(removals), removals.map(({ expectVersion }) => expectVersion)],
    );
    if (count !== removals.length) throw changed();
    await this.#forgetEntries(ask, removals);
  }

  async #forgetEntries(ask: Ask, rows: readonly Pick<StoredRow, 'table' | 'id'>[]): Promise<void> {
    await ask(
      `DELETE FROM ${ENTRIES} e USING unnest($2::text[], $3::text[]) AS u (in_table, id)
        WHERE e.hotel_id = $1 AND e.in_table = u.in_table AND e.id = u.id`,
      [this.#hotelId, ...namesOf(rows)],
    );
  }

  async #putEntries(ask: Ask, puts: readonly StoredPut[]): Promise<void> {
    const all = puts.flatMap(({ table, id, indexes }) =>
      indexes.map((index) => ({ table, id, entry: entryOf(index) })),
    );
    if (all.length === 0) return;
    await ask(
      `INSERT INTO ${ENTRIES} (hotel_id, in_table, id, entry)
       SELECT $1, u.* FROM unnest($2::text[], $3::text[], $4::bytea[]) u ON CONFLICT DO NOTHING`,
      [this.#hotelId, ...namesOf(all), all.map(({ entry }) => entry)],
    );
  }
}

const changed = () => new HotelError('conflict', 'a row was changed meanwhile');

const namesOf = (rows: readonly Pick<StoredRow, 'table' | 'id'>[]): readonly unknown[] => [
  rows.map(({ table }) => table),
  rows.map(({ id }) => id),
];

const columnsOf = (puts: readonly StoredPut[]): readonly unknown[] => [
  ...namesOf(puts),
  puts.map(({ version }) => version),
  puts.map(({ purgeDay }) => purgeDay),
  puts.map(({ keyId }) => keyId),
  puts.map(({ sealed }) => sealed),
];

function storedRow({
  in_table: table,
  id,
  version,
  purge_day: purgeDay,
  key_id: keyId,
  sealed,
}: SealedRow): StoredRow {
  return { table, id, version, purgeDay, keyId, sealed };
}

function pageOf<Found extends SealedRow>(
  found: readonly Found[],
  limit: number,
  position: (row: Found) => string,
): StoredPage {
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const after = found.length > limit && last !== undefined ? position(last) : null;
  return { rows: page.map(storedRow), after };
}

/** A cursor that is none begins somewhere: text with a zero byte is none to PostgreSQL. */
const printable = (after: string | null): string => after?.replace(/[^\x20-\x7e].*/s, '') ?? '';

const writeCursor = (value: Buffer, id: string) =>
  Buffer.concat([value, Buffer.from(`\0${id}`, 'utf8')]).toString('base64url');

function readCursor(cursor: string): { readonly value: Buffer; readonly id: string } {
  const bytes = Buffer.from(cursor, 'base64url');
  const at = bytes.lastIndexOf(0);
  return { value: bytes.subarray(0, Math.max(0, at)), id: printable(bytes.toString('latin1', at + 1)) };
}
