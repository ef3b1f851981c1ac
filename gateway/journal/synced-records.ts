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
  readonly first: number;
  readonly stored: readonly Buffer[];
}

export class SyncedRecords {
  #follower: JournalFollower | null = null;
  #waiting: Kept[] = [];

  /** Follows from the next record on. */
  follow(follower: JournalFollower): void {
    this.#follower = follower;
  }

  /** Records can be seen by readers; they go on from those that were kept before. `synced`: as below. */
  kept(first: number, groups: readonly EncodedGroup[], synced: number): void {
    const stored = groups.flatMap(({ encoded }) => encoded);
    if (this.#follower !== null) this.#waiting.push({ first, stored });
    this.synced(synced);
  }

  /** Everything up to a position is on disk. */
  synced(position: number): void {
    if (this.#follower === null || this.#waiting.length === 0) return;
    const until = this.#waiting.findIndex(({ first, stored }) => first + stored.length - 1 > position);
    const ready = this.#waiting.splice(0, until === -1 ? this.#waiting.length : until);
    for (const { first, stored } of ready) this.#follower.synced(first, stored);
  }

  async settled(through: number): Promise<void> {
    await this.#follower?.settled(through);
  }
}
