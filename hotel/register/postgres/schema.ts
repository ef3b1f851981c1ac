/** Tables of the register in PostgreSQL, and how they came about: each step is done once, in order. */
import type { ClientBase } from 'pg';
import { HotelError } from '../../hotel-error.ts';

/** Text is compared byte by byte, as in every other store. */
const STEPS: readonly string[] = [
  `CREATE TABLE onecard_desk.hotel (
     hotel_id text PRIMARY KEY,
     key_check text NOT NULL,
     key_generation bigint NOT NULL DEFAULT 1
   );
   CREATE TABLE onecard_desk.wrapped_key (
     hotel_id text NOT NULL REFERENCES onecard_desk.hotel,
     key_id text NOT NULL,
     purge_day text COLLATE "C" NOT NULL,
     state text NOT NULL CHECK (state IN ('live', 'retiring', 'destroyed')),
     wrapped bytea,
     digest text NOT NULL,
     PRIMARY KEY (hotel_id, key_id),
     CHECK ((wrapped IS NULL) = (state = 'destroyed'))
   );
   CREATE UNIQUE INDEX wrapped_key_live ON onecard_desk.wrapped_key (hotel_id, purge_day) WHERE state = 'live';
   CREATE TABLE onecard_desk.sealed_row (
     hotel_id text NOT NULL,
     in_table text COLLATE "C" NOT NULL,
     id text COLLATE "C" NOT NULL,
     version integer NOT NULL,
     purge_day text COLLATE "C" NOT NULL,
     key_id text NOT NULL,
     sealed bytea NOT NULL,
     PRIMARY KEY (hotel_id, in_table, id),
     FOREIGN KEY (hotel_id, key_id) REFERENCES onecard_desk.wrapped_key
   );
   CREATE INDEX sealed_row_day ON onecard_desk.sealed_row (hotel_id, purge_day, in_table, id);
   CREATE TABLE onecard_desk.index_entry (
     hotel_id text NOT NULL,
     in_table text COLLATE "C" NOT NULL,
     entry bytea NOT NULL,
     id text COLLATE "C" NOT NULL,
     PRIMARY KEY (hotel_id, in_table, entry, id)
   );
   CREATE INDEX index_entry_row ON onecard_desk.index_entry (hotel_id, in_table, id);`,
  // Keys name their algorithms; a day may have a live one of each kind while desks change over.
  `ALTER TABLE onecard_desk.wrapped_key
     ADD COLUMN seal text NOT NULL DEFAULT 'AES-256-GCM',
     ADD COLUMN index_mac text NOT NULL DEFAULT 'HMAC-SHA-256',
     ADD COLUMN wrap text NOT NULL DEFAULT 'AES-256-KW',
     ADD COLUMN digest_algorithm text NOT NULL DEFAULT 'SHA-256';
   DROP INDEX onecard_desk.wrapped_key_live;
   CREATE UNIQUE INDEX wrapped_key_live ON onecard_desk.wrapped_key (hotel_id, purge_day, seal) WHERE state = 'live';`,
];
/** Any number, the same for every desk: one at a time makes the tables. */
const LOCK = 0x6f_6e_65_63;
const OLDEST_SERVER = 150_000;

/** Within a transaction. Rejects with HotelError `unusable` where the server is too old, or the tables are of a later program. */
export async function migrate(client: ClientBase): Promise<void> {
  const { rows: versions } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  if (Number(versions[0]?.server_version_num) < OLDEST_SERVER) {
    throw new HotelError('unusable', 'hotel.register: PostgreSQL 15 or later is needed');
  }
  await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
  await client.query('CREATE SCHEMA IF NOT EXISTS onecard_desk');
  await client.query('CREATE TABLE IF NOT EXISTS onecard_desk.migration (step integer PRIMARY KEY)');
  const { rows } = await client.query<{ done: number }>(
    'SELECT coalesce(max(step), 0) AS done FROM onecard_desk.migration',
  );
  const done = rows[0]?.done ?? 0;
  if (done > STEPS.length) {
    throw new HotelError(
      'unusable',
      'hotel.register: the tables were made by a later version of this program',
    );
  }
  for (const [i, step] of STEPS.entries()) {
    if (i < done) continue;
    await client.query(step);
    await client.query('INSERT INTO onecard_desk.migration VALUES ($1)', [i + 1]);
  }
}
