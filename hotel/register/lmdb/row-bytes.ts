/**
 * Keys and values of the register in LMDB. Ids, names of tables and plain values hold no zero byte, and blind ones are all of one
 * length, so that byte order is the order of rows.
 *
 *     rows     table 0 id → version 6, day 10, count 1, (length 2, entry)…, sealed
 *     indexes  table 0 entry 0 id → 1; entry: `p` or `b`, name, 0, key
 *     days     day 0 table 0 id → 1
 */
import { HotelError } from '../../hotel-error.ts';
import type { TableName } from '../guest-register.ts';
import type { StoredIndex, StoredPut, StoredRow } from '../row-store.ts';
import { keyIdOf } from '../sealing/row-seal.ts';

const VERSION_BYTES = 6;
const DAY_BYTES = 10;
const HEAD_BYTES = VERSION_BYTES + DAY_BYTES + 1;
const LENGTH_BYTES = 2;
const ZERO = Buffer.of(0);
const ONE = Buffer.of(1);

export const THERE = ONE;

export interface RowImage extends StoredRow {
  /** As they stand in keys of `indexes`. */
  readonly entries: readonly Buffer[];
}

const text = (value: string) => Buffer.from(value, 'utf8');

export const rowKey = (table: string, id: string) => text(`${table}\0${id}`);
export const dayKey = (day: string, table: string, id: string) => text(`${day}\0${table}\0${id}`);
export const indexKey = (table: string, entry: Buffer, id: string) =>
  Buffer.concat([text(`${table}\0`), entry, text(`\0${id}`)]);

export function entryOf({ kind, index, key }: StoredIndex): Buffer {
  return Buffer.concat([text(`${kind === 'plain' ? 'p' : 'b'}${index}\0`), key]);
}

/** Keys that begin with `prefix` and a zero byte, from after `after`, which is what follows that byte. */
export function below(
  prefix: Buffer,
  after: string | null,
): { readonly start: Buffer; readonly end: Buffer } {
  const start = Buffer.concat([prefix, ZERO]);
  return {
    start: after === null ? start : Buffer.concat([start, text(after), ZERO]),
    end: Buffer.concat([prefix, ONE]),
  };
}

export function rowBytes({ version, purgeDay, sealed, indexes }: StoredPut): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(version, 0, VERSION_BYTES);
  head.write(purgeDay, VERSION_BYTES, 'latin1');
  head.writeUInt8(indexes.length, HEAD_BYTES - 1);
  const entries = indexes.flatMap((index) => {
    const entry = entryOf(index);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(entry.length);
    return [length, entry];
  });
  return Buffer.concat([head, ...entries, sealed]);
}

/** Copies: what LMDB lends is its own. Throws HotelError `unreadable`. */
export function readRow(table: TableName, id: string, lent: Buffer): RowImage {
  try {
    const bytes = Buffer.from(lent);
    const version = bytes.readUIntBE(0, VERSION_BYTES);
    const purgeDay = bytes.toString('latin1', VERSION_BYTES, VERSION_BYTES + DAY_BYTES);
    const entries: Buffer[] = [];
    let at = HEAD_BYTES;
    for (let left = bytes.readUInt8(HEAD_BYTES - 1); left > 0; left -= 1) {
      const length = bytes.readUInt16BE(at);
      entries.push(bytes.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
      at += LENGTH_BYTES + length;
    }
    const sealed = bytes.subarray(at);
    return { table, id, version, purgeDay, keyId: keyIdOf(sealed), sealed, entries };
  } catch (cause) {
    if (cause instanceof HotelError) throw cause;
    throw new HotelError('unreadable', 'a row of the register is cut off', { cause });
  }
}
