/**
 * Handles of the keys that a thread has tables for in the addon, by the bytes of the key. Of a key that is looked for most
 * often there is none, so a look-up compares one number first.
 */
import { LRUCache } from 'lru-cache';
import { equalBytes } from '../codecs/hex.ts';

/** A table in the addon, and for whom it was made. */
interface Prepared {
  readonly publicKey: Uint8Array;
  readonly handle: number;
  readonly owners: Set<object>;
}

export class PreparedHandles {
  /** Of keys that begin alike, the last one prepared: the others are verified without a table. */
  readonly #byTag: LRUCache<number, Prepared>;

  /** `release`: called with each handle that is given up. */
  constructor(max: number, release: (handle: number) => void) {
    this.#byTag = new LRUCache({ max, dispose: ({ handle }) => release(handle) });
  }

  /** The handle of a key; undefined: there is none. */
  get(publicKey: Uint8Array): number | undefined {
    const prepared = this.#byTag.get(tagOf(publicKey));
    return prepared !== undefined && equalBytes(prepared.publicKey, publicKey) ? prepared.handle : undefined;
  }

  /** One more owner of a key that is here; whether it is. */
  share(publicKey: Uint8Array, owner: object): boolean {
    const prepared = this.#byTag.get(tagOf(publicKey));
    if (prepared === undefined || !equalBytes(prepared.publicKey, publicKey)) return false;
    prepared.owners.add(owner);
    return true;
  }

  set(publicKey: Uint8Array, handle: number, owner: object): void {
    const copy = new Uint8Array(publicKey);
    this.#byTag.set(tagOf(copy), { publicKey: copy, handle, owners: new Set([owner]) });
  }

  /** Gives up the key that was not used for the longest time; whether there was one. */
  pop(): boolean {
    return this.#byTag.pop() !== undefined;
  }

  /** Gives up what was made for this owner, and for no other. */
  release(owner: object): void {
    for (const [tag, { owners }] of [...this.#byTag.entries()]) {
      if (owners.delete(owner) && owners.size === 0) this.#byTag.delete(tag);
    }
  }
}

/** The first four bytes of X. */
function tagOf(publicKey: Uint8Array): number {
  return (
    ((publicKey[0] as number) << 24) |
    ((publicKey[1] as number) << 16) |
    ((publicKey[2] as number) << 8) |
    (publicKey[3] as number)
  );
}
