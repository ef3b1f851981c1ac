/**
 * Whether an LMDB data file can be mapped: a page that the file does not have, or that is no page, ends the process with
 * SIGBUS or SIGSEGV when it is touched. So the file is looked at by reading, before the map is made.
 *
 * Layout as in mdb.c of lmdb-js 3.5 (LMDB 1.0, data version 2), little-endian, 64 bits: a page begins with its number
 * (8 bytes), transaction (8), padding (2), flags (2), and lower and upper bound of its free space (2 each); what follows counts
 * places from there. Pages 0 and 1 are meta pages. The file may rightly be shorter than its last page where the pages at the end are free ones.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { OnecardError } from '../../config/onecard-error.ts';

/** The data file of an environment's folder. */
export const lmdbDataFile = (folder: string) => join(folder, 'data.mdb');

/** What the file says of itself that cannot be, in a sentence with the file's name. */
export class LmdbFileError extends OnecardError {
  override readonly name = 'LmdbFileError';
  readonly code = 'lmdb_file_unusable';
}

const PAGE_HEADER_BYTES = 24;
const META_BYTES = PAGE_HEADER_BYTES + 144;
const MAGIC = 0xbeef_c0de;
const DATA_VERSION = 2;
const PAGE_BYTES_MIN = 256;
const PAGE_BYTES_MAX = 65_536;
const DEPTH_MAX = 32;
/** No page: the root of a tree that is empty. */
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

const FLAG = { branch: 0x01, leaf: 0x02, meta: 0x08 } as const;
const NODE_FLAG = { big: 0x01, tree: 0x02, duplicates: 0x04 } as const;
/** lmdb-js: committed and not yet synced; after a crash of the machine the meta in the middle of page 0 counts. */
const NOT_SYNCED = 0x1000;
/** A writer may go on while the file is looked at, and use pages again that were part of what was read before. */
const LOOKS = 8;

interface Tree {
  readonly flags: number;
  readonly depth: number;
  readonly root: bigint;
}

interface Meta {
  readonly pageBytes: number;
  readonly free: Tree;
  readonly main: Tree;
  readonly lastPage: number;
  readonly transaction: bigint;
}

/** Throws LmdbFileError when the file cannot be mapped, and what the file system throws when it cannot be read. */
export function checkLmdbFile(file: string): void {
  const descriptor = openSync(file, 'r');
  try {
    for (let look = 1; ; look += 1) {
      const fault = faultOf(descriptor);
      if (fault === null) return;
      if (look === LOOKS) throw new LmdbFileError(`${file} ${fault}`);
    }
  } finally {
    closeSync(descriptor);
  }
}

function faultOf(descriptor: number): string | null {
  const { size } = fstatSync(descriptor);
  if (size === 0) return 'is empty';
  const first = bytesAt(descriptor, 0, META_BYTES);
  if (first === null) return `is cut off: it has ${size} bytes, less than its first page`;
  const fault = metaFault(first, 0);
  if (fault) return fault;
  const pageBytes = first.readUInt32LE(PAGE_HEADER_BYTES + 24);
  if (!isPageSize(pageBytes)) return `is damaged: its first page tells a page size of ${pageBytes} bytes`;
  const second = bytesAt(descriptor, pageBytes, META_BYTES);
  if (second === null) return `is cut off: it has ${size} bytes, less than its first two pages`;
  const secondFault = metaFault(second, 1);
  if (secondFault) return secondFault;
  const meta = inForce(metaOf(first, pageBytes), metaOf(second, pageBytes), descriptor);
  return treeFault(new Pages(descriptor, size, meta), meta);
}

function metaFault(page: Buffer, number: 0 | 1): string | null {
  const which = number === 0 ? 'first' : 'second';
  const isMeta = (page.readUInt16LE(18) & FLAG.meta) !== 0;
  if (!isMeta || page.readUInt32LE(PAGE_HEADER_BYTES) !== MAGIC)
    return `is damaged: its ${which} page is no meta page of LMDB`;
  const version = page.readUInt32LE(PAGE_HEADER_BYTES + 4) & 0xffff;
  if (version !== DATA_VERSION)
    return `is of version ${version} of LMDB, where ${DATA_VERSION} is read: it was written by another program, or is damaged`;
  return null;
}

function isPageSize(bytes: number): boolean {
  return bytes >= PAGE_BYTES_MIN && bytes <= PAGE_BYTES_MAX && (bytes & (bytes - 1)) === 0;
}

function metaOf(page: Buffer, pageBytes: number): Meta {
  const at = PAGE_HEADER_BYTES;
  return {
    pageBytes,
    free: treeAt(page, at + 24),
    main: treeAt(page, at + 72),
    lastPage: Number(page.readBigUInt64LE(at + 120)),
    transaction: page.readBigUInt64LE(at + 128),
  };
}

function treeAt(bytes: Buffer, at: number): Tree {
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    root: bytes.readBigUInt64LE(at + 40),
  };
}

/** The meta that LMDB goes on from: the newest, or where that may not have reached the disk, the last that did. */
function inForce(first: Meta, second: Meta, descriptor: number): Meta {
  const newest = first.transaction >= second.transaction ? first : second;
  if ((newest.free.flags & NOT_SYNCED) === 0) return newest;
  const synced = bytesAt(descriptor, newest.pageBytes / 2, META_BYTES);
  const meta = synced && metaOf(synced, newest.pageBytes);
  return meta && meta.transaction > 0n ? meta : newest;
}

