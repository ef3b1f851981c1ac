/**
 * Hands on what is on disk, as it is stored and in the order of positions: to the journal's log, which must never speak
 * of a record that a crash could take back.
 */

import type { EncodedGroup } from './put-groups.ts';

export interface JournalFollower {
  /** Told of records on disk, whose positions go on from `first`. Must not throw. */
  synced(first: number, stored: readonly Buffer[]): void;
  /** Resolves when it does not need the records up to a position any more, also after a crash. */
  settled(through: number): Promise<void>;
}

interface Kept {
  readonly last: number;
  readonly groups: readonly EncodedGroup[];
}

export class SyncedRecords {
  #follower: JournalFollower | null = null;
  #waiting: Kept[] = [];
  #onSynced: () => void = () => {};

  /** Follows from the next record on. */
  follow(follower: JournalFollower): void {
    this.#follower = follower;
  }

  /** `listener`: each time that more is on disk, also while nobody follows. */
  onSynced(listener: () => void): void {
    this.#onSynced = listener;
  }

  /** Records up to a position can be seen by readers; they go on from those that were kept before. `synced`: as below. */
  kept(last: number, groups: readonly EncodedGroup[], synced: number): void {
    if (this.#follower !== null) this.#waiting.push({ last, groups });
    this.synced(synced);
  }

  /** Everything up to a position is on disk. */
  synced(position: number): void {
    this.#onSynced();
    if (this.#follower === null) return;
    let ready = 0;
    for (const { last, groups } of this.#waiting) {
      if (last > position) break;
      ready += 1;
      for (const { records, encoded } of groups) {
        const [first] = records;
        if (first !== undefined) this.#follower.synced(first.position, encoded);
      }
    }
    if (ready === this.#waiting.length) this.#waiting.length = 0;
    else if (ready > 0) this.#waiting.splice(0, ready);
  }

  async settled(through: number): Promise<void> {
    await this.#follower?.settled(through);
  }
}
