/**
 * Holds a whole journal against checkpoints, wherever they were kept: hashes every record, and says what was changed, taken
 * out, put in or cut off. One pass over the records, in memory of one tile.
 */
import { choosePrefixedDigests } from '../../../workers/prefixed-digests.ts';
import { FAULTS_SHOWN_MAX, Faults } from '../faults.ts';
import type { JournalReader } from '../journal-reader.ts';
import { frameFault } from '../record/record-frame.ts';
import type { SignedCheckpoint } from './checkpoint.ts';
import { GrowingTree, LeafHasher, TILE_LEAVES } from './growing-tree.ts';
import { treeFolder } from './hash-files.ts';
import { type HeldTree, SAID_BY_NEXT, treesOf } from './held-trees.ts';
import { LogHashes } from './log-hashes.ts';
import type { StoredRecord } from './rebuild-tree.ts';
import { HASH_BYTES, isSame } from './tree.ts';

export interface HeldCheckpoint {
  readonly checkpoint: SignedCheckpoint;
  /** Where it was kept, for a sentence: "kept here". */
  readonly from: string;
}

export interface LogReport {
  /** Checkpoints that the records were held against, and hold to. */
  readonly held: number;
  /** Newest position that one of them covers. */
  readonly covered: number;
  readonly faults: readonly string[];
  readonly faultCount: number;
}

export interface VerifyLogOptions {
  readonly reader: Pick<JournalReader, 'firstPosition' | 'lastPosition' | 'stored'>;
  /** The log's folder. */
  readonly folder: string;
  readonly checkpoints: readonly HeldCheckpoint[];
  readonly onProgress?: (position: number, last: number) => void;
}

/** Each tree of the log for itself. How one was closed is said by that which follows it, too. */
export function verifyLog(options: VerifyLogOptions): LogReport {
  const trees = treesOf(options.checkpoints, options.reader.lastPosition);
  const reports = trees.map((tree) => new LogCheck(options, tree).report());
  const sum = (of: (report: LogReport) => number) => reports.reduce((all, report) => all + of(report), 0);
  return {
    held: sum(({ held }) => held),
    covered: Math.max(0, ...reports.map(({ covered }) => covered)),
    faults: reports.flatMap(({ faults }) => faults).slice(0, FAULTS_SHOWN_MAX),
    faultCount: sum(({ faultCount }) => faultCount),
  };
}

class LogCheck {
  readonly #options: VerifyLogOptions;
  readonly #checkpoints: readonly HeldCheckpoint[];
  readonly #begins: number;
  readonly #last: number;
  readonly #hashes: LogHashes;
  readonly #tree: GrowingTree;
  readonly #hasher: LeafHasher;
  readonly #faults = new Faults();
  /** Smallest first. */
  readonly #waiting: HeldCheckpoint[];
  readonly #unlike = new Map<string, { readonly first: HeldCheckpoint; count: number }>();
  #held = 0;
  #covered = 0;

  constructor(options: VerifyLogOptions, { kind, checkpoints, last }: HeldTree) {
    const digests = choosePrefixedDigests(kind.tree);
    this.#options = options;
    this.#checkpoints = checkpoints;
    this.#begins = kind.begins;
    this.#last = last;
    this.#hashes = new LogHashes(treeFolder(options.folder, kind), kind.begins, kind.tree);
    this.#tree = new GrowingTree(digests);
    this.#hasher = new LeafHasher(digests);
    this.#waiting = [...checkpoints].sort((a, b) => a.checkpoint.size - b.checkpoint.size);
  }

