/**
 * The list file format `onecard.list.v1`: a header, then the table as it lies in memory, so that loading is reading.
 *
 *   "onecard.list.v1\n" ‖ length of the header in bytes (4 bytes, low first) ‖ header (JSON)
 *   ‖ k1 of each card (4 bytes each) ‖ rest and code (2 bytes each) ‖ cards in each bucket (1 byte each)
 *   ‖ places (4 bytes each), entitlements (4), states (1) of the exceptions
 *
 * All numbers low byte first. Reading trusts nothing: sizes are held against the file's and the limits before memory is
 * taken, and the table is checked whole. Who signed it is for the caller to know (lists are TUF targets).
 */
import type { Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DigestAlgorithm } from '../crypto/algorithms.ts';
import { digesting } from '../crypto/digest.ts';
import { digestAlgorithmOf, type NamedDigest, namedDigest } from '../crypto/named-digest.ts';
import { checkBase } from './base-check.ts';
import { allocateBase, basePartBytes, openBase } from './base-table.ts';
import { ListFileError } from './list-errors.ts';
import type { ListHandle, ListMemory } from './list-handle.ts';
import { headOf, type ListHeader, MAX_HEADER_BYTES, parseHeader, sizesOf } from './list-header.ts';

export const LIST_MAGIC = Buffer.from('onecard.list.v1\n', 'latin1');
const PRELUDE_BYTES = LIST_MAGIC.length + 4;
/** The starts, the last part of the table, are in no file. */
const PARTS_IN_FILE = 6;
/** Read and hashed in one go. */
const CHUNK_BYTES = 4 * 1_048_576;

export interface ListLimits {
  /** More cards are refused before memory is taken for them. */
  readonly maxCards: number;
}

export interface ReadListOptions extends ListLimits {
  /** Another file is refused. Hashed are the very bytes that go into the table. */
  readonly digest?: NamedDigest;
}

/** Reads a list from the bytes of its file. Throws ListFileError. */
export function parseList(bytes: Uint8Array, limits: ListLimits): ListHandle {
  const prelude = readPrelude(bytes.subarray(0, PRELUDE_BYTES), bytes.length);
  const end = PRELUDE_BYTES + prelude.headerBytes;
  const header = readHeader(bytes.subarray(PRELUDE_BYTES, end), end, bytes.length, limits);
  const base = allocateBase(sizesOf(header), header.dictionary);
  let at = end;
  for (const part of base.parts.slice(0, PARTS_IN_FILE)) {
    new Uint8Array(part).set(bytes.subarray(at, at + part.byteLength));
    at += part.byteLength;
  }
  for (const _ of checkBase(openBase(base)));
  return handleOf(header, base);
}

/**
 * Reads a list from its file, piece by piece, giving way to other work between. Rejects with ListFileError, and with the
 * system's error when the file cannot be read.
 */
export async function readListFile(path: string, options: ReadListOptions): Promise<ListHandle> {
  const file = await open(path, 'r');
  try {
    const reader = new Reader(file, (await file.stat()).size, digestAlgorithmOf(options.digest ?? ''));
    const prelude = readPrelude(await reader.take(PRELUDE_BYTES), reader.size);
    const text = await reader.take(prelude.headerBytes);
    const header = readHeader(text, PRELUDE_BYTES + text.length, reader.size, options);
    const base = allocateBase(sizesOf(header), header.dictionary);
    for (const part of base.parts.slice(0, PARTS_IN_FILE)) await reader.fill(new Uint8Array(part));
    await reader.end();
    if (options.digest !== undefined && reader.digest() !== options.digest) {
      throw new ListFileError('other_hash', 'the list file is not the one that was announced');
    }
    for (const _ of checkBase(openBase(base))) await nextTurn();
    return handleOf(header, base);
  } finally {
    await file.close();
  }
}

/** The bytes of a list's file, part by part. Overlays are not in it: merge them first. */
export function* listFileParts(header: ListHeader, base: ListMemory): Generator<Uint8Array> {
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const prelude = Buffer.alloc(PRELUDE_BYTES);
  LIST_MAGIC.copy(prelude);
  prelude.writeUInt32LE(text.length, LIST_MAGIC.length);
  yield prelude;
  yield text;
  for (const part of base.parts.slice(0, PARTS_IN_FILE)) yield new Uint8Array(part);
}

function readPrelude(prelude: Uint8Array, fileBytes: number): { readonly headerBytes: number } {
  const bytes = Buffer.from(prelude);
  if (fileBytes < PRELUDE_BYTES || bytes.length < PRELUDE_BYTES) throw truncated();
  if (!bytes.subarray(0, LIST_MAGIC.length).equals(LIST_MAGIC)) {
    throw new ListFileError('malformed', 'not a list file');
  }
  const headerBytes = bytes.readUInt32LE(LIST_MAGIC.length);
  if (headerBytes > MAX_HEADER_BYTES) throw new ListFileError('oversized', 'the header is too long');
  if (PRELUDE_BYTES + headerBytes > fileBytes) throw truncated();
  return { headerBytes };
}

/** The header, after its sizes were held against the limits and the file. `end`: where it ends in the file. */
function readHeader(text: Uint8Array, end: number, fileBytes: number, { maxCards }: ListLimits): ListHeader {
  const header = parseHeader(Buffer.from(text).toString('utf8'));
  if (typeof header === 'string') throw new ListFileError('malformed', header);
  if (header.cards > maxCards) {
    throw new ListFileError('oversized', `${header.cards} cards are more than the ${maxCards} allowed`);
  }
  const parts = basePartBytes(sizesOf(header)).slice(0, PARTS_IN_FILE);
  const expected = parts.reduce((sum, bytes) => sum + bytes, end);
  if (fileBytes < expected) throw truncated();
  if (fileBytes > expected) throw new ListFileError('trailing', 'bytes follow the list');
  return header;
}

function handleOf(header: ListHeader, base: ListMemory): ListHandle {
  return {
    head: headOf(header),
    hashKey: new Uint8Array(Buffer.from(header.hashKey, 'hex')),
    covers: header.covers,
    size: header.cards,
    base,
    overlays: [],
  };
}

function truncated(): ListFileError {
  return new ListFileError('truncated', 'the list file ends too early');
}

class Reader {
  readonly #file: FileHandle;
  readonly size: number;
  readonly #algorithm: DigestAlgorithm;
  readonly #hash: Hash;

  constructor(file: FileHandle, size: number, algorithm: DigestAlgorithm) {
    this.#file = file;
    this.size = size;
    this.#algorithm = algorithm;
    this.#hash = digesting(algorithm);
  }

  async take(bytes: number): Promise<Uint8Array> {
    const taken = new Uint8Array(bytes);
    await this.fill(taken);
    return taken;
  }

  /** Fills the target from where the last piece ended. Rejects when the file ends before. */
  async fill(target: Uint8Array): Promise<void> {
    let at = 0;
    while (at < target.length) {
      const length = Math.min(CHUNK_BYTES, target.length - at);
      const { bytesRead } = await this.#file.read(target, at, length, null);
      if (bytesRead === 0) throw truncated();
      this.#hash.update(target.subarray(at, at + bytesRead));
      at += bytesRead;
    }
  }

  /** The file may have grown since its size was asked. */
  async end(): Promise<void> {
    const { bytesRead } = await this.#file.read(new Uint8Array(1), 0, 1, null);
    if (bytesRead > 0) throw new ListFileError('trailing', 'bytes follow the list');
  }

  digest(): NamedDigest {
    return namedDigest(this.#algorithm === 'SM3' ? 'sm' : 'international', this.#hash.digest(), 'hex');
  }
}
