/**
 * Credentials whose issuer's signature was verified under one revision of trust. All else is judged anew each time: it follows
 * from what the holder discloses now, and from the clock.
 */
import type { CacheSpace, SlabCache } from '../../cache/slab-cache.ts';

const DIGEST_BYTES = 32;
const NOTHING_KEPT = new Uint8Array(0);

/** Names a signature: whose key, what was signed, and the signature itself. */
export class RememberedCredentials {
  readonly #cache: SlabCache;
  readonly #space: CacheSpace;

  constructor(cache: SlabCache, open: (part: string) => CacheSpace) {
    this.#cache = cache;
    this.#space = open('sd_jwt_credentials');
  }

  /** `digest`: SHA-256 of what the issuer signed. */
  has(key: number, digest: Uint8Array, signature: Uint8Array): boolean {
    return this.#cache.find(this.#space, tailOf(digest), nameOf(key, digest, signature)) >= 0;
  }

  keep(key: number, digest: Uint8Array, signature: Uint8Array): void {
    this.#cache.keep(this.#space, tailOf(digest), nameOf(key, digest, signature), NOTHING_KEPT);
  }
}

function nameOf(key: number, digest: Uint8Array, signature: Uint8Array): Uint8Array {
  const name = new Uint8Array(2 + DIGEST_BYTES + signature.length);
  name[0] = key >>> 8;
  name[1] = key;
  name.set(digest, 2);
  name.set(signature, 2 + DIGEST_BYTES);
  return name;
}

function tailOf(digest: Uint8Array): number {
  return (
    ((digest[28] as number) << 24) |
    ((digest[29] as number) << 16) |
    ((digest[30] as number) << 8) |
    (digest[31] as number)
  );
}
