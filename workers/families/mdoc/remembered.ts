/**
 * What earlier showings under one revision of trust have proven: document signers, by the bytes of their certificates, and issuers'
 * signatures, by those of the whole issuerAuth. Other bytes are another key, so the verdict never depends on what is remembered.
 */
import { EntryReader } from '../../cache/entry-reader.ts';
import { EntryWriter } from '../../cache/entry-writer.ts';
import type { CacheSpace, SlabCache } from '../../cache/slab-cache.ts';
import { tailOf } from '../../cache/tail-of.ts';
import type { CoseCurve } from '../../cose/key.ts';
import type { TrustSetting } from '../family.ts';
import { countIssuerUse } from '../issuer-key-use.ts';
import type { DocumentSigner } from './document-signer.ts';
import type { LoadedAnchor } from './trust.ts';

/** The signer of a remembered issuerAuth; the rest of it is read again. */
export interface KnownIssuerAuth {
  readonly signer: DocumentSigner;
  /** As facts name the credential. */
  readonly credential: string;
}

const CURVES: readonly CoseCurve[] = [
  'p256',
  'p384',
  'p521',
  'brainpoolP256r1',
  'brainpoolP320r1',
  'brainpoolP384r1',
  'brainpoolP512r1',
  'ed25519',
];
const NEW_SIGNER_USES = Uint8Array.of(0);
/** An entry's key may be no longer. */
const KEY_BYTES_MAX = 0xffff;

const entry = new EntryWriter();

export class RememberedDocuments {
  readonly #cache: SlabCache;
  readonly #reader: EntryReader;
  readonly #signers: CacheSpace;
  readonly #issuerAuths: CacheSpace;

  constructor({ cache, openSpace }: TrustSetting) {
    this.#cache = cache;
    this.#reader = new EntryReader(cache);
    this.#signers = openSpace('mdoc_document_signers');
    this.#issuerAuths = openSpace('mdoc_issuer_signatures');
  }

  signer(certificate: Uint8Array, anchors: readonly LoadedAnchor[]): DocumentSigner | null {
    const at = this.#findSigner(certificate);
    // The count of uses comes first, in a byte.
    return at < 0 ? null : readSigner(this.#reader.open(at + 1), anchors);
  }

  keepSigner(certificate: Uint8Array, signer: DocumentSigner): void {
    writeSigner(entry.reset().raw(NEW_SIGNER_USES), signer);
    this.#keep(this.#signers, certificate, entry.written());
  }

  /** Whether this was the use after which the signer's key is worth a table. */
  countSignerUse(certificate: Uint8Array): boolean {
    const at = this.#findSigner(certificate);
    return at >= 0 && countIssuerUse(this.#cache, at);
  }

  issuerAuth(bytes: Uint8Array, anchors: readonly LoadedAnchor[]): KnownIssuerAuth | null {
    if (bytes.length > KEY_BYTES_MAX) return null;
    const at = this.#cache.find(this.#issuerAuths, tailOf(bytes), bytes);
    if (at < 0) return null;
    const reader = this.#reader.open(at);
    const credential = reader.text();
    return { signer: readSigner(reader, anchors), credential };
  }

  keepIssuerAuth(bytes: Uint8Array, { signer, credential }: KnownIssuerAuth): void {
    writeSigner(entry.reset().text(credential), signer);
    this.#keep(this.#issuerAuths, bytes, entry.written());
  }

  #findSigner(certificate: Uint8Array): number {
    return certificate.length > KEY_BYTES_MAX
      ? -1
      : this.#cache.find(this.#signers, tailOf(certificate), certificate);
  }

  #keep(space: CacheSpace, key: Uint8Array, value: Uint8Array): void {
    if (key.length <= KEY_BYTES_MAX) this.#cache.keep(space, tailOf(key), key, value);
  }
}

function writeSigner(writer: EntryWriter, signer: DocumentSigner): void {
  writer
    .u16(signer.anchor.number)
    .f64(signer.notBeforeMs)
    .f64(signer.notAfterMs)
    .bytes(Buffer.from(signer.stateOrProvince))
    .u8(CURVES.indexOf(signer.key.curve))
    .bytes(signer.key.publicKey);
}

function readSigner(reader: EntryReader, anchors: readonly LoadedAnchor[]): DocumentSigner {
  const anchor = anchors[reader.u16()] as LoadedAnchor;
  const notBeforeMs = reader.f64();
  const notAfterMs = reader.f64();
  const stateOrProvince = Buffer.from(reader.bytes()).toString('utf8');
  const curve = CURVES[reader.u8()] as CoseCurve;
  const key = { curve, publicKey: reader.bytes(), algorithm: null };
  return { anchor, key, notBeforeMs, notAfterMs, stateOrProvince };
}
