/** Certificates of issuers and cards that were proven under one revision of trust. */
import { EntryReader } from '../../cache/entry-reader.ts';
import { EntryWriter } from '../../cache/entry-writer.ts';
import type { CacheSpace, SlabCache } from '../../cache/slab-cache.ts';
import type { Check } from '../family.ts';
import { countIssuerUse } from '../issuer-key-use.ts';
import { CheckLists } from './check-lists.ts';

/** A certificate whose signature holds. */
export interface ProvenCertificate {
  readonly digits: string;
  readonly expiresMs: number;
  readonly serial: string;
  readonly keyBytes: Uint8Array;
  /** The checks that were made on it. */
  readonly checks: readonly Check[];
}

const entry = new EntryWriter();

/** By SHA-256 over who vouches for a certificate and every byte that is signed. */
export class ProvenCertificates {
  readonly #cache: SlabCache;
  readonly #space: CacheSpace;
  readonly #reader: EntryReader;
  readonly #checkLists = new CheckLists();

  constructor(cache: SlabCache, space: CacheSpace) {
    this.#cache = cache;
    this.#space = space;
    this.#reader = new EntryReader(cache);
  }

  find(name: Uint8Array): ProvenCertificate | null {
    const at = this.#at(name);
    if (at < 0) return null;
    const reader = this.#reader.open(at + USES_BYTES);
    const checks = this.#checkLists.numbered(reader.u8());
    return {
      checks,
      expiresMs: reader.f64(),
      digits: reader.text(),
      serial: reader.text(),
      keyBytes: reader.bytes(),
    };
  }

  keep(name: Uint8Array, { digits, expiresMs, serial, keyBytes, checks }: ProvenCertificate): void {
    const list = this.#checkLists.numberOf(checks);
    if (list === null) return;
    entry.reset().u8(0).u8(list).f64(expiresMs).text(digits).text(serial).bytes(keyBytes);
    this.#cache.keep(this.#space, hashOf(name), name, entry.written());
  }

  /** One more signature of its key was verified. Whether this was the use after which the key is worth a table. */
  countUse(name: Uint8Array): boolean {
    const at = this.#at(name);
    return at >= 0 && countIssuerUse(this.#cache, at);
  }

  #at(name: Uint8Array): number {
    return this.#cache.find(this.#space, hashOf(name), name);
  }
}

/** A value begins with how often its key was used. */
const USES_BYTES = 1;

function hashOf(name: Uint8Array): number {
  return (
    ((name[0] as number) << 24) |
    ((name[1] as number) << 16) |
    ((name[2] as number) << 8) |
    (name[3] as number)
  );
}
