/**
 * Cards whose every check held under one revision of trust. One that shows the same data objects and records again, byte
 * for byte, is judged by what changes from tap to tap: the clock, what the terminal sent, and what the card signed.
 */
import type { LRUCache } from 'lru-cache';
import { equalBytes } from '../../codecs/hex.ts';
import type { ProofFacts } from '../../contract.ts';
import type { CardKey } from './algorithm.ts';
import type { ChipOdaInput, DataObjects } from './input.ts';
import type { ChipAnchor } from './trust.ts';

export type CardFacts = Pick<
  ProofFacts,
  'credentialId' | 'issuer' | 'region' | 'subject' | 'replayableUntilMs' | 'validUntilMs'
>;

export interface RememberedCard {
  /** What it showed but for `CHANGING_TAGS`, as `writeConstant` puts it. */
  readonly shown: Uint8Array;
  readonly anchor: ChipAnchor;
  readonly key: CardKey;
  /** Dynamic data object list, where the card has one. */
  readonly ddol: Uint8Array | undefined;
  readonly notBeforeMs: number;
  /** Its `validUntilMs` is the last moment at which every date holds. */
  readonly facts: CardFacts;
}

/** By `cardName`. */
export type RememberedCards = LRUCache<number, RememberedCard>;

/**
 * What differs from tap to tap: signed dynamic data, cryptogram, its information, counter, card authentication related
 * data, issuer application data.
 */
const CHANGING_TAGS: ReadonlySet<string> = new Set(['9F4B', '9F26', '9F27', '9F36', '9F69', '9F10']);
const CARD_CERTIFICATE = '9F46';
const LENGTH_BYTES = 2;
/** Cards that show more are not remembered. */
const SHOWN_BYTES_MAX = 8_192;

/** Null: not known, or not with these data. */
export function findCard(cards: RememberedCards, input: ChipOdaInput): RememberedCard | null {
  const name = cardName(input.tags);
  const known = name === null ? undefined : cards.get(name);
  if (known === undefined) return null;
  const bytes = writeConstant(input);
  return bytes > 0 && equalBytes(known.shown, scratch.subarray(0, bytes)) ? known : null;
}

/** `inside`: data objects of the records. One that changes has no place there; such a card is not remembered. */
export function rememberCard(
  cards: RememberedCards,
  input: ChipOdaInput,
  inside: DataObjects,
  card: Omit<RememberedCard, 'shown'>,
): void {
  const name = cardName(input.tags);
  for (const tag in inside) if (CHANGING_TAGS.has(tag)) return;
  const bytes = name === null ? 0 : writeConstant(input);
  if (name !== null && bytes > 0) {
    cards.set(name, { ...card, shown: new Uint8Array(scratch.subarray(0, bytes)) });
  }
}

/** The last four bytes of the card's certificate. They find a card; what it shows decides. */
function cardName(tags: DataObjects): number | null {
  const certificate = tags[CARD_CERTIFICATE];
  if (certificate === undefined || certificate.length < 4) return null;
  let name = 0;
  for (let at = certificate.length - 4; at < certificate.length; at++) {
    name = (name << 8) | (certificate[at] as number);
  }
  return name;
}

/** Each tag and its value behind their lengths, then the records. Answers the bytes written; 0: too many. */
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
