/** From the CA key to the card key: issuer certificate, card certificate, and who may vouch for whom until when. */
import { hash } from 'node:crypto';
import type { LRUCache } from 'lru-cache';
import type { CardCertificate, IssuerCertificate, IssuerKey } from './algorithm.ts';
import type { ChipCheckList } from './chip-check-list.ts';
import type { DataObjects } from './input.ts';
import type { ChipAnchor, ChipOdaTrust, Proven } from './trust.ts';

const SIGNED_STATIC_DATA = '93';

export interface Chain {
  readonly issuer: IssuerCertificate;
  readonly card: CardCertificate;
}

/** What the card shows that its chain must fit. */
export interface Shown {
  readonly tags: DataObjects;
  readonly staticData: Uint8Array;
  readonly cardNumber: string;
}

/** EMV Book 2 clauses 6.3 and 6.4, for every algorithm. Null when a plain check failed. */
export function verifyChain(
  list: ChipCheckList,
  trust: ChipOdaTrust,
  anchor: ChipAnchor,
  shown: Shown,
  atMs: number,
): Chain | null {
  const { tags, staticData, cardNumber } = shown;
  const anchorName = anchor.rid + anchor.index;
  const issuerName = nameOf(anchorName, tags, anchor.key.issuerCertificateTags);
  const issuer = provenOnce(list, trust, trust.issuers, issuerName, () =>
    anchor.key.issuerCertificate(list, tags),
  );
  if (issuer === null || !issuerFits(list, trust, anchorName, issuer, cardNumber, atMs)) return null;
  const cardTags = [...issuer.key.cardCertificateTags, SIGNED_STATIC_DATA];
  const cardName = nameOf(issuerName, tags, cardTags, staticData);
  const card = provenOnce(list, trust, trust.cards, cardName, () =>
    proveCard(list, issuer.key, tags, staticData),
  );
  if (card === null || !cardFits(list, card, cardNumber, atMs)) return null;
  return { issuer, card };
}

/** The card certificate and, where it was read as well, the issuer's signature over the static data alone. */
function proveCard(
  list: ChipCheckList,
  issuer: IssuerKey,
  tags: DataObjects,
  staticData: Uint8Array,
): CardCertificate | null {
  const card = issuer.cardCertificate(list, tags, staticData);
  const signed = tags[SIGNED_STATIC_DATA];
  if (card === null || signed === undefined) return card;
  return issuer.staticSignature(list, signed, staticData) ? card : null;
}

/** Clause 6.3 steps 8 to 10. */
function issuerFits(
  list: ChipCheckList,
  trust: ChipOdaTrust,
  anchorName: string,
  issuer: IssuerCertificate,
  cardNumber: string,
  atMs: number,
): boolean {
  const own = cardNumber.startsWith(issuer.digits);
  return (
    list.require('issuer_certificate.issuer', 'credential.identity_mismatch', own) &&
    list.require('issuer_certificate.expiry', 'trust.certificate_expired', atMs <= issuer.expiresMs) &&
    list.require(
      'issuer_certificate.revocation',
      'trust.certificate_revoked',
      !trust.revoked.has(anchorName + issuer.serial),
    )
  );
}

/** Clause 6.4 steps 8 and 9. */
function cardFits(list: ChipCheckList, card: CardCertificate, cardNumber: string, atMs: number): boolean {
  return (
    list.require(
      'card_certificate.card_number',
      'credential.identity_mismatch',
      card.digits === cardNumber,
    ) && list.require('card_certificate.expiry', 'trust.certificate_expired', atMs <= card.expiresMs)
  );
}

/** A certificate from the cache, or made now and remembered when the whole proof holds. */
function provenOnce<Certificate>(
  list: ChipCheckList,
  { counters }: ChipOdaTrust,
  cache: LRUCache<string, Proven<Certificate>>,
  name: string,
  make: () => Certificate | null,
): Certificate | null {
  const proven = cache.get(name);
  if (proven !== undefined) {
    counters.chainHits += 1;
    list.repeat(proven.checks);
    return proven.certificate;
  }
  counters.chainMisses += 1;
  const from = list.length;
  const certificate = make();
  if (certificate === null) return null;
  const checks = list.heldSince(from);
  list.whenProven(() => cache.set(name, { certificate, checks }));
  return certificate;
}

/**
 * Name of a certificate in the cache: a digest over who vouches for it and every byte its signature covers, each part
 * behind its length.
 */
function nameOf(signer: string, tags: DataObjects, names: readonly string[], more?: Uint8Array): string {
  let at = scratch.write(signer, 0, 'latin1');
  for (const name of names) at = append(at, tags[name]);
  if (more !== undefined) at = append(at, more);
  return hash('sha256', scratch.subarray(0, at), 'binary');
}

/** Room for what one name is made of, used again for the next. */
let scratch = Buffer.allocUnsafeSlow(8_192);
const LENGTH_BYTES = 2;
/** A value that is not there is unlike one that is empty. */
const ABSENT = 0xffff;

/** Writes a part behind its length; answers where the next one goes. */
function append(at: number, part: Uint8Array | undefined): number {
  const length = part?.length ?? 0;
  const end = at + LENGTH_BYTES + length;
  if (end > scratch.length) scratch = Buffer.concat([scratch], end * 2);
  scratch.writeUInt16BE(part === undefined ? ABSENT : length, at);
  if (part !== undefined) scratch.set(part, at + LENGTH_BYTES);
  return end;
}
