/** Builds a list from its cards. At 20 million: some 700 MiB of working memory. */

import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { NamedDigest } from '../crypto/named-digest.ts';
import { syncFolder } from '../gateway/storage/private-files.ts';
import { fillBase } from './base-fill.ts';
import { bucketBitsFor, DICTIONARY_MAX, type ListValue, openBase } from './base-table.ts';
import { CollectedCards } from './collected-cards.ts';
import { ListBuildError } from './list-errors.ts';
import { listFileParts } from './list-file.ts';
import {
  LIST_KEY_BYTES,
  LISTED_STATES,
  type ListedState,
  type ListHandle,
  type ListMemory,
} from './list-handle.ts';
import { headerFault, headOf, type ListHeader } from './list-header.ts';
import { LIST_KEY_WORDS, type ListKeyHash, listKeyHash } from './list-key.ts';

export interface ListBuilderOptions {
  /** `cards`, or that of a named list. */
  readonly name: string;
  /** 32 hex digits; drawn when left out. */
  readonly generation?: string;
  /** 16 bytes; drawn when left out. One generation has one key. */
  readonly hashKey?: Uint8Array;
  readonly revision: number;
  readonly chainHash: NamedDigest;
  /** As in the header. */
  readonly sm3ChainHash?: NamedDigest;
  readonly issuedAtMs: number;
  readonly freshUntilMs: number;
  readonly staleUntilMs: number;
  /** Issuers all of whose cards are on the list; cards of others are refused by `add`. */
  readonly covers: readonly string[];
  /** Spares room from growing; more or fewer may come. */
  readonly expectedCards?: number;
}

export interface BuiltList {
  readonly header: ListHeader;
  readonly base: ListMemory;
}

export class ListBuilder {
  readonly generation: string;
  readonly #options: ListBuilderOptions;
  readonly #hashKey: Uint8Array;
  readonly #hash: ListKeyHash;
  readonly #covers: ReadonlySet<string>;
  readonly #cards: CollectedCards;
  readonly #key = new Uint32Array(LIST_KEY_WORDS);
  readonly #keyBytes = new Uint8Array(this.#key.buffer);

  /** Throws ListBuildError (`unusable`) when what is said of the list cannot stand in a header. */
  constructor(options: ListBuilderOptions) {
    this.#options = options;
    this.generation = options.generation ?? randomBytes(16).toString('hex');
    this.#hashKey = Uint8Array.from(options.hashKey ?? randomBytes(16));
    this.#covers = new Set(options.covers);
    this.#cards = new CollectedCards(options.expectedCards ?? 0);
    const fault = headerFault(this.#header(0, bucketBitsFor(0), 0, []));
    if (fault !== null) throw new ListBuildError('unusable', fault);
    this.#hash = listKeyHash(this.#hashKey);
  }

  /** Cards taken so far. */
  get size(): number {
    return this.#cards.size;
  }

  /** Takes a card. Throws ListBuildError (`unusable`) for an issuer that is not covered and a value no card has. */
  add(issuer: string, credentialId: string, state: ListedState, entitlements: number): void {
    if (!this.#covers.has(issuer)) throw new ListBuildError('unusable', 'a card of an issuer not covered');
    this.#hash(issuer, credentialId, this.#key);
    this.#take(state, entitlements);
  }

  /** Takes a card by its key of 16 bytes. Throws like `add`. */
  addKey(key: Uint8Array, state: ListedState, entitlements: number): void {
    if (key.length !== LIST_KEY_BYTES) throw new ListBuildError('unusable', 'a key of another length');
    this.#keyBytes.set(key);
    this.#take(state, entitlements);
  }

  #take(state: ListedState, entitlements: number): void {
    const number = 1 + LISTED_STATES.indexOf(state);
    if (number === 0) throw new ListBuildError('unusable', 'a card in a state that no list has');
    if (entitlements >>> 0 !== entitlements) {
      throw new ListBuildError('unusable', 'entitlements are a whole number of 32 bits');
    }
    this.#cards.push(this.#key, number, entitlements);
  }

  /** The list in memory. Throws ListBuildError: `duplicate`, `collision` or `crowded`. */
  build(): BuiltList {
    const dictionary = this.#cards.frequentValues(DICTIONARY_MAX);
    const bucketBits = bucketBitsFor(this.#cards.size);
    const base = fillBase(this.#cards, bucketBits, dictionary);
    const exceptions = base.numbers[2] ?? 0;
    return { header: this.#header(this.#cards.size, bucketBits, exceptions, dictionary), base };
  }

  /** As `build`, ready to be looked into. */
  toHandle(): ListHandle {
    const { header, base } = this.build();
    const { covers, cards: size } = header;
    return { head: headOf(header), hashKey: this.#hashKey, covers, size, base, overlays: [] };
  }

  /** The bytes of the list's file. Throws like `build`. */
  toBytes(): Uint8Array {
    const { header, base } = this.build();
    return Buffer.concat([...listFileParts(header, base)]);
  }

  /** Writes the list's file, whole or not at all. Throws like `build`, and the system's errors. */
  write(path: string): BuiltList {
    const built = this.build();
    writeListFile(path, built);
    return built;
  }

  #header(
    cards: number,
    bucketBits: number,
    exceptions: number,
    dictionary: readonly ListValue[],
  ): ListHeader {
    const { name, revision, chainHash, sm3ChainHash, covers } = this.#options;
    const { issuedAtMs, freshUntilMs, staleUntilMs } = this.#options;
    return {
      format: 'onecard.list.v1',
      name,
      generation: this.generation,
      hashKey: Buffer.from(this.#hashKey).toString('hex'),
      revision,
      chainHash,
      ...(sm3ChainHash && { sm3ChainHash }),
      issuedAtMs,
      freshUntilMs,
      staleUntilMs,
      covers: [...covers],
      cards,
      bucketBits,
      exceptions,
      dictionary: dictionary.map(([state, entitlements]) => [state, entitlements]),
    };
  }
}

/** A list whose overlays are merged, as its file has it. Throws RangeError when there are overlays. */
export function listOf({ head, hashKey, covers, base, overlays }: ListHandle): BuiltList {
  if (overlays.length > 0) throw new RangeError('a list file holds no overlays: compact the list first');
  const { cards, bucketBits, exceptions, dictionary } = openBase(base);
  const header: ListHeader = {
    format: 'onecard.list.v1',
    name: head.name,
    generation: head.generation,
    hashKey: Buffer.from(hashKey).toString('hex'),
    revision: head.revision,
    chainHash: head.chainHash,
    ...(head.sm3ChainHash && { sm3ChainHash: head.sm3ChainHash }),
    issuedAtMs: head.issuedAtMs,
    freshUntilMs: head.freshUntilMs,
    staleUntilMs: head.staleUntilMs,
    covers: [...covers],
    cards,
    bucketBits,
    exceptions,
    dictionary: dictionary.map(([state, entitlements]) => [state, entitlements]),
  };
  return { header, base };
}

/** Writes a list's file beside its place, makes it durable, and moves it there. Throws the system's errors. */
export function writeListFile(path: string, { header, base }: BuiltList): void {
  mkdirSync(dirname(path), { recursive: true });
  const beside = `${path}.${process.pid}.part`;
  try {
    const file = openSync(beside, 'w', 0o600);
    try {
      for (const part of listFileParts(header, base)) {
        for (let at = 0; at < part.length; ) at += writeSync(file, part, at);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(beside, { force: true });
    throw error;
  }
}
