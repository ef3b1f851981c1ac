/**
 * What a store of the register does: keeps sealed rows, all or nothing, and finds them by the bytes of their indexes. It sees
 * ciphertext, ids, days and keyed hashes; no name, and no key that is not wrapped.
 */
import { OnecardError } from '../../config/onecard-error.ts';
import type { TableName } from './guest-register.ts';
import type { KeyProfiles } from './sealing/key-algorithms.ts';

/** A row was sealed under a key that another desk has let retire meanwhile: the keys are to be read again. */
export class KeyRetiredError extends OnecardError {
  override readonly name = 'KeyRetiredError';
  readonly code = 'key_retired';
}

export interface StoredIndex {
  readonly index: string;
  readonly kind: 'plain' | 'blind';
  /** Plain: the value in UTF-8. Blind: its keyed hash, 32 bytes. */
  readonly key: Buffer;
}

export interface StoredRow {
  readonly table: TableName;
  readonly id: string;
  readonly version: number;
  /** YYYY-MM-DD. */
  readonly purgeDay: string;
  /** Of the data key it is sealed under, 16 hex digits; also in `sealed`. */
  readonly keyId: string;
  readonly sealed: Buffer;
}

export interface StoredPut extends StoredRow {
  /** Version that must be there now; null: none. */
  readonly expectVersion: number | null;
  readonly indexes: readonly StoredIndex[];
}

export interface StoredRemoval {
  readonly table: TableName;
  readonly id: string;
  readonly expectVersion: number;
}

export interface StoredChange {
  readonly puts: readonly StoredPut[];
  readonly removals: readonly StoredRemoval[];
}

export interface StoredPage {
  readonly rows: readonly StoredRow[];
  /** Position of the last row where there are more; null: there are none. */
  readonly after: string | null;
}

export interface StoredSearch {
  readonly index: string;
  readonly kind: 'plain' | 'blind';
  /** Equal to one of these. Rows come by id. */
  readonly keys: readonly Buffer[];
  readonly after: string | null;
  readonly limit: number;
}

export interface StoredRange {
  readonly index: string;
  /** From this up to and with that, both in UTF-8. Rows come by value, then id. */
  readonly from: Buffer;
  readonly upTo: Buffer;
  readonly after: string | null;
  readonly limit: number;
}

/**
 * - `live`: rows are sealed under it.
 * - `retiring`: its rows move to the day's next key, because one of them was erased.
 * - `destroyed`: it is gone; what is left is its digest.
 */
export type KeyState = 'live' | 'retiring' | 'destroyed';

export interface WrappedKey extends KeyProfiles {
  /** 16 hex digits. */
  readonly id: string;
  readonly purgeDay: string;
  readonly state: KeyState;
  /** Under the key-encryption key, 40 bytes; null once it is destroyed. */
  readonly wrapped: Buffer | null;
  /** Of `wrapped` as it was, hex. */
  readonly digest: string;
}

/** By which a store tells whether its keys are wrapped under a key-encryption key; they tell nothing of it. */
export interface KeyChecks {
  /** What is left where there is none yet. */
  readonly check: string;
  /** Whether the same key left this one, in either profile. */
  hasLeft(check: string): boolean;
}

/** Where wrapped keys are kept: so that a destroyed one leaves no copy that the store knows of. */
export interface KeyVault {
  /**
   * The keys there are. Rejects with HotelError `unusable` where they are another hotel's, or wrapped under another
   * key-encryption key than the one whose check values are given; the first to come leaves its own.
   */
  load(kek: KeyChecks): Promise<readonly WrappedKey[]>;
  /** Another than before when somebody changed the keys since. */
  generation(): Promise<number>;
  /** On disk when it resolves. Resolves with the live key of that day and profile: this one, or what another desk was quicker with. */
  add(key: WrappedKey): Promise<WrappedKey>;
  /** Lets `id` be retiring, and takes `next` where its day has no live key of its profile then, in one step. Resolves with the live one. */
  retire(id: string, next: WrappedKey): Promise<WrappedKey>;
  /** Only their digests are left when it resolves. */
  destroy(ids: readonly string[]): Promise<void>;
  /** All keys that there are, wrapped anew, and the check value of what they are wrapped under now. */
  rewrap(kek: KeyChecks, next: string, keys: readonly WrappedKey[]): Promise<void>;
  /** What is left there to tell the key-encryption key by; null: nothing yet. */
  check(): Promise<string | null>;
}

export interface RowStore {
  readonly keys: KeyVault;
  /**
   * Durable when it resolves. Rejects with HotelError `conflict` when a version differs, `store_unavailable` when it
   * cannot; with KeyRetiredError when a row is sealed under a key that is no longer live.
   */
  commit(change: StoredChange): Promise<void>;
  get(table: TableName, id: string): Promise<StoredRow | null>;
  find(table: TableName, search: StoredSearch): Promise<StoredPage>;
  range(table: TableName, range: StoredRange): Promise<StoredPage>;
  /** By id, from after `after`. */
  scan(table: TableName, after: string | null, limit: number): Promise<StoredPage>;
  /** Days before `before` that rows are kept for. */
  days(before: string): Promise<readonly string[]>;
  countOfDay(day: string): Promise<number>;
  /** Rows of a purge day, a few. `after`: as the page before said. */
  ofDay(day: string, after: string | null, limit: number): Promise<StoredPage>;
  close(): Promise<void>;
}
