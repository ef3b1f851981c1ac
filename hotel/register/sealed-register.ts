/** GuestRegister over any store of rows: what is written is sealed before the store sees it. It holds the keys, and no storage. */
import { HotelError } from '../hotel-error.ts';
import type {
  GuestRegister,
  IndexEntry,
  Page,
  PurgeDue,
  PurgeProgress,
  PurgeProof,
  Put,
  RegisterChange,
  RegisterTables,
  Row,
  Search,
  TableName,
} from './guest-register.ts';
import {
  KeyRetiredError,
  type RowStore,
  type StoredIndex,
  type StoredPage,
  type StoredPut,
  type StoredRow,
} from './row-store.ts';
import { type DataKey, searchForm } from './sealing/data-key.ts';
import type { KeyEncryptionKey } from './sealing/key-encryption-key.ts';
import { KeyRing } from './sealing/key-ring.ts';
import { keyIdOf, seal, unseal } from './sealing/row-seal.ts';
import { SharedGate } from './sealing/shared-gate.ts';

/** What is inside the seal. The indexes are there to be made again under another key. */
interface Content {
  readonly value: RegisterTables[TableName];
  readonly indexes: readonly IndexEntry[];
  /** Other days of purge that the row had: what was written then is sealed under their keys, and may be on the disk. */
  readonly earlierDays?: readonly string[];
}

const ID = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const PLAIN = /^[\x20-\x7e]{0,128}$/;
const ROWS_AT_ONCE = 500;
/** While others wait: a few milliseconds' worth. */
const RESEALED_AT_ONCE = 50;
const TRIES = 5;

/** Of another profile than the key-encryption key's. */
export interface OtherProfile {
  readonly keys: number;
  /** Under these keys. */
  readonly rows: number;
  /** Whether keys are wrapped, or the key-encryption key's check value is left, by it. */
  readonly isWrapped: boolean;
}

export class SealedRegister implements GuestRegister {
  readonly #store: RowStore;
  readonly #ring: KeyRing;
  readonly #hotelId: string;
  readonly #gate = new SharedGate();

  private constructor(store: RowStore, ring: KeyRing, hotelId: string) {
    this.#store = store;
    this.#ring = ring;
    this.#hotelId = hotelId;
  }

  /**
   * Takes the store over: closes it, also when this fails. Ends an erasure that was broken off. Rejects with HotelError `unusable`
   * when the keys are wrapped under another key-encryption key.
   */
  static async open(store: RowStore, kek: KeyEncryptionKey, hotelId: string): Promise<SealedRegister> {
    try {
      const ring = await KeyRing.open(store.keys, kek, hotelId);
      const register = new SealedRegister(store, ring, hotelId);
      for (const key of ring.retiring) await register.#empty(key);
      return register;
    } catch (cause) {
      await store.close();
      throw cause;
    }
  }

