/**
 * What earlier showings under one revision of trust have proven of credentials that carry all of it themselves: shown again,
 * byte for byte, nothing is open but the clock. Found by what was signed and the signature: with other bytes the verdict must
 * not depend on what happens to be remembered.
 */
import { EntryReader } from '../cache/entry-reader.ts';
import { EntryWriter } from '../cache/entry-writer.ts';
import type { CacheSpace, SlabCache } from '../cache/slab-cache.ts';
import { disclosed, personalText } from '../claims.ts';
import type { ProofFacts } from '../contract.ts';
import type { CacheCounters, PendingProof, TrustSetting } from './family.ts';

/** While a proof holds; both ends included. */
export interface Validity {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Facts without what was asked for, and what all such credentials have in common. */
type KeptFacts = Omit<
  ProofFacts,
  'credentialId' | 'subject' | 'disclosed' | 'statusReference' | 'holderBound'
> & {
  readonly credentialId: string;
  readonly subject: string;
};

const entry = new EntryWriter();

export class RememberedProofs {
  readonly #cache: SlabCache;
  readonly #reader: EntryReader;
  readonly #space: CacheSpace;
  readonly #counters: CacheCounters;

  /** `part`: what metrics call it. */
  constructor({ cache, openSpace, counters }: TrustSetting, part: string) {
    this.#cache = cache;
    this.#reader = new EntryReader(cache);
    this.#space = openSpace(part);
    this.#counters = counters;
  }

  /** The proof of what was shown before, where it holds at this moment; null: it is to be made. */
  begin(shown: Uint8Array, atMs: number): PendingProof | null {
    const at = this.#cache.find(this.#space, hashOf(shown), shown);
    if (at < 0) {
      this.#counters.authorisationMisses += 1;
      return null;
    }
    const reader = this.#reader.open(at);
    const fromMs = reader.f64();
    const untilMs = reader.f64();
    // Whoever makes all checks names the one that fails.
    if (atMs < fromMs || atMs > untilMs) return null;
    this.#counters.authorisationHits += 1;
    const kept = JSON.parse(Buffer.from(reader.bytes()).toString('utf8')) as KeptFacts;
    const { credentialId, subject } = kept;
    return {
      checks: [],
      facts: {
        ...kept,
        credentialId: personalText(credentialId),
        subject: personalText(subject),
        holderBound: false,
      },
      remember: null,
    };
  }

  /** Of a proof whose every check held, of a credential without a holder's key and without a reference to a status. */
  keep(shown: Uint8Array, { fromMs, untilMs }: Validity, facts: ProofFacts): void {
    const { credentialId, subject, issuer, region, mode, nonce, replayableUntilMs, validUntilMs, claims } =
      facts;
    const kept: KeptFacts = {
      credentialId: disclosed(credentialId),
      subject: disclosed(subject),
      issuer,
      region,
      mode,
      nonce,
      replayableUntilMs,
      validUntilMs,
      claims,
    };
    entry
      .reset()
      .f64(fromMs)
      .f64(untilMs)
      .bytes(Buffer.from(JSON.stringify(kept)));
    this.#cache.keep(this.#space, hashOf(shown), shown, entry.written());
  }
}

/**
 * By which all that was shown is remembered: the digest of what was signed, 32 bytes, the signature, and the number of the key
 * where something that is not signed named it.
 */
export function shownKey(digest: Uint8Array, signature: Uint8Array, keyNumber = 0): Uint8Array {
  const key = new Uint8Array(digest.length + signature.length + 2);
  key.set(digest);
  key.set(signature, digest.length);
  key[key.length - 2] = keyNumber >> 8;
  key[key.length - 1] = keyNumber & 0xff;
  return key;
}

/** Any four bytes of a digest find an entry, and all bytes decide. */
function hashOf(shown: Uint8Array): number {
  return (
    ((shown[0] as number) << 24) |
    ((shown[1] as number) << 16) |
    ((shown[2] as number) << 8) |
    (shown[3] as number)
  );
}