class Pages {
  readonly #descriptor: number;
  readonly #pageBytes: number;
  readonly #lastPage: number;
  readonly #fileBytes: number;
  /** Whole pages that the file has. */
  readonly there: number;

  constructor(descriptor: number, fileBytes: number, { pageBytes, lastPage }: Meta) {
    this.#descriptor = descriptor;
    this.#pageBytes = pageBytes;
    this.#lastPage = lastPage;
    this.#fileBytes = fileBytes;
    this.there = Math.floor(fileBytes / pageBytes);
  }

  /** Whether all pages that were ever used are there, so that no reference can lead past the end. */
  get complete(): boolean {
    return this.#lastPage < this.there;
  }

  /** Why a page cannot be in use, or null. */
  numberFault(page: number): string | null {
    if (page <= 1 || page > this.#lastPage) return `is damaged: a page has the number ${page}`;
    if (page < this.there) return null;
    const wanted = (this.#lastPage + 1) * this.#pageBytes;
    return `is cut off: it has ${this.#fileBytes} of ${wanted} bytes, and page ${page} is behind its end`;
  }

  read(page: number): Buffer | null {
    return bytesAt(this.#descriptor, page * this.#pageBytes, this.#pageBytes);
  }
}

/** Roots are looked at always; every page only where the file is short, which it may be if none of them is missing. */
function treeFault(pages: Pages, { free, main }: Meta): string | null {
  return rootFault(pages, free) ?? rootFault(pages, main) ?? subtrees(pages, main);
}

function rootFault(pages: Pages, { root, depth }: Tree): string | null {
  if (root === NO_PAGE) return depth === 0 ? null : 'is damaged: a tree has no root';
  if (depth === 0 || depth > DEPTH_MAX) return `is damaged: a tree is ${depth} pages deep`;
  return pageFault(pages, Number(root), depth, pages.complete);
}

/** Roots of the named tables, which the main tree holds. */
function subtrees(pages: Pages, { root, depth }: Tree): string | null {
  // As few tables as there are fit on one page.
  if (root === NO_PAGE || depth !== 1) return null;
  const page = pages.read(Number(root));
  if (page === null) return null;
  for (const node of nodesOf(page) ?? []) {
    const tree = (node.flags & NODE_FLAG.tree) !== 0 && node.data + 48 <= page.length;
    const fault = tree ? rootFault(pages, treeAt(page, node.data)) : null;
    if (fault) return fault;
  }
  return null;
}

/** `levels`: of the tree from this page down. `shallow`: not the pages below it. */
function pageFault(pages: Pages, number: number, levels: number, shallow: boolean): string | null {
  const fault = pages.numberFault(number);
  if (fault) return fault;
  const page = pages.read(number);
  const wanted = levels > 1 ? FLAG.branch : FLAG.leaf;
  const isPage = page !== null && page.readBigUInt64LE(0) === BigInt(number);
  if (!isPage || (page.readUInt16LE(18) & (FLAG.branch | FLAG.leaf | FLAG.meta)) !== wanted)
    return `is damaged: page ${number} is not what its tree says it is`;
  const nodes = nodesOf(page);
  if (nodes === null) return `is damaged: page ${number} has entries outside of itself`;
  if (shallow) return null;
  for (const node of nodes) {
    const below =
      levels > 1
        ? pageFault(pages, node.page, levels - 1, false)
        : (node.flags & NODE_FLAG.big) !== 0 && node.data + 8 <= page.length
          ? pages.numberFault(Number(page.readBigUInt64LE(node.data)))
          : null;
    if (below) return below;
  }
  return null;
}

interface Node {
  readonly flags: number;
  /** Of a branch: the page below. */
  readonly page: number;
  /** Where the value of a leaf begins in the page. */
  readonly data: number;
}

/** Null when an entry is not within the page. */
function nodesOf(page: Buffer): Node[] | null {
  const lower = PAGE_HEADER_BYTES + page.readUInt16LE(20);
  const count = (lower - PAGE_HEADER_BYTES) >> 1;
  if (lower > page.length) return null;
  const nodes: Node[] = [];
  for (let i = 0; i < count; i += 1) {
    const at = PAGE_HEADER_BYTES + page.readUInt16LE(PAGE_HEADER_BYTES + 2 * i);
    if (at < lower || at + 8 > page.length) return null;
    const [low, high, flags, keyBytes] = [0, 2, 4, 6].map((offset) => page.readUInt16LE(at + offset));
    const data = at + 8 + (keyBytes ?? 0);
    if (data > page.length) return null;
    nodes.push({
      flags: flags ?? 0,
      page: (low ?? 0) + (high ?? 0) * 0x1_0000 + (flags ?? 0) * 0x1_0000_0000,
      data,
    });
  }
  return nodes;
}

/** Null when the file does not have them all. */
function bytesAt(descriptor: number, position: number, length: number): Buffer | null {
  const bytes = Buffer.alloc(length);
  return readSync(descriptor, bytes, 0, length, position) === length ? bytes : null;
}
