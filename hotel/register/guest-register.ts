/**
 * The register: sealed rows of a few tables, with indexes over them, written all or nothing. One port, two stores (LMDB,
 * PostgreSQL), one contract suite. Whoever writes through it never sees a key, and no store ever sees a name.
 */
import type { DigestAlgorithm } from '../../crypto/algorithms.ts';
import type { DeskEvent } from '../events/event.ts';
import type { Subscription } from '../events/subscription.ts';
import type { KeptAnswer } from '../http/kept-answer.ts';
import type { Report } from '../reports/report.ts';
import type { Guest, Stay } from '../stays/stay.ts';

export interface RegisterTables {
  readonly stay: Stay;
  readonly guest: Guest;
  readonly report: Report;
  readonly event: DeskEvent;
  /** Answers under their idempotency keys. */
  readonly answer: KeptAnswer;
  readonly subscription: Subscription;
}
export type TableName = keyof RegisterTables;

const TABLES: Readonly<Record<TableName, true>> = {
  ...{ stay: true, guest: true, report: true, event: true, answer: true, subscription: true },
};
export const TABLE_NAMES = Object.keys(TABLES) as readonly TableName[];

export interface IndexEntry {
  readonly index: string;
  /**
   * Plain: what names nobody (a state, a day, a number in twelve digits), kept in order; printable ASCII, 128 characters at most.
   * Blind: kept as a keyed hash alone, and compared in NFKC, upper case, without blanks.
   */
  readonly kind: 'plain' | 'blind';
  readonly value: string;
}

export interface Row<T extends TableName> {
  readonly table: T;
  readonly id: string;
  /** 1 when it is new; goes up by one with each write. */
  readonly version: number;
  /** YYYY-MM-DD: on this day it is destroyed, and the key it is sealed under. */
  readonly purgeDay: string;
  readonly value: RegisterTables[T];
}

export interface Put<T extends TableName = TableName> {
  readonly table: T;
  /** Lower-case letters, digits, dot and hyphen, 64 at most; of one table in order of creation. */
  readonly id: string;
  /** Null: there must be none yet. */
  readonly expectVersion: number | null;
  readonly purgeDay: string;
  readonly value: RegisterTables[T];
  /** All of them: what is not named here is no longer found. */
  readonly indexes: readonly IndexEntry[];
}

export interface Removal {
  readonly table: TableName;
  readonly id: string;
  readonly expectVersion: number;
}

export interface RegisterChange {
  readonly puts: readonly Put[];
  readonly removals?: readonly Removal[];
}

export interface Page<T extends TableName> {
  readonly rows: readonly Row<T>[];
  /** For the next page; null: this was the last. */
  readonly after: string | null;
}

export interface Search {
  readonly index: string;
  readonly kind: 'plain' | 'blind';
  /** Equal to this. */
  readonly value: string;
  /** Plain alone: from `value` up to and with this, in order. */
  readonly upTo?: string;
  readonly after?: string | null;
  readonly limit: number;
}

export interface PurgeDue {
  readonly day: string;
  readonly rows: number;
}

/** `part`: from 0 to 1; `rows`: destroyed until now. */
export type PurgeProgress = (part: number, rows: number) => void;

/** Of a wrapped key; it tells no key. */
export interface KeyDigest {
  readonly algorithm: DigestAlgorithm;
  readonly hex: string;
}

/** One for each key that was destroyed. */
export interface PurgeProof {
  readonly day: string;
  /** Those of the day; where it had several keys, said with the first. */
  readonly rows: number;
  readonly keyDigest: KeyDigest | null;
}

export interface GuestRegister {
  /** Durable when it resolves. Rejects with HotelError `conflict` when a version differs, `store_unavailable` when it cannot. */
  commit(change: RegisterChange): Promise<void>;
  /** Null: there is none. Rejects with HotelError `unreadable` when it cannot be opened. */
  get<T extends TableName>(table: T, id: string): Promise<Row<T> | null>;
  find<T extends TableName>(table: T, search: Search): Promise<Page<T>>;
  /** Rows of a table by id, from after `after`. */
  scan<T extends TableName>(table: T, after: string | null, limit: number): Promise<Page<T>>;
  /** What `purgeBefore` would destroy. */
  dueBefore(day: string): Promise<readonly PurgeDue[]>;
  /** Destroys all rows of days before `day`, and their keys: the keys first, so nothing opens from then on. */
  purgeBefore(day: string, onProgress?: PurgeProgress): Promise<readonly PurgeProof[]>;
  /**
   * Destroys single rows: erasure that a person asked for. What else is kept for the same day is sealed anew under another key,
   * and the key they shared is destroyed. Rows that there are not are passed over.
   */
  erase(rows: readonly { readonly table: TableName; readonly id: string }[]): Promise<readonly PurgeProof[]>;
  close(): Promise<void>;
}
