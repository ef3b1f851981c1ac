/** Rows of the register in an LMDB environment of their own. One process writes it: the one that owns data_dir. */
import {
  commitFailure,
  type Environment,
  liveBytes,
  openEnvironment,
  openTable,
  type Table,
} from '../../../gateway/storage/lmdb-environment.ts';
import { HotelError } from '../../hotel-error.ts';
import type { TableName } from '../guest-register.ts';
import type {
  KeyVault,
  RowStore,
  StoredChange,
  StoredPage,
  StoredPut,
  StoredRange,
  StoredRow,
  StoredSearch,
} from '../row-store.ts';
import { CommitQueue } from './commit-queue.ts';
import { KeyFile } from './key-file.ts';
import {
  below,
  dayKey,
  entryOf,
  indexKey,
  type RowImage,
  readRow,
  rowBytes,
  rowKey,
  THERE,
} from './row-bytes.ts';

export interface LmdbRowStoreOptions {
  readonly folder: string;
  readonly hotelId: string;
  readonly maxBytes: number;
}

/** What a transaction does: row by row, as it will be (null: removed) and as it was. */
type Plan = Map<string, { readonly was: RowImage | null; becomes: StoredPut | null; version: number | null }>;

const TABLES = 3;
/** Address space reserved at first; the map grows when it is outgrown. */
const RESERVED_BYTES_MAX = 2 ** 34;
const STALL_MS = 30_000;

export class LmdbRowStore implements RowStore {
  readonly keys: KeyVault;
  readonly #environment: Environment;
  readonly #rows: Table;
  readonly #indexes: Table;
  readonly #days: Table;
  readonly #maxBytes: number;
  readonly #queue: CommitQueue<StoredChange, Plan>;
  #refusal: HotelError | null = null;
  #isInDoubt = false;