  report(): LogReport {
    this.#walk();
    this.#tellUnlike();
    this.#tellCutOff();
    this.#tellBehindStop();
    const { shown: faults, count: faultCount } = this.#faults;
    return { held: this.#held, covered: this.#covered, faults, faultCount };
  }

  #walk(): void {
    const { reader, onProgress } = this.#options;
    const records = reader.stored(this.#begins)[Symbol.iterator]();
    let next = records.next();
    this.#compare();
    for (let start = 0; start < this.#last; start += TILE_LEAVES) {
      const end = Math.min(this.#last, start + TILE_LEAVES);
      const there: StoredRecord[] = [];
      while (!next.done && next.value.position <= end) {
        there.push(next.value);
        next = records.next();
      }
      if (!this.#addTile(start, end, there)) return;
      onProgress?.(end, this.#last);
    }
  }

  /** Adds the leaves from one up to another; false when the tree cannot go on. */
  #addTile(start: number, end: number, there: readonly StoredRecord[]): boolean {
    const logged = this.#hashes.leavesKept(start, end);
    const leaves = new Map<number, Uint8Array>();
    const made = this.#hasher.hash(there.map(({ bytes }) => bytes));
    for (const [i, { position, bytes }] of there.entries()) {
      const hash = made.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      const kept = hashAt(logged, position - 1 - start);
      leaves.set(position, kept ?? hash);
      if (kept && !isSame(kept, hash) && frameFault(position, bytes) === null) {
        this.#faults.add(`position ${position}: the record is not the one that was logged`);
      }
    }
    if (logged.length === 0 && there.length === 0 && end - start === TILE_LEAVES) {
      const tile = this.#hashes.tile(start / TILE_LEAVES);
      if (tile) return this.#addWhole(tile);
    }
    for (let position = start + 1; position <= end; position += 1) {
      const hash = leaves.get(position) ?? hashAt(logged, position - 1 - start);
      if (hash === null) {
        const from = [...new Set(this.#waiting.map((held) => `(${held.from})`))].join(', ');
        this.#faults.add(
          `position ${position}: neither the record nor its hash is there, so that ${this.#waiting.length} checkpoints ` +
            `cannot be held: ${from}`,
        );
        this.#waiting.length = 0;
        return false;
      }
      this.#tree.add(hash);
      this.#compare();
    }
    return true;
  }

  /** Checkpoints inside a tile of which only the hash is left can no longer be held. */
  #addWhole(tile: Uint8Array): boolean {
    this.#tree.addTile(tile);
    while ((this.#waiting[0]?.checkpoint.size ?? Number.POSITIVE_INFINITY) < this.#tree.size)
      this.#waiting.shift();
    this.#compare();
    return true;
  }

  /** Holds the tree as it is now against the checkpoints of its size. */
  #compare(): void {
    let root: Uint8Array | null = null;
    for (let [next] = this.#waiting; next?.checkpoint.size === this.#tree.size; [next] = this.#waiting) {
      this.#waiting.shift();
      root ??= this.#tree.root();
      if (isSame(root, next.checkpoint.root)) {
        if (next.from !== SAID_BY_NEXT) this.#held += 1;
        this.#covered = next.checkpoint.size;
        continue;
      }
      const known = this.#unlike.get(next.from);
      if (known) known.count += 1;
      else this.#unlike.set(next.from, { first: next, count: 1 });
    }
  }

  #tellUnlike(): void {
    for (const { first, count } of this.#unlike.values()) {
      const more = count > 1 ? `, nor ${count - 1} later ones` : '';
      this.#faults.add(
        `the records up to position ${first.checkpoint.size} are not those that ${nameOf(first)} covers${more}`,
      );
    }
  }

  #tellCutOff(): void {
    const newest = new Map(this.#waiting.map((held) => [held.from, held]));
    for (const held of newest.values()) {
      const { size } = held.checkpoint;
      this.#faults.add(
        `${nameOf(held)} covers the records up to position ${size}, and the newest that is there is ${this.#last}: ` +
          `${size - this.#last} are missing`,
      );
    }
  }

  #tellBehindStop(): void {
    const { checkpoint } = this.#checkpoints.filter(({ from }) => from === KEPT_HERE).at(-1) ?? {};
    if (!checkpoint?.isStop || this.#last <= checkpoint.size) return;
    this.#faults.add(
      `${this.#last - checkpoint.size} records stand behind position ${checkpoint.size}, where the gateway stopped: ` +
        'somebody put them there since',
    );
  }
}

export const KEPT_HERE = 'kept here';

function hashAt(hashes: Uint8Array, index: number): Uint8Array | null {
  const hash = hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  return hash.length === HASH_BYTES ? hash : null;
}

function nameOf({ checkpoint, from }: HeldCheckpoint): string {
  return `the checkpoint of ${new Date(checkpoint.atMs).toISOString()} (${from})`;
}
