/**
 * The log of a journal while the gateway runs: hashes what is on disk, keeps the hashes, and signs checkpoints, at most one
 * in `checkpointMs`, one when it gets quiet, and one at the stop. Writing is beside the path of a tap; hashing is on it,
 * half a microsecond a record.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { JournalError } from '../journal-error.ts';
import type { JournalIdentity } from '../journal-identity.ts';
import type { JournalFollower } from '../synced-records.ts';
import { type SignedCheckpoint, signCheckpoint } from './checkpoint.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import type { CheckpointKey } from './checkpoint-key.ts';
import type { HashFiles } from './hash-files.ts';
import type { LoggedTree, UnwrittenHashes } from './logged-tree.ts';
import { HASH_BYTES } from './tree.ts';

export interface JournalLogOptions {
  readonly tree: LoggedTree;
  readonly files: HashFiles;
  readonly checkpoints: CheckpointFile;
  readonly key: CheckpointKey;
  /** Position of the first record that is in the tree with its bytes. */
  readonly begins: number;
  /** Of the journal; the epoch changes when it forks. */
  readonly identity: () => JournalIdentity;
  /** Newest position of the journal that is on disk. */
  readonly syncedPosition: () => number;
  /** Newest position of the journal, on disk or not. */
  readonly lastPosition: () => number;
  readonly checkpointMs: number;
  readonly now: () => number;
  readonly onCheckpoint: (checkpoint: SignedCheckpoint) => void;
  /** A write failed; it is tried again. */
  readonly onFault: (error: Error) => void;
  /** The log cannot go on: the process should end. Called once. */
  readonly onFailed: (error: Error) => void;
}

/** Hashes that wait in memory, 32 MiB, while the disk takes none. */
const UNWRITTEN_MAX = 1_048_576;
/** How long the stop waits for records that are on their way to the disk. */
const STOP_MS = 5_000;
const STOP_POLL_MS = 5;

export class JournalLog implements JournalFollower {
  readonly #options: JournalLogOptions;
  #unwritten: UnwrittenHashes[] = [];
  #unwrittenLeaves = 0;
  /** Leaves whose hashes are on disk for good. */
  #durable = 0;
  #timer: NodeJS.Timeout | null = null;
  #working: Promise<void> = Promise.resolve();
  #stopping = false;
  #over = false;

  constructor(options: JournalLogOptions) {
    this.#options = options;
  }

  /** Records in the tree. */
  get size(): number {
    return this.#options.tree.size;
  }

  /** What checkpoints are signed with: 32 bytes of Ed25519, base64. */
  get publicKey(): string {
    return Buffer.from(this.#options.key.publicBytes).toString('base64');
  }

  get newest(): SignedCheckpoint | null {
    return this.#options.checkpoints.newest;
  }

  synced(first: number, stored: readonly Buffer[]): void {
    const { tree, onFailed } = this.#options;
    if (this.#over) return;
    if (first !== tree.size + 1) {
      this.#end();
      onFailed(new JournalError('failed', `the log ends at ${tree.size}, and was given position ${first}`));
      return;
    }
    tree.add(stored);
    if (tree.unwritten + this.#unwrittenLeaves > UNWRITTEN_MAX) {
      this.#end();
      onFailed(new JournalError('failed', "the journal's log could not be written for too long"));
      return;
    }
    this.#wake();
  }

  async settled(through: number): Promise<void> {
    if (through <= this.#durable) return;
    await this.#inTurn(async () => {
      const { size } = this;
      await this.#write();
      await this.#options.files.sync();
      this.#durable = size;
    });
  }

  /** Makes a checkpoint now, where there is something to say. Rejects with what the disk said. */
  checkpoint(isStop = false): Promise<void> {
    return this.#inTurn(() => this.#checkpoint(isStop));
  }

  /** A last checkpoint, which says so, and the end. To be called when the journal takes no more records. */
  async stop(): Promise<void> {
    if (this.#over || this.#stopping) return;
    const { files, checkpoints, lastPosition, onFault } = this.#options;
    this.#stopping = true;
    this.#sleep();
    try {
      // Where readers see records before they are on disk, the last may still be on their way.
      const untilMs = performance.now() + STOP_MS;
      while (this.size < lastPosition() && performance.now() < untilMs) await wait(STOP_POLL_MS);
      await this.settled(this.size);
      await this.checkpoint(this.size === lastPosition());
    } catch (error) {
      onFault(error as Error);
    }
    this.#end();
    await this.#working.catch(() => {});
    await files.close();
    await checkpoints.close();
  }

  #end(): void {
    this.#over = true;
    this.#sleep();
  }

  #sleep(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #wake(): void {
    if (this.#timer !== null || this.#over || this.#stopping) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.checkpoint().catch((error) => {
        if (this.#over) return;
        this.#options.onFault(error as Error);
        this.#wake();
      });
    }, this.#options.checkpointMs);
  }

  async #checkpoint(isStop: boolean): Promise<void> {
    const { tree, key, begins, checkpoints, now, syncedPosition, onCheckpoint } = this.#options;
    // Of one turn: records that come meanwhile belong to the next.
    const [size, root, identity] = [tree.size, tree.root(), this.#options.identity()];
    await this.#write();
    const { newest } = checkpoints;
    const isNews =
      newest === null || newest.size !== size || newest.epoch !== identity.epoch || newest.isStop !== isStop;
    if (!isNews) return;
    if (syncedPosition() < size) {
      this.#wake();
      return;
    }
    const made = { ...identity, size, root, atMs: now(), begins, isStop };
    const signed = signCheckpoint(made, key.privateKey, key.publicBytes);
    await checkpoints.append(signed);
    onCheckpoint(signed);
  }

  /** Writes the hashes that are not on disk. What fails is written again, at the same place. */
  async #write(): Promise<void> {
    const { tree, files } = this.#options;
    this.#unwrittenLeaves += tree.unwritten;
    this.#unwritten.push(tree.take());
    for (let next = this.#unwritten[0]; next !== undefined; next = this.#unwritten[0]) {
      await files.writeLeaves(next.firstLeaf, next.leaves);
      await files.writeTiles(next.firstTile, next.tiles);
      this.#unwrittenLeaves -= next.leaves.length / HASH_BYTES;
      this.#unwritten.shift();
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#working.catch(() => {}).then(work);
    this.#working = done;
    return done;
  }
}
