/** What the pipeline needs of a journal, whatever stores it, and what a journal is opened with. */
import type { CryptoProfile } from '../../config/crypto-settings.ts';
import type { TapId } from '../verification.ts';
import type { DiskRoomOptions } from './disk-room.ts';
import type { JournalError } from './journal-error.ts';
import type { DecisionRecord } from './record/record.ts';

export interface Journal {
  /**
   * 16 hex digits that no other journal has: with it before them, positions are never used twice. Another one from the
   * moment on that a new epoch begins.
   */
  readonly epoch: string;
  /** Position the next record must carry. */
  readonly nextPosition: number;
  /** Resolves when all are durable as configured; rejects when none may be answered. */
  append(records: readonly DecisionRecord[]): Promise<void>;
  find(tap: TapId): DecisionRecord | null;
  /** Highest sequence number kept of a stream; -1 when there is none. */
  highestSeq(deviceId: string, stream: string): number;
  /** Records after a position, in order. */
  after(position: number, limit: number): DecisionRecord[];
  /** Records decided at or after a time, in order. */
  since(atMs: number): Iterable<DecisionRecord>;
  close(): Promise<void>;
}

/**
 * How safe records are.
 *
 * - `sync`: on disk before it settles, and before anyone sees it.
 * - `commit`: in the operating system before it settles, on disk soon after; a crash of the machine may lose the last
 *   moments, but never tears the journal.
 * - `none`: does not wait.
 */
export type JournalDurability = 'sync' | 'commit' | 'none';

export interface JournalOptions {
  /** Folder of the journal and its key, for the gateway's user alone. */
  readonly dir: string;
  /** Whose algorithms what is added is named with. Default: `international`. */
  readonly profile?: CryptoProfile;
  readonly durability: JournalDurability;
  /** Disk the journal may use. */
  readonly maxBytes: number;
  /** How the disk is watched. Default: it is not, and LMDB meets its end by itself. */
  readonly disk?: DiskRoomOptions;
  /** Time after which a commit that does not settle is given up, and the journal with it. Default 30 s. */
  readonly stallMs?: number;
  /** Records whose index entries wait in memory before they are written. Default 8,192. */
  readonly indexEntries?: number;
  /** Called once, when nothing more can be kept until the process starts anew. */
  readonly onFailed?: (error: JournalError) => void;
  /** Called for each damaged record that was passed over, once. The journal goes on. */
  readonly onDamaged?: (error: JournalError) => void;
  /** `none` only: called when decisions that were already answered could not be kept. */
  readonly onLost?: (records: number, error: JournalError) => void;
}
