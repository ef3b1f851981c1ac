/**
 * Cards whose every check held under one revision of trust. One that shows the same data objects and records again, byte
 * for byte, is judged by what changes from tap to tap: the clock, what the terminal sent, and what the card signed.
 */
import { EntryReader } from '../../cache/entry-reader.ts';
import { EntryWriter } from '../../cache/entry-writer.ts';
import type { CacheSpace, SlabCache } from '../../cache/slab-cache.ts';
import { disclosed, personalText } from '../../claims.ts';
import type { ProofFacts } from '../../contract.ts';
import type { CardKey } from './algorithm.ts';
import type { ChipOdaInput, DataObjects } from './input.ts';
import type { ChipAnchor } from './trust.ts';

export type CardFacts = Pick<
  ProofFacts,
  'credentialId' | 'issuer' | 'region' | 'subject' | 'replayableUntilMs' | 'validUntilMs'
>;

export interface RememberedCard {
  readonly anchor: ChipAnchor;
  readonly key: CardKey;
  /** Dynamic data object list, where the card has one. */
  readonly ddol: Uint8Array | undefined;
  readonly notBeforeMs: number;
  /** Its `validUntilMs` is the last moment at which every date holds. */
  readonly facts: CardFacts;
}

/**
 * What differs from tap to tap: signed dynamic data, cryptogram, its information, counter, card authentication related
 * data, issuer application data.
 */
const CHANGING_TAGS: ReadonlySet<string> = new Set(['9F4B', '9F26', '9F27', '9F36', '9F69', '9F10']);
const CARD_CERTIFICATE = '9F46';
const LENGTH_BYTES = 2;
/** Cards that show more are not remembered. */
const SHOWN_BYTES_MAX = 8_192;

const entry = new EntryWriter();

/** By what a card shows but for `CHANGING_TAGS`, as `writeConstant` puts it. */
export class RememberedCards {
  readonly #cache: SlabCache;
  readonly #space: CacheSpace;
  readonly #reader: EntryReader;
  readonly #anchors: readonly ChipAnchor[];

  /** `anchors`: by their numbers. */
  constructor(cache: SlabCache, space: CacheSpace, anchors: readonly ChipAnchor[]) {
    this.#cache = cache;
    this.#space = space;
    this.#reader = new EntryReader(cache);
    this.#anchors = anchors;
  }

  /** Null: not known, or not with these data. */
  find(input: ChipOdaInput): RememberedCard | null {
    const hash = hashOf(input.tags);
    const bytes = hash === null ? 0 : writeConstant(input);
    if (hash === null || bytes === 0) return null;
    const at = this.#cache.find(this.#space, hash, scratch.subarray(0, bytes));
    return at < 0 ? null : this.#read(at);
  }

  /** `inside`: data objects of the records. One that changes has no place there; such a card is not remembered. */
  keep(input: ChipOdaInput, inside: DataObjects, card: RememberedCard): void {
    const hash = hashOf(input.tags);
    for (const tag in inside) if (CHANGING_TAGS.has(tag)) return;
    const bytes = hash === null ? 0 : writeConstant(input);
    if (hash === null || bytes === 0) return;
    const { anchor, key, ddol, notBeforeMs, facts } = card;
    entry.reset().u16(anchor.number).f64(notBeforeMs).f64(facts.validUntilMs);
    entry.u8(facts.issuer.length).u8(disclosed(facts.subject).length).text(disclosed(facts.credentialId));
    entry.bytes(key.bytes).u8(ddol === undefined ? 0 : 1);
    if (ddol !== undefined) entry.bytes(ddol);
    this.#cache.keep(this.#space, hash, scratch.subarray(0, bytes), entry.written());
  }

  #read(at: number): RememberedCard {
    const reader = this.#reader.open(at);
    const anchor = this.#anchors[reader.u16()] as ChipAnchor;
    const notBeforeMs = reader.f64();
    const validUntilMs = reader.f64();
    const issuerLength = reader.u8();
    const subjectLength = reader.u8();
    const credentialId = reader.text();
    return {
      anchor,
      key: anchor.key.provenCardKey(reader.bytes()),
      ddol: reader.u8() === 0 ? undefined : reader.bytes(),
      notBeforeMs,
      facts: {
        credentialId: personalText(credentialId),
        // It begins with the issuer, and ends with the subject (`identity`).
        issuer: credentialId.slice(0, issuerLength),
        region: anchor.region,
        subject: personalText(credentialId.slice(credentialId.length - subjectLength)),
        replayableUntilMs: null,
        validUntilMs,
      },
    };
  }
}

/** The last four bytes of the card's certificate. They find a card; what it shows decides. */
function hashOf(tags: DataObjects): number | null {
  const certificate = tags[CARD_CERTIFICATE];
  if (certificate === undefined || certificate.length < 4) return null;
  let hash = 0;
  for (let at = certificate.length - 4; at < certificate.length; at++) {
    hash = (hash << 8) | (certificate[at] as number);
  }
  return hash;
}

/** Each tag and its value behind their lengths, then the records. Returns the bytes written; 0: too many. */
function writeConstant({ tags, staticData }: ChipOdaInput): number {
  let at = 0;
  for (const tag in tags) {
    if (CHANGING_TAGS.has(tag)) continue;
    const value = tags[tag] as Uint8Array;
    if (at + 1 + tag.length + LENGTH_BYTES + value.length > SHOWN_BYTES_MAX) return 0;
    scratch[at++] = tag.length;
    for (let i = 0; i < tag.length; i++) scratch[at++] = tag.charCodeAt(i);
    scratch[at++] = value.length >> 8;
    scratch[at++] = value.length;
    scratch.set(value, at);
    at += value.length;
  }
  // No tag has no name, so this ends the tags.
  scratch[at++] = 0;
  if (at + staticData.length > SHOWN_BYTES_MAX) return 0;
  scratch.set(staticData, at);
  return at + staticData.length;
}

const scratch = Buffer.allocUnsafeSlow(SHOWN_BYTES_MAX + 1);
