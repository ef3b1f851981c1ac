/**
 * The log of a journal while the gateway runs: hashes what is on disk, keeps the hashes, and signs checkpoints, at most one
 * in `checkpointMs`, one when it gets quiet, and one at the stop. Writing is beside the path of a tap; hashing is on it,
 * half a microsecond a record.
 */

import { setTimeout as wait } from 'node:timers/promises';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import type { HeldSigningKey, VerifyingKey } from '../../../crypto/signature/keys.ts';
import { JournalError } from '../journal-error.ts';
import type { JournalIdentity } from '../journal-identity.ts';
import type { JournalFollower } from '../synced-records.ts';
import { type Checkpoint, type SignedCheckpoint, signCheckpoint } from './checkpoint.ts';
import type { CheckpointFile } from './checkpoint-file.ts';
import { textOfKey } from './checkpoint-key-text.ts';
import type { HashFiles } from './hash-files.ts';
import type { LoggedTree, UnwrittenHashes } from './logged-tree.ts';
import { HASH_BYTES } from './tree.ts';

export interface JournalLogOptions {
  readonly tree: LoggedTree;
  readonly files: HashFiles;
  readonly checkpoints: CheckpointFile;
  /** Whoever holds it may take its time: checkpoints wait for it, and nothing else does. */
  readonly key: HeldSigningKey;
  /** Keys that trees before this one were signed with. */
  readonly formerKeys: readonly VerifyingKey[];
  /** What is the same in every checkpoint of this tree. */
  readonly kind: Pick<Checkpoint, 'begins' | 'tree' | 'follows'>;
  /** The last checkpoint of the tree before, which vouches for the key of this one; null: there is none. */
  readonly vouching: SignedCheckpoint | null;
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
  /** Whoever holds the key did not sign; it is asked again. */
  readonly onUnsigned: (error: CryptoError) => void;
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
  #working: Promise<unknown> = Promise.resolve();
  /** The one checkpoint that is being signed. */
  #signing: Promise<void> | null = null;
  #waitingSinceMs: number | null = null;
  #stopping = false;
  #over = false;

  constructor(options: JournalLogOptions) {
    this.#options = options;
  }

  /** Records in the tree. */
  get size(): number {
    return this.#options.tree.size;
  }

  /** What checkpoints are signed with (`textOfKey`). */
  get publicKey(): string {
    return textOfKey(this.#options.key.publicKey);
  }

  /** Every key that checkpoints of this log were signed with, the one in use first. */
  get publicKeys(): readonly VerifyingKey[] {
    return [this.#options.key.publicKey, ...this.#options.formerKeys];
  }

  /** The newest checkpoint whose tree has the record of a position; null: there is none yet, or none any more. */
  covering(position: number): SignedCheckpoint | null {
    const { checkpoints, kind } = this.#options;
    const has = ({ begins, size }: SignedCheckpoint) => begins <= position && position <= size;
    if (position < kind.begins) return checkpoints.all.findLast((note) => note.goesOn && has(note)) ?? null;
    const { newest } = checkpoints;
    return newest && has(newest) ? newest : null;
  }

  /** The last checkpoint of the tree before; null: there is none. */
  get vouching(): SignedCheckpoint | null {
    return this.#options.vouching;
  }

  /** Since when a checkpoint waits for its signature, of `performance.now()`; null: none does. */
  get waitingSinceMs(): number | null {
    return this.#waitingSinceMs;
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

  /**
   * Makes a checkpoint now, where there is something to say; behind the one that is being signed. Rejects with what the disk
   * said, or CryptoError `held_elsewhere`.
   */
  async checkpoint(isStop = false): Promise<void> {
    while (this.#signing !== null) await this.#signing.catch(() => {});
    const signing = this.#checkpoint(isStop);
    this.#signing = signing;
    try {
      await signing;
    } finally {
      this.#signing = null;
    }
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
      if (!(error instanceof CryptoError)) onFault(error as Error);
    }
    this.#end();
    await this.#working.catch(() => {});
    await files.close();
    await checkpoints.close();
  }

  /** Ends without a word: nothing was added. */
  async abandon(): Promise<void> {
    this.#end();
    await this.#working.catch(() => {});
    await this.#options.files.close();
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
      this.#work().catch((error) => {
        if (this.#over) return;
        if (!(error instanceof CryptoError)) this.#options.onFault(error as Error);
        this.#wake();
      });
    }, this.#options.checkpointMs);
  }

  /** While a checkpoint is being signed the hashes are written all the same. */
  async #work(): Promise<void> {
    if (this.#signing === null) return this.checkpoint();
    await this.#inTurn(() => this.#write());
    this.#wake();
  }

  async #checkpoint(isStop: boolean): Promise<void> {
    const { checkpoints, onCheckpoint } = this.#options;
    const made = await this.#inTurn(() => this.#made(isStop));
    if (made === null) return;
    const signed = await this.#signed(made);
    await this.#inTurn(() => checkpoints.append(signed));
    onCheckpoint(signed);
  }

  /** Null: it would say nothing new, or what it covers is not on disk yet. */
  async #made(isStop: boolean): Promise<Checkpoint | null> {
    const { tree, kind, checkpoints, now, syncedPosition } = this.#options;
    // Of one turn: records that come meanwhile belong to the next.
    const [size, root, identity] = [tree.size, tree.root(), this.#options.identity()];
    await this.#write();
    const { newest } = checkpoints;
    const isNews =
      newest === null || newest.size !== size || newest.epoch !== identity.epoch || newest.isStop !== isStop;
    if (!isNews) return null;
    if (syncedPosition() < size) {
      this.#wake();
      return null;
    }
    return { ...identity, ...kind, size, root, atMs: now(), goesOn: null, isStop };
  }

  async #signed(made: Checkpoint): Promise<SignedCheckpoint> {
    const { key, onUnsigned } = this.#options;
    this.#waitingSinceMs ??= performance.now();
    try {
      const signed = await signCheckpoint(made, key);
      this.#waitingSinceMs = null;
      return signed;
    } catch (error) {
      if (error instanceof CryptoError) onUnsigned(error);
      throw error;
    }
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

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#working.catch(() => {}).then(work);
    this.#working = done;
    return done;
  }
}
