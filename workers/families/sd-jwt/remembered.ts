/**
 * What was verified under one revision of trust: issuers' certificates, and credentials by their issuer's signature. All else is
 * judged anew each time: it follows from what the holder discloses now, and from the clock.
 */
import { hash } from 'node:crypto';
import { EntryReader } from '../../cache/entry-reader.ts';
import { EntryWriter } from '../../cache/entry-writer.ts';
import type { CacheSpace, SlabCache } from '../../cache/slab-cache.ts';
import { PUBLIC_KEY_BYTES } from '../../engine/job.ts';

const DIGEST_BYTES = 32;
const NOTHING_KEPT = new Uint8Array(0);
/** Longer names are not remembered, nor what they belong to. */
const NAME_CHARACTERS_MAX = 255;

/** An issuer's certificates, all of whose signatures hold. Only P-256: another key is slow whatever is remembered. */
export interface KnownChain {
  /** X ‖ Y. */
  readonly publicKey: Uint8Array;
  /** Number of the anchor. */
  readonly anchor: number;
  readonly issuer: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A credential whose issuer's signature holds. */
export interface KnownCredential {
  /** Its holder's key on P-256, X ‖ Y, where the holder has signed; null: another, or none that was looked at. */
  readonly holderKey: Uint8Array | null;
}

const entry = new EntryWriter();

export class RememberedCredentials {
  readonly #cache: SlabCache;
  readonly #reader: EntryReader;
  readonly #credentials: CacheSpace;
  readonly #chains: CacheSpace;

  constructor(cache: SlabCache, open: (part: string) => CacheSpace) {
    this.#cache = cache;
    this.#reader = new EntryReader(cache);
    this.#credentials = open('sd_jwt_credentials');
    this.#chains = open('sd_jwt_chains');
  }

  /** `anchor`: its number. `digest`: SHA-256 of what the issuer signed, its certificates among it. Null: it is not known. */
  credential(anchor: number, digest: Uint8Array, signature: Uint8Array): KnownCredential | null {
    const at = this.#cache.find(this.#credentials, tailOf(digest), nameOf(anchor, digest, signature));
    if (at < 0) return null;
    const holder = this.#reader.open(at).bytes();
    return { holderKey: holder.length === 0 ? null : holder };
  }

  keep(anchor: number, digest: Uint8Array, signature: Uint8Array, { holderKey }: KnownCredential): void {
    const value = entry
      .reset()
      .bytes(holderKey ?? NOTHING_KEPT)
      .written();
    this.#cache.keep(this.#credentials, tailOf(digest), nameOf(anchor, digest, signature), value);
  }

  /** `header`: encoded, with the certificates. `iss`: what the credential calls its issuer; '' where it does not. */
  chain(header: string, iss: string): KnownChain | null {
    const name = chainName(header, iss);
    const at = this.#cache.find(this.#chains, tailOf(name), name);
    if (at < 0) return null;
    const reader = this.#reader.open(at);
    return {
      publicKey: reader.raw(PUBLIC_KEY_BYTES),
      anchor: reader.u16(),
      fromMs: reader.f64(),
      untilMs: reader.f64(),
      issuer: Buffer.from(reader.bytes()).toString('utf8'),
    };
  }

  keepChain(header: string, iss: string, chain: KnownChain): void {
    const { publicKey, anchor, fromMs, untilMs, issuer } = chain;
    if (issuer.length > NAME_CHARACTERS_MAX) return;
    entry.reset().raw(publicKey).u16(anchor).f64(fromMs).f64(untilMs).bytes(Buffer.from(issuer));
    const name = chainName(header, iss);
    this.#cache.keep(this.#chains, tailOf(name), name, entry.written());
  }
}

/** The header is base64url, so no two pairs run together to the same text. */
function chainName(header: string, iss: string): Uint8Array {
  return hash('sha256', `${header}.${iss}`, 'buffer');
}

function nameOf(anchor: number, digest: Uint8Array, signature: Uint8Array): Uint8Array {
  const name = new Uint8Array(2 + DIGEST_BYTES + signature.length);
  name[0] = anchor >>> 8;
  name[1] = anchor;
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
