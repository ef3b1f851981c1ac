/**
 * What earlier taps under one revision of trust have proven: issuers' keys, and whole authorisations. A code whose
 * authorisation is known, byte for byte, is judged by what changes from tap to tap: the clock, the generation time and
 * the user's signature. What else it says follows from the same bytes, and is read from the code that is shown.
 */
import { EntryReader } from '../../cache/entry-reader.ts';
import { EntryWriter } from '../../cache/entry-writer.ts';
import type { CacheSpace, SlabCache } from '../../cache/slab-cache.ts';
import { tailOf } from '../../cache/tail-of.ts';
import { NOTHING, PUBLIC_KEY_BYTES, sm2Job } from '../../engine/job.ts';
import type { PendingProof } from '../family.ts';
import { countIssuerUse } from '../issuer-key-use.ts';
import { presentedFacts } from './facts.ts';
import {
  authorisedEnd,
  certificateOf,
  generatedMsAt,
  LOCAL_VERSION,
  SIGNATURE_MARK,
  validityMsOf,
} from './layout.ts';
import { userIdOf } from './profile.ts';
import { sizeIsRight } from './read.ts';
import type { CaAnchor, TransitTrust } from './trust.ts';

/** Under one version of the code, which stands for the IDs that signatures bind. */
interface VersionSpaces {
  /** Issuer certificates whose CA signature verified: the issuer's key, and how often it was used. */
  readonly issuers: CacheSpace;
  /** Authorisations whose every check held, but for those that look at the clock. */
  readonly authorisations: CacheSpace;
}

const AUTHORISED_OFFSET = 3;
const GENERATED_BYTES = 4;
const NEW_ISSUER_USES = Uint8Array.of(0);

const entry = new EntryWriter();

export class RememberedCodes {
  readonly #cache: SlabCache;
  readonly #reader: EntryReader;
  readonly #interoperable: VersionSpaces;
  readonly #local: VersionSpaces;

  constructor(cache: SlabCache, open: (part: string) => CacheSpace) {
    this.#cache = cache;
    this.#reader = new EntryReader(cache);
    const spaces = () => ({
      issuers: open('ride_code_issuers'),
      authorisations: open('ride_code_authorisations'),
    });
    this.#interoperable = spaces();
    this.#local = spaces();
  }

  /** The issuer's key, X ‖ Y, where the code's certificate was proven. */
  issuerKey(bytes: Uint8Array): Uint8Array | null {
    const at = this.#findIssuer(bytes);
    return at < 0 ? null : this.#reader.open(at).raw(PUBLIC_KEY_BYTES);
  }

  /** The user's key, X ‖ Y, where the authorisation of a code of the right size was proven. */
  userKey(bytes: Uint8Array): Uint8Array | null {
    const at = this.#findAuthorisation(bytes);
    return at < 0 ? null : this.#reader.open(at).raw(PUBLIC_KEY_BYTES);
  }

  keepIssuer(bytes: Uint8Array, publicKey: Uint8Array): void {
    const certificate = certificateOf(bytes);
    entry.reset().raw(publicKey).raw(NEW_ISSUER_USES);
    this.#cache.keep(this.#spacesOf(bytes).issuers, tailOf(certificate), certificate, entry.written());
  }

  /** Whether this was the use after which the issuer's key is worth a table. */
  countIssuerUse(bytes: Uint8Array): boolean {
    const at = this.#findIssuer(bytes);
    return at >= 0 && countIssuerUse(this.#cache, at + PUBLIC_KEY_BYTES);
  }

  /** `notAfterMs`: until when CA key, certificate and authorisation are good, all of them. `anchor`: its number. */
  keepAuthorisation(bytes: Uint8Array, userKey: Uint8Array, notAfterMs: number, anchor: number): void {
    const key = authorisedPart(bytes);
    entry.reset().raw(userKey).f64(notAfterMs).u16(anchor);
    this.#cache.keep(this.#spacesOf(bytes).authorisations, tailOf(key), key, entry.written());
  }

  /**
   * The proof of a code whose authorisation is known and of which nothing but the user's signature is open. Null for any
   * other: every check is made then, one by one, and the first that fails is named.
   */
  begin(bytes: Uint8Array, { setting, anchors }: TransitTrust, atMs: number): PendingProof | null {
    if (!sizeIsRight(bytes)) return null;
    const at = this.#findAuthorisation(bytes);
    if (at < 0) return null;
    const reader = this.#reader.open(at);
    const userKey = reader.raw(PUBLIC_KEY_BYTES);
    const notAfterMs = reader.f64();
    const { region } = anchors.numbered[reader.u16()] as CaAnchor;
    const end = authorisedEnd(bytes);
    const generatedMs = generatedMsAt(bytes, end);
    const inTime = atMs <= notAfterMs && Math.abs(atMs - generatedMs) <= validityMsOf(bytes);
    if (!inTime) return null;
    const signatureAt = end + GENERATED_BYTES;
    if (bytes[signatureAt] !== SIGNATURE_MARK) return null;
    setting.counters.chainHits += 1;
    setting.counters.authorisationHits += 1;
    const signature = bytes.subarray(signatureAt + 1);
    const job = sm2Job(userKey, userIdOf(bytes), bytes.subarray(0, signatureAt), signature, NOTHING, true);
    return {
      checks: [{ check: 'user.signature', code: 'signature.user', job }],
      facts: presentedFacts(bytes, region, generatedMs),
      remember: null,
    };
  }

  #spacesOf(bytes: Uint8Array): VersionSpaces {
    return bytes[0] === LOCAL_VERSION ? this.#local : this.#interoperable;
  }

  #findIssuer(bytes: Uint8Array): number {
    const certificate = certificateOf(bytes);
    return this.#cache.find(this.#spacesOf(bytes).issuers, tailOf(certificate), certificate);
  }

  #findAuthorisation(bytes: Uint8Array): number {
    const key = authorisedPart(bytes);
    return this.#cache.find(this.#spacesOf(bytes).authorisations, tailOf(key), key);
  }
}

/** Fields 3 to 15: what the issuer signed, its certificate, and its signature. */
function authorisedPart(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(AUTHORISED_OFFSET, authorisedEnd(bytes));
}
