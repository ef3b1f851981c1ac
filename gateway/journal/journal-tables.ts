/**
 * The tables of a journal's environment by name, and what stands in the table of cursors: positions, and the journal's
 * epochs.
 *
 * An epoch is 8 random bytes, drawn when the journal is made; with it before them, positions never name another record,
 * also where they begin again at 1 because the folder was deleted.
 *
 * Where records were written under positions that the platform knows with other content (a folder that was restored or
 * copied), a new epoch is drawn: it forks from the one before behind the last position whose record is the same. Records
 * up to there keep their names, those behind it are named anew. The spans of a lineage say which epoch names which
 * positions.
 */
import { randomBytes } from 'node:crypto';
import { fromHex, toHex } from '../../workers/codecs/hex.ts';
import type { Table } from '../storage/lmdb-environment.ts';
import { JournalError } from './journal-error.ts';
import { positionKey, readPosition } from './record/record-keys.ts';

/** Records by position; positions by tap; and the cursors. */
export const JOURNAL_TABLES = { records: 'records', taps: 'taps', cursors: 'cursors' } as const;
export const JOURNAL_TABLE_COUNT = Object.keys(JOURNAL_TABLES).length;

/** Positions that are kept beside the records, by name. */
export const CURSORS = {
  /** The index of taps is complete up to here. */
  indexed: 'indexed',
  /** The platform has confirmed the records up to here. */
  confirmed: 'uploaded',
  /** The records up to here were judged again where they had to be, and what differed was told to the platform. */
  rejudged: 'rejudged',
} as const;

/**
 * `made`: with the journal. `conflict`: the platform holds other records. `restore`: the folder came from a backup. `profile`:
 * what comes after is named, hashed and signed with the algorithms of another profile.
 */
export const EPOCH_CAUSES = ['made', 'conflict', 'restore', 'profile'] as const;
export type EpochCause = (typeof EPOCH_CAUSES)[number];

export interface EpochSpan {
  /** 16 hex digits. */
  readonly epoch: string;
  /** The epoch it forks from; null for a journal's first. */
  readonly parent: string | null;
  /** Position of the first record that is named after it. */
  readonly first: number;
  /** Milliseconds since 1970 UTC; 0 where it was not noted. */
  readonly begunAtMs: number;
  readonly cause: EpochCause;
}

export const EPOCH_KEY = Buffer.from('epoch', 'utf8');
export const LINEAGE_KEY = Buffer.from('lineage', 'utf8');
/** More epochs than a journal that is looked after ever sees: a relay that invents conflicts must not fill the disk. */
export const EPOCHS_MAX = 256;
/** Epochs that were in force once, 8 bytes each, oldest first. A fork may leave one that names no position any more. */
export const FORMER_EPOCHS_KEY = Buffer.from('former-epochs', 'utf8');
const FORMER_EPOCHS_MAX = 4_096;
const EPOCH_BYTES = 8;
const NO_PARENT = '0'.repeat(EPOCH_BYTES * 2);
/** Epoch, parent, first position and time, 8 bytes each; cause, 1 byte. */
const SPAN_BYTES = 33;

export class Lineage {
  /** Oldest first; at least one. The first position of each is above that of the one before. */
  readonly spans: readonly EpochSpan[];
  /** The epoch in force. */
  readonly current: EpochSpan;

  /** Throws JournalError `corrupt` when there is none, or they are not in order. */
  constructor(spans: readonly EpochSpan[]) {
    const current = spans.at(-1);
    const inOrder = spans.every(({ first }, i) => first > (spans[i - 1]?.first ?? 0));
    if (!current || !inOrder) throw new JournalError('corrupt', "the journal's epochs are damaged");
    this.spans = spans;
    this.current = current;
  }

