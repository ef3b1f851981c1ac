/**
 * What earlier taps under one revision of trust have proven: certificates of cards, byte for byte, with all that a later tap needs;
 * and CAs that cards showed. A card that is known costs one signature.
 */
import { EntryReader } from '../../cache/entry-reader.ts';
import { EntryWriter } from '../../cache/entry-writer.ts';
import type { CacheSpace, SlabCache } from '../../cache/slab-cache.ts';
import { tailOf } from '../../cache/tail-of.ts';
import type { Certificate } from '../../certificates/certificate.ts';
import { parseCertificate } from '../../certificates/parse.ts';
import { prepareKey } from '../../certificates/signature-check.ts';
import { equalBytes } from '../../codecs/hex.ts';
import { PUBLIC_KEY_BYTES, type SignatureEngine } from '../../engine/job.ts';
import type { TrustSetting } from '../family.ts';

export interface KnownCard {
  readonly algorithm: 'sm2' | 'p256';
  /** X ‖ Y. */
  readonly publicKey: Uint8Array;
  /** Number of the anchor. */
  readonly anchor: number;
  /** While the whole chain holds: all validities, and the lists that were asked. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Of the card's certificate. */
  readonly validUntilMs: number;
  readonly credentialId: string;
  readonly subject: string;
  readonly issuer: string;
  readonly country: string;
  readonly authority: string;
}

/** CAs that are kept read; a city has few. */
const CAS_MAX = 64;
/** A table takes as long to make as some sixty verifications, so a CA that is seen once or twice gets none. */
const PREPARED_AT_USE = 3;

interface KnownCa {
  readonly certificate: Certificate;
  /** The certificate that signed it: another of the same name may not have. Of trust, or a CA that is known. */
  readonly issuer: Certificate;
  uses: number;
}

const entry = new EntryWriter();

export class RememberedCards {
  readonly #cache: SlabCache;
  readonly #reader: EntryReader;
  readonly #engine: SignatureEngine;
  readonly #cards: CacheSpace;
  readonly #cas: KnownCa[] = [];

  constructor({ cache, openSpace, engine }: TrustSetting) {
    this.#cache = cache;
    this.#reader = new EntryReader(cache);
    this.#engine = engine;
    this.#cards = openSpace('card_pki_certificates');
  }

  /** A CA whose path was proven, of exactly these bytes. */
  ca(der: Uint8Array): Certificate | null {
    return this.#caOf(der)?.certificate ?? null;
  }

  /** The path that was proven from this CA to its anchor; null: none, or none that this CA is the first of. */
  pathFrom(ca: Certificate): readonly Certificate[] | null {
    const path = [ca];
    for (let known = this.#caOf(ca.der); known !== undefined; known = this.#caOf(known.issuer.der)) {
      if (path.length > CAS_MAX) return null;
      path.push(known.issuer);
    }
    return path.length > 1 ? path : null;
  }

  /** Whether it was proven that this issuer signed this CA. */
  isSignedBy(ca: Certificate, issuer: Certificate): boolean {
    const known = this.#caOf(ca.der);
    return known !== undefined && equalBytes(known.issuer.der, issuer.der);
  }

  card(der: Uint8Array): KnownCard | null {
    const at = this.#cache.find(this.#cards, tailOf(der), der);
    if (at < 0) return null;
    const reader = this.#reader.open(at);
    return {
      publicKey: reader.raw(PUBLIC_KEY_BYTES),
      algorithm: reader.u8() === SM2 ? 'sm2' : 'p256',
      anchor: reader.u16(),
      notBeforeMs: reader.f64(),
      notAfterMs: reader.f64(),
      validUntilMs: reader.f64(),
      credentialId: reader.text(),
      subject: reader.text(),
      issuer: reader.text(),
      country: reader.text(),
      authority: utf8Of(reader.bytes()),
    };
  }

  /** The whole proof held; `path`: leaf first, anchor last. */
  keep(card: KnownCard, path: readonly Certificate[]): void {
    const { der } = path[0] as Certificate;
    entry
      .reset()
      .raw(card.publicKey)
      .u8(card.algorithm === 'sm2' ? SM2 : P256)
      .u16(card.anchor)
      .f64(card.notBeforeMs)
      .f64(card.notAfterMs)
      .f64(card.validUntilMs)
      .text(card.credentialId)
      .text(card.subject)
      .text(card.issuer)
      .text(card.country)
      .bytes(Buffer.from(card.authority, 'utf8'));
    this.#cache.keep(this.#cards, tailOf(der), der, entry.written());
    // From the top, so that the issuer of each is known first.
    for (let at = path.length - 2; at > 0; at--) {
      this.#keepCa(path[at] as Certificate, path[at + 1] as Certificate);
    }
  }

  #keepCa(certificate: Certificate, issuer: Certificate): void {
    const known = this.#caOf(certificate.der);
    if (known === undefined) {
      if (this.#cas.length >= CAS_MAX) return;
      // A copy: what was shown lies in the memory of its batch.
      const copy = parseCertificate(certificate.der.slice());
      if (typeof copy !== 'string')
        this.#cas.push({ certificate: copy, issuer: this.ca(issuer.der) ?? issuer, uses: 1 });
      return;
    }
    known.uses += 1;
    if (known.uses === PREPARED_AT_USE) prepareKey(this.#engine, known.certificate.key);
  }

  #caOf(der: Uint8Array): KnownCa | undefined {
    return this.#cas.find(
      ({ certificate }) => certificate.der.length === der.length && equalBytes(certificate.der, der),
    );
  }
}

const SM2 = 0;
const P256 = 1;

function utf8Of(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}