  async commit({ puts, removals = [] }: RegisterChange): Promise<void> {
    for (const put of puts) requireWellFormed(put);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#gate.shared(async () => {
          const sealed: StoredPut[] = [];
          for (const put of puts) {
            const earlierDays = await this.#earlierDays(put);
            sealed.push(this.#sealed({ ...put, earlierDays }, await this.#ring.liveFor(put.purgeDay)));
          }
          await this.#store.commit({ puts: sealed, removals });
        });
      } catch (cause) {
        if (!(cause instanceof KeyRetiredError)) throw cause;
        if (attempt === TRIES) throw unavailable(cause);
        await this.#ring.refresh();
      }
    }
  }

  async get<T extends TableName>(table: T, id: string): Promise<Row<T> | null> {
    if (!ID.test(id)) return null;
    const stored = await this.#store.get(table, id);
    return stored === null ? null : this.#opened<T>(stored);
  }

  async find<T extends TableName>(table: T, search: Search): Promise<Page<T>> {
    const { index, kind, value, upTo, after = null, limit } = search;
    if (kind === 'blind') {
      await this.#ring.refresh();
      const form = searchForm(value);
      const keys = this.#ring.all.map((key) => key.blind(table, index, form));
      return this.#page<T>(await this.#store.find(table, { index, kind, keys, after, limit }));
    }
    const from = Buffer.from(value, 'utf8');
    if (upTo === undefined)
      return this.#page<T>(await this.#store.find(table, { index, kind, keys: [from], after, limit }));
    const range = { index, from, upTo: Buffer.from(upTo, 'utf8'), after, limit };
    return this.#page<T>(await this.#store.range(table, range));
  }

  async scan<T extends TableName>(table: T, after: string | null, limit: number): Promise<Page<T>> {
    return this.#page<T>(await this.#store.scan(table, after, limit));
  }

  async dueBefore(day: string): Promise<readonly PurgeDue[]> {
    await this.#ring.refresh();
    const ofKeys = this.#ring.all.map(({ purgeDay }) => purgeDay).filter((each) => each < day);
    const days = [...new Set([...ofKeys, ...(await this.#store.days(day))])].sort();
    return Promise.all(days.map(async (each) => ({ day: each, rows: await this.#store.countOfDay(each) })));
  }

  async purgeBefore(day: string, onProgress?: PurgeProgress): Promise<readonly PurgeProof[]> {
    const due = await this.dueBefore(day);
    const keys = this.#ring.all.filter(({ purgeDay }) => purgeDay < day);
    const digests = keys.map((key) => ({ day: key.purgeDay, digest: this.#ring.digestOf(key) }));
    await this.#gate.alone(() => this.#ring.destroy(keys));
    const proofs: PurgeProof[] = [];
    const all = due.reduce((sum, { rows }) => sum + rows, 0);
    let done = 0;
    for (const { day: each } of due) {
      const rows = await this.#removeDay(each, (removed) => {
        done += removed;
        onProgress?.(Math.min(1, done / all), done);
      });
      const [first, ...others] = digests.filter((one) => one.day === each);
      proofs.push({ day: each, rows, keyDigest: first?.digest ?? null });
      for (const { digest } of others) proofs.push({ day: each, rows: 0, keyDigest: digest });
    }
    return proofs;
  }

  async erase(
    rows: readonly { readonly table: TableName; readonly id: string }[],
  ): Promise<readonly PurgeProof[]> {
    return this.#gate.alone(async () => {
      await this.#ring.refresh();
      const stored = await Promise.all(rows.map(({ table, id }) => this.#store.get(table, id)));
      const erased = stored.filter((row) => row !== null);
      const days = new Set(erased.flatMap((row) => [row.purgeDay, ...this.#earlierDaysOf(row)]));
      const removals = erased.map(({ table, id, version }) => ({ table, id, expectVersion: version }));
      const proofs: PurgeProof[] = [];
      const retired: DataKey[] = [];
      for (const day of [...days].sort()) {
        await this.#ring.liveFor(day);
        for (const key of this.#ring.ofDay(day)) {
          await this.#ring.retire(key);
          retired.push(key);
        }
      }
      await this.#store.commit({ puts: [], removals });
      for (const key of retired) {
        const keyDigest = this.#ring.digestOf(key);
        await this.#empty(key);
        const isFirst = !proofs.some(({ day }) => day === key.purgeDay);
        const count = isFirst ? erased.filter(({ purgeDay }) => purgeDay === key.purgeDay).length : 0;
        proofs.push({ day: key.purgeDay, rows: count, keyDigest });
      }
      return proofs;
    });
  }

  /** Wraps the keys under another key-encryption key. The register is opened with that one from then on. */
  async rotate(next: KeyEncryptionKey): Promise<void> {
    await this.#gate.alone(() => this.#ring.rewrap(next));
  }

  async close(): Promise<void> {
    await this.#gate.alone(() => this.#store.close());
    this.#ring.forget();
  }

  /** What is still under keys, or wrapped, by the other profile. */
  async ofOtherProfile(): Promise<OtherProfile> {
    await this.#ring.refresh();
    const keys = this.#ring.ofOtherProfile;
    let rows = 0;
    for (const key of keys) {
      for (let after: string | null = null; ; ) {
        const page = await this.#store.ofDay(key.purgeDay, after, ROWS_AT_ONCE);
        rows += page.rows.filter(({ keyId }) => keyId === key.id).length;
        after = page.after;
        if (after === null) break;
      }
    }
    return { keys: keys.length, rows, isWrapped: await this.#ring.hasOtherWrapping() };
  }

  /**
   * Seals all of it anew, a day at a time and a few rows at once, so that others read and write meanwhile; `onStep` may hold it up.
   * Broken off, it goes on with the next call. Resolves with the keys that were destroyed.
   */
  async reseal(onStep: (rows: number) => Promise<void> = async () => {}): Promise<readonly PurgeProof[]> {
    const proofs: PurgeProof[] = [];
    await this.#ring.refresh();
    for (const key of this.#ring.ofOtherProfile) {
      const keyDigest = this.#ring.digestOf(key);
      const isThere = () => this.#ring.find(key.id) === key;
      await this.#gate.alone(async () => isThere() && this.#ring.retire(key));
      let rows = 0;
      await this.#moveFrom(key, RESEALED_AT_ONCE, async (step) => {
        const moved = await this.#gate.shared(async () => (isThere() ? step() : 0));
        rows += moved;
        await onStep(moved);
      });
      await this.#gate.alone(async () => isThere() && this.#ring.destroy([key]));
      proofs.push({ day: key.purgeDay, rows, keyDigest });
    }
    if (await this.#ring.hasOtherWrapping()) await this.#gate.alone(() => this.#ring.rewrapByProfile());
    return proofs;
  }

  /** Moves all rows that are under a retiring key, and destroys it. */
  async #empty(key: DataKey): Promise<void> {
    await this.#moveFrom(key, ROWS_AT_ONCE, (step) => step());
    await this.#ring.destroy([key]);
  }

  /** Seals what is left under a retiring key anew, under the live one of its day, in steps that `take` takes. */
  async #moveFrom(
    key: DataKey,
    rowsAtOnce: number,
    take: (step: () => Promise<number>) => Promise<unknown>,
  ): Promise<void> {
    for (let after: string | null = null, missed = false; ; ) {
      const from: string | null = after;
      after = null;
      await take(async () => {
        const page = await this.#store.ofDay(key.purgeDay, from, rowsAtOnce);
        const next = await this.#ring.liveFor(key.purgeDay);
        const left = page.rows.filter(({ keyId }) => keyId === key.id);
        const puts = left.map((row) => {
          const { table, id, version, purgeDay } = row;
          const put = { table, id, expectVersion: version, purgeDay, ...this.#content(row, key) };
          return { ...this.#sealed(put, next, version), expectVersion: version };
        });
        const moved = puts.length === 0 || (await this.#isCommitted({ puts, removals: [] }));
        missed ||= !moved;
        after = page.after;
        return moved ? puts.length : 0;
      });
      if (after !== null) continue;
      if (!missed) return;
      missed = false;
    }
  }

  async #removeDay(day: string, onRemoved: (rows: number) => void): Promise<number> {
    let removed = 0;
    for (;;) {
      const { rows } = await this.#store.ofDay(day, null, ROWS_AT_ONCE);
      if (rows.length === 0) return removed;
      const removals = rows.map(({ table, id, version }) => ({ table, id, expectVersion: version }));
      if (!(await this.#isCommitted({ puts: [], removals }))) continue;
      removed += rows.length;
      onRemoved(rows.length);
    }
  }

  /** False: a row was changed meanwhile. */
  async #isCommitted(change: {
    readonly puts: readonly StoredPut[];
    readonly removals: readonly {
      readonly table: TableName;
      readonly id: string;
      readonly expectVersion: number;
    }[];
  }): Promise<boolean> {
    try {
      await this.#store.commit(change);
      return true;
    } catch (cause) {
      if (cause instanceof HotelError && cause.code === 'conflict') return false;
      if (!(cause instanceof KeyRetiredError)) throw cause;
      await this.#ring.refresh();
      return false;
    }
  }

  #sealed(put: Put & Content, key: DataKey, version = (put.expectVersion ?? 0) + 1): StoredPut {
    const { table, id, expectVersion, purgeDay, value, indexes, earlierDays = [] } = put;
    const place = { hotelId: this.#hotelId, table, id, version, purgeDay };
    // The value by itself: whoever lists rows reads nothing else.
    const rest: Omit<Content, 'value'> = { indexes, ...(earlierDays.length > 0 && { earlierDays }) };
    const stored = indexes.map(
      ({ index, kind, value: text }): StoredIndex => ({
        index,
        kind,
        key: kind === 'plain' ? Buffer.from(text, 'utf8') : key.blind(table, index, searchForm(text)),
      }),
    );
    return {
      ...{ table, id, version, purgeDay, expectVersion, keyId: key.id, indexes: stored },
      sealed: seal(
        key.sealer,
        key.id,
        place,
        Buffer.from(`${JSON.stringify(value)}\n${JSON.stringify(rest)}`, 'utf8'),
      ),
    };
  }

  async #earlierDays({ table, id, purgeDay, expectVersion }: Put): Promise<readonly string[]> {
    if (expectVersion === null) return [];
    const before = await this.#store.get(table, id);
    if (before === null) return [];
    const days = new Set([before.purgeDay, ...this.#earlierDaysOf(before)]);
    days.delete(purgeDay);
    return [...days];
  }

  /** Those whose key is still there. */
  #earlierDaysOf(row: StoredRow): readonly string[] {
    const key = this.#ring.find(keyIdOf(row.sealed));
    if (key === null || key === 'destroyed') return [];
    return (this.#content(row, key).earlierDays ?? []).filter((day) => this.#ring.ofDay(day).length > 0);
  }

  async #page<T extends TableName>({ rows, after }: StoredPage): Promise<Page<T>> {
    const opened: Row<T>[] = [];
    for (const row of rows) {
      const one = this.#openedNow<T>(row) ?? (await this.#opened<T>(row));
      if (one !== null) opened.push(one);
    }
    return { rows: opened, after };
  }

  /** Null: its key is destroyed, so it is gone. Rejects with HotelError `unreadable`. */
  async #opened<T extends TableName>(row: StoredRow): Promise<Row<T> | null> {
    if (this.#ring.find(keyIdOf(row.sealed)) === null) await this.#ring.refresh();
    const found = this.#openedNow<T>(row);
    if (found !== null || this.#ring.find(keyIdOf(row.sealed)) === 'destroyed') return found;
    throw new HotelError('unreadable', 'a row of the register is sealed under a key that is not there');
  }

  #openedNow<T extends TableName>(row: StoredRow): Row<T> | null {
    const key = this.#ring.find(keyIdOf(row.sealed));
    if (key === null || key === 'destroyed') return null;
    const { id, version, purgeDay } = row;
    const text = this.#plain(row, key);
    const value = JSON.parse(text.slice(0, text.indexOf('\n'))) as RegisterTables[T];
    return { table: row.table as T, id, version, purgeDay, value };
  }

  #content(row: StoredRow, key: DataKey): Content {
    const text = this.#plain(row, key);
    const at = text.indexOf('\n');
    const value = JSON.parse(text.slice(0, at)) as Content['value'];
    return { value, ...(JSON.parse(text.slice(at)) as Omit<Content, 'value'>) };
  }

  #plain({ table, id, version, purgeDay, sealed }: StoredRow, key: DataKey): string {
    const place = { hotelId: this.#hotelId, table, id, version, purgeDay };
    return unseal(key.sealer, place, sealed).toString('utf8');
  }
}

/** A fault of whoever writes: what is kept could not be found or purged. Throws RangeError, which names no value. */
function requireWellFormed({ table, id, purgeDay, indexes }: Put): void {
  if (!ID.test(id)) throw new RangeError(`an id of ${table} is not of the form it must have`);
  if (!DAY.test(purgeDay)) throw new RangeError(`a row of ${table} has no day of purge`);
  const wrong = indexes.find(({ kind, value }) => kind === 'plain' && !PLAIN.test(value));
  if (wrong) throw new RangeError(`the index ${wrong.index} of ${table} holds what is not plain`);
}

function unavailable(cause: Error): HotelError {
  return new HotelError('store_unavailable', 'the keys of the register change all the time', { cause });
}