  /** The span that names a position. Positions before the first span, which nobody keeps, count to it. */
  at(position: number): EpochSpan {
    return this.spans[this.#indexAt(position)] ?? this.current;
  }

  /** Last position that is named as this one is; infinite in the epoch in force. */
  lastNamedAs(position: number): number {
    const next = this.spans[this.#indexAt(position) + 1];
    return next ? next.first - 1 : Number.POSITIVE_INFINITY;
  }

  /** Name of a record for the platform, EPOCH:POSITION. */
  idOf(position: number): string {
    return `${this.at(position).epoch}:${position}`;
  }

  /**
   * The lineage with another epoch, which names everything behind a position. `kept`: position of the oldest record
   * there is; spans that end before it are let go where there are too many. Throws JournalError `failed` when none can.
   */
  forked(epoch: string, after: number, cause: EpochCause, begunAtMs: number, kept: number): Lineage {
    if (!Number.isSafeInteger(after) || after < 0) throw new RangeError('an epoch begins behind a position');
    const before = this.spans.filter(({ first }) => first <= after);
    const parent = this.at(after + 1).epoch;
    const spans = [...before, { epoch, parent, first: after + 1, begunAtMs, cause }];
    while (spans.length > EPOCHS_MAX && (spans[1]?.first ?? 0) <= kept) spans.shift();
    if (spans.length > EPOCHS_MAX)
      throw new JournalError('io', `the journal has forked ${EPOCHS_MAX} times: no further epoch is drawn`);
    return new Lineage(spans);
  }

  #indexAt(position: number): number {
    return Math.max(
      0,
      this.spans.findLastIndex(({ first }) => first <= position),
    );
  }

  bytes(): Buffer {
    return Buffer.concat(
      this.spans.map(({ epoch, parent, first, begunAtMs, cause }) =>
        Buffer.concat([
          fromHex(epoch),
          fromHex(parent ?? NO_PARENT),
          positionKey(first),
          positionKey(begunAtMs),
          Buffer.of(EPOCH_CAUSES.indexOf(cause)),
        ]),
      ),
    );
  }
}

/** 16 hex digits that no other epoch has. */
export function freshEpoch(): string {
  return toHex(randomBytes(EPOCH_BYTES));
}

/** The epoch in force, 16 hex digits; null while none was drawn. Throws JournalError `corrupt`. */
export function readEpoch(cursors: Table): string | null {
  return readLineage(cursors)?.current.epoch ?? null;
}

/** The epochs; null while none was drawn. Throws JournalError `corrupt`. */
export function readLineage(cursors: Table): Lineage | null {
  const value = cursors.get(EPOCH_KEY);
  if (!value) return null;
  if (value.length !== EPOCH_BYTES) throw new JournalError('corrupt', "the journal's epoch is damaged");
  const epoch = toHex(value);
  const kept = cursors.get(LINEAGE_KEY);
  if (!kept) return new Lineage([{ epoch, parent: null, first: 1, begunAtMs: 0, cause: 'made' }]);
  const lineage = new Lineage(readSpans(kept));
  if (lineage.current.epoch !== epoch) throw new JournalError('corrupt', "the journal's epochs are damaged");
  return lineage;
}

/** Every epoch that is or was in force, the one in force last. Throws JournalError `corrupt`. */
export function everyEpoch(cursors: Table): readonly string[] {
  const spans = readLineage(cursors)?.spans ?? [];
  return [...new Set([...formerEpochs(cursors), ...spans.map(({ epoch }) => epoch)])];
}

/** What is to be kept under FORMER_EPOCHS_KEY once an epoch is no longer in force. */
export function formerEpochsWith(cursors: Table, epoch: string): Buffer {
  const all = [...formerEpochs(cursors), epoch].slice(-FORMER_EPOCHS_MAX);
  return Buffer.concat(all.map(fromHex));
}

function formerEpochs(cursors: Table): string[] {
  const bytes = cursors.get(FORMER_EPOCHS_KEY) ?? Buffer.alloc(0);
  return Array.from({ length: Math.floor(bytes.length / EPOCH_BYTES) }, (_, i) =>
    toHex(bytes.subarray(i * EPOCH_BYTES, (i + 1) * EPOCH_BYTES)),
  );
}

/** The epochs, the first drawn if there is none. Kept before it returns, and on disk no later than any record after. */
export function drawnLineage(cursors: Table, nowMs: number): Lineage {
  const kept = readLineage(cursors);
  if (kept !== null) return kept;
  const epoch = freshEpoch();
  const made = new Lineage([{ epoch, parent: null, first: 1, begunAtMs: nowMs, cause: 'made' }]);
  // In this order: a crash between the two leaves an epoch to be drawn, or a whole one.
  cursors.putSync(LINEAGE_KEY, made.bytes());
  cursors.putSync(EPOCH_KEY, Buffer.from(fromHex(epoch)));
  return made;
}

function readSpans(bytes: Buffer): EpochSpan[] {
  if (bytes.length % SPAN_BYTES !== 0) throw new JournalError('corrupt', "the journal's epochs are damaged");
  return Array.from({ length: bytes.length / SPAN_BYTES }, (_, i) => {
    const one = bytes.subarray(i * SPAN_BYTES, (i + 1) * SPAN_BYTES);
    const [parent, cause] = [toHex(one.subarray(8, 16)), EPOCH_CAUSES[one.readUInt8(32)]];
    if (cause === undefined) throw new JournalError('corrupt', "the journal's epochs are damaged");
    return {
      epoch: toHex(one.subarray(0, 8)),
      parent: parent === NO_PARENT ? null : parent,
      first: readPosition(one.subarray(16, 24)),
      begunAtMs: readPosition(one.subarray(24, 32)),
      cause,
    };
  });
}
