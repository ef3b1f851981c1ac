/** A register in memory, by the words of its port: for tests of what writes through it. */
import { HotelError } from '../../../hotel/hotel-error.ts';
import type {
  GuestRegister,
  IndexEntry,
  Page,
  RegisterChange,
  Row,
  Search,
  TableName,
} from '../../../hotel/register/guest-register.ts';

interface Kept {
  readonly row: Row<TableName>;
  readonly indexes: readonly IndexEntry[];
}

export class MemoryRegister implements GuestRegister {
  readonly #rows = new Map<string, Kept>();
  /** Awaited before each commit: holds it up, or makes it fail. */
  before: (change: RegisterChange) => Promise<void> = async () => {};

  async commit(change: RegisterChange): Promise<void> {
    await this.before(change);
    for (const { table, id, expectVersion } of [...change.puts, ...(change.removals ?? [])]) {
      const version = this.#rows.get(`${table}/${id}`)?.row.version ?? null;
      if (version !== expectVersion) throw new HotelError('conflict', `${table} ${id} is another`);
    }
    for (const { table, id } of change.removals ?? []) this.#rows.delete(`${table}/${id}`);
    for (const { table, id, purgeDay, value, indexes, expectVersion } of change.puts) {
      const row = { table, id, purgeDay, value, version: (expectVersion ?? 0) + 1 };
      this.#rows.set(`${table}/${id}`, { row, indexes });
    }
  }

  async get<T extends TableName>(table: T, id: string): Promise<Row<T> | null> {
    return (this.#rows.get(`${table}/${id}`)?.row as Row<T> | undefined) ?? null;
  }

  async find<T extends TableName>(table: T, search: Search): Promise<Page<T>> {
    const { index, value, upTo = value, after = null, limit } = search;
    const found = this.#of(table).flatMap(({ row, indexes }) => {
      const entry = indexes.find((each) => each.index === index && each.value >= value && each.value <= upTo);
      return entry ? [{ row, at: `${entry.value} ${row.id}` }] : [];
    });
    found.sort((a, b) => (a.at < b.at ? -1 : 1));
    const left = found.filter(({ at }) => after === null || at > after);
    const page = left.slice(0, limit);
    return {
      rows: page.map(({ row }) => row as Row<T>),
      after: left.length > limit ? (page.at(-1)?.at ?? null) : null,
    };
  }

  async scan<T extends TableName>(table: T, after: string | null, limit: number): Promise<Page<T>> {
    const rows = this.#of(table).map(({ row }) => row as Row<T>);
    const left = rows.filter(({ id }) => after === null || id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = left.slice(0, limit);
    return { rows: page, after: left.length > limit ? (page.at(-1)?.id ?? null) : null };
  }

  async dueBefore(): Promise<readonly never[]> {
    return [];
  }

  async purgeBefore(): Promise<readonly never[]> {
    throw new Error('nothing is purged here');
  }

  async erase(
    rows: readonly { readonly table: TableName; readonly id: string }[],
  ): Promise<readonly never[]> {
    for (const { table, id } of rows) this.#rows.delete(`${table}/${id}`);
    return [];
  }

  async close(): Promise<void> {}

  #of(table: TableName): Kept[] {
    return [...this.#rows.values()].filter(({ row }) => row.table === table);
  }
}
