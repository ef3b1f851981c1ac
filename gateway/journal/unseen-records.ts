/** Records that were answered and that readers do not see yet (`durability: none`), by their taps. */
import type { TapId } from '../verification.ts';
import type { DecisionRecord } from './record/record.ts';

export class UnseenRecords {
  readonly #records = new Map<string, DecisionRecord>();

  add(records: readonly DecisionRecord[]): void {
    for (const record of records) this.#records.set(keyOf(record.tap), record);
  }

  /** They can be seen now, or are lost. */
  forget(records: readonly DecisionRecord[]): void {
    for (const { tap } of records) this.#records.delete(keyOf(tap));
  }

  find(tap: TapId): DecisionRecord | null {
    return this.#records.get(keyOf(tap)) ?? null;
  }

  /** Highest sequence number of a stream; -1 when there is none. */
  highestSeq(deviceId: string, stream: string): number {
    let highest = -1;
    for (const { tap } of this.#records.values()) {
      if (tap.deviceId === deviceId && tap.stream === stream) highest = Math.max(highest, tap.seq);
    }
    return highest;
  }
}

function keyOf({ deviceId, stream, seq }: TapId): string {
  return `${deviceId} ${stream} ${seq}`;
}