  /** Throws HotelError `unusable`, LmdbFileError, and what LMDB or the system says. */
  constructor({ folder, hotelId, maxBytes }: LmdbRowStoreOptions) {
    const keys = new KeyFile(folder, hotelId);
    this.keys = keys;
    this.#maxBytes = maxBytes;
    this.#environment = openEnvironment({
      folder,
      syncBeforeVisible: true,
      mapBytes: Math.min(maxBytes, RESERVED_BYTES_MAX),
      databases: TABLES,
    });
    this.#rows = this.#table('rows', folder);
    this.#indexes = this.#table('indexes', folder);
    this.#days = this.#table('days', folder);
    if (!keys.isThere && this.#rows.getKeysCount({ limit: 1 }) > 0) {
      void this.#environment.close();
      throw new HotelError(
        'unusable',
        `the register in ${folder} has lost its wrapped keys: restore them from a backup`,
      );
    }
    this.#queue = new CommitQueue({
      plan: () => {
        this.#environment.resetReadTxn();
        return new Map();
      },
      add: (plan, change) => this.#add(plan, change),
      write: (plan) => this.#write(plan),
    });
  }

  async commit(change: StoredChange): Promise<void> {
    if (this.#refusal) throw this.#refusal;
    return this.#queue.commit(change);
  }

  async get(table: TableName, id: string): Promise<StoredRow | null> {
    this.#look();
    return this.#row(table, id);
  }

  async find(table: TableName, { index, kind, keys, after, limit }: StoredSearch): Promise<StoredPage> {
    this.#look();
    const ids = keys.flatMap((key) => {
      const prefix = indexKey(table, entryOf({ kind, index, key }), '').subarray(0, -1);
      return this.#tails(this.#indexes, prefix, after, limit + 1);
    });
    ids.sort();
    return this.#pageOf(
      ids.map((id) => [table, id]),
      limit,
      ([, id]) => id,
    );
  }

  async range(table: TableName, { index, from, upTo, after, limit }: StoredRange): Promise<StoredPage> {
    this.#look();
    const at = (key: Buffer) => indexKey(table, entryOf({ kind: 'plain', index, key }), '');
    const name = at(Buffer.alloc(0)).length - 1;
    const first = at(from);
    const next = Buffer.concat([first.subarray(0, name), cursorBytes(after ?? ''), Buffer.of(0)]);
    // A cursor that is another search's leads nowhere before this one.
    const start = after !== null && next.compare(first) > 0 ? next : first;
    const end = at(upTo);
    end[end.length - 1] = 1;
    const found = [...this.#indexes.getKeys({ start, end, limit: limit + 1 })].map((key) => {
      const tail = key.toString('utf8', name);
      return [table, tail.slice(tail.lastIndexOf('\0') + 1), tail] as const;
    });
    return this.#pageOf(found, limit, ([, , tail]) => Buffer.from(tail, 'utf8').toString('base64url'));
  }

  async scan(table: TableName, after: string | null, limit: number): Promise<StoredPage> {
    this.#look();
    const ids = this.#tails(this.#rows, Buffer.from(table, 'utf8'), after, limit + 1);
    return this.#pageOf(
      ids.map((id) => [table, id]),
      limit,
      ([, id]) => id,
    );
  }

  async days(before: string): Promise<readonly string[]> {
    this.#look();
    const days: string[] = [];
    const end = Buffer.from(before, 'utf8');
    for (let start = Buffer.of(0); ; ) {
      const [first] = this.#days.getKeys({ start, end, limit: 1 });
      if (first === undefined) return days;
      const key = first.toString('utf8');
      const day = key.slice(0, key.indexOf('\0'));
      days.push(day);
      start = Buffer.from(`${day}\u0001`, 'utf8');
    }
  }

  async countOfDay(day: string): Promise<number> {
    this.#look();
    return this.#days.getKeysCount(below(Buffer.from(day, 'utf8'), null));
  }

  async ofDay(day: string, after: string | null, limit: number): Promise<StoredPage> {
    this.#look();
    const tails = this.#tails(this.#days, Buffer.from(day, 'utf8'), after, limit + 1);
    const found = tails.map((tail) => {
      const [table = '', id = ''] = tail.split('\0');
      return [table as TableName, id, tail] as const;
    });
    return this.#pageOf(found, limit, ([, , tail]) => tail);
  }

  async close(): Promise<void> {
    // After such a failure LMDB's own lock may be held for ever: leave it to the end of the process.
    if (this.#refusal !== null) return;
    this.#refusal = new HotelError('store_unavailable', 'the register is closed');
    await this.#queue.idle();
    await this.#environment.close();
  }

  /** Copies the environment without what is freed in it into another folder. */
  async copyCompacted(folder: string): Promise<void> {
    await this.#environment.backup(folder, true);
  }

  #look(): void {
    if (this.#refusal) throw this.#refusal;
    this.#environment.resetReadTxn();
  }

  #row(table: TableName, id: string): RowImage | null {
    const bytes = this.#rows.get(rowKey(table, id));
    return bytes === undefined ? null : readRow(table, id, bytes);
  }

  /** What follows a prefix and its zero byte. */
  #tails(from: Table, prefix: Buffer, after: string | null, limit: number): string[] {
    return [...from.getKeys({ ...below(prefix, after), limit })].map((key) =>
      key.toString('utf8', prefix.length + 1),
    );
  }

  #pageOf<Found extends readonly [TableName, string, ...string[]]>(
    found: readonly Found[],
    limit: number,
    position: (found: Found) => string,
  ): StoredPage {
    const page = found.slice(0, limit);
    const last = page.at(-1);
    const rows = page.flatMap(([table, id]) => this.#row(table, id) ?? []);
    return { rows, after: found.length > limit && last !== undefined ? position(last) : null };
  }

  #add(plan: Plan, { puts, removals }: StoredChange): void {
    const steps = [
      ...puts.map((put) => ({ ...put, becomes: put as StoredPut | null })),
      ...removals.map((removal) => ({ ...removal, becomes: null })),
    ];
    const images = steps.map(({ table, id, expectVersion, becomes }) => {
      const key = `${table}\0${id}`;
      const planned = plan.get(key);
      const was = planned === undefined ? this.#row(table, id) : planned.was;
      const version = planned === undefined ? (was?.version ?? null) : planned.version;
      if (version !== expectVersion)
        throw new HotelError('conflict', `a row of ${table} was changed meanwhile`);
      return { key, was, becomes };
    });
    for (const { key, was, becomes } of images)
      plan.set(key, { was, becomes, version: becomes?.version ?? null });
  }

  async #write(plan: Plan): Promise<void> {
    if (this.#isInDoubt && this.#refusal) throw this.#refusal;
    const grows = [...plan.values()].some(({ becomes }) => becomes !== null);
    if (grows && liveBytes(this.#environment, [this.#rows, this.#indexes, this.#days]) >= this.#maxBytes) {
      throw new HotelError('store_unavailable', 'the register is full: raise hotel.register.max_bytes');
    }
    await this.#settled(
      this.#environment.batch(() => {
        for (const { was, becomes } of plan.values()) this.#put(was, becomes);
      }),
    );
  }

  #put(was: RowImage | null, becomes: StoredPut | null): void {
    const entries = becomes?.indexes.map(entryOf) ?? [];
    if (was !== null) {
      const stay = new Set(entries.map((entry) => entry.toString('latin1')));
      for (const entry of was.entries)
        if (!stay.has(entry.toString('latin1')))
          void this.#indexes.remove(indexKey(was.table, entry, was.id));
      if (was.purgeDay !== becomes?.purgeDay) void this.#days.remove(dayKey(was.purgeDay, was.table, was.id));
      if (becomes === null) void this.#rows.remove(rowKey(was.table, was.id));
    }
    if (becomes === null) return;
    const { table, id, purgeDay } = becomes;
    const before = new Set(was?.entries.map((entry) => entry.toString('latin1')));
    for (const entry of entries)
      if (!before.has(entry.toString('latin1'))) void this.#indexes.put(indexKey(table, entry, id), THERE);
    if (was?.purgeDay !== purgeDay) void this.#days.put(dayKey(purgeDay, table, id), THERE);
    void this.#rows.put(rowKey(table, id), rowBytes(becomes));
  }

  /** Waits for LMDB, but not for ever. Rejects with HotelError `store_unavailable`. */
  async #settled(written: Promise<unknown>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const stalled = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new HotelError('store_unavailable', IN_DOUBT)), STALL_MS);
    });
    try {
      await Promise.race([written, stalled]);
    } catch (rejection) {
      const { code, error } = await commitFailure(rejection);
      // The system's numbers are positive: nothing was kept. LMDB's own are negative: it does not trust its state.
      const isInDoubt = code === null || code <= 0;
      const failure = new HotelError(
        'store_unavailable',
        isInDoubt ? IN_DOUBT : `the register could not be written: ${error.message}`,
        { cause: error },
      );
      this.#isInDoubt ||= isInDoubt;
      if (isInDoubt) this.#refusal = failure;
      throw failure;
    } finally {
      clearTimeout(timer);
    }
  }

  #table(name: string, folder: string): Table {
    const table = openTable(this.#environment, name);
    if (!table) throw new HotelError('unusable', `${folder} holds no register`);
    return table;
  }
}

const IN_DOUBT = 'the register is in doubt after a write that did not end: start the gateway again';

function cursorBytes(cursor: string): Buffer {
  return Buffer.from(cursor, 'base64url');
}
