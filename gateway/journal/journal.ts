/** What the pipeline needs of the journal, whatever stores it. */
import type { TapId } from '../verification.ts';
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
