/** From the CA key to the card key: issuer certificate, card certificate, and who may vouch for whom until when. */
import { hash } from 'node:crypto';
import type { CardCertificate, Certificate, IssuerCertificate, IssuerKey } from './algorithm.ts';
import type { ProvenCertificates } from './certificates.ts';
import type { ChipCheckList } from './chip-check-list.ts';
import type { DataObjects } from './input.ts';
import type { ChipAnchor, ChipOdaTrust } from './trust.ts';

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
  const { key } = anchor;
  const issuerName = nameOf(anchor.nameBytes, tags, key.issuerCertificateTags);
  const issuers = {
    of: trust.issuers,
    name: issuerName,
    provenKey: (bytes: Uint8Array) => key.provenIssuerKey(bytes),
  };
  const issuer = provenOnce(list, trust, issuers, () => key.issuerCertificate(list, tags));
  if (issuer === null || !issuerFits(list, trust, anchor, issuer, cardNumber, atMs)) return null;
  const cardTags = [...issuer.key.cardCertificateTags, SIGNED_STATIC_DATA];
  const cardName = nameOf(issuerName, tags, cardTags, staticData);
  const cards = {
    of: trust.cards,
    name: cardName,
    provenKey: (bytes: Uint8Array) => key.provenCardKey(bytes),
  };
  const card = provenOnce(list, trust, cards, () => {
    const proven = proveCard(list, issuer.key, tags, staticData);
    if (proven !== null) list.whenProven(() => trust.issuers.countUse(issuerName) && issuer.key.prepare());
    return proven;
  });
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
  anchor: ChipAnchor,
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
      !trust.revoked.has(anchor.rid + anchor.index + issuer.serial),
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

/** Where a certificate is remembered, and how its key is made of what is. */
interface Place<Key> {
  readonly of: ProvenCertificates;
  readonly name: Uint8Array;
  provenKey(bytes: Uint8Array): Key;
}

/** A certificate that was proven before, or made now and remembered when the whole proof holds. */
function provenOnce<Key extends { readonly bytes: Uint8Array }>(
  list: ChipCheckList,
  { counters }: ChipOdaTrust,
  { of, name, provenKey }: Place<Key>,
  make: () => Certificate<Key> | null,
): Certificate<Key> | null {
  const proven = of.find(name);
  if (proven !== null) {
    const { digits, expiresMs, serial, keyBytes, checks } = proven;
    counters.chainHits += 1;
    list.repeat(checks);
    return { digits, expiresMs, serial, key: provenKey(keyBytes) };
  }
  counters.chainMisses += 1;
  const from = list.length;
  const certificate = make();
  if (certificate === null) return null;
  const checks = list.heldSince(from);
  list.whenProven(() => of.keep(name, { ...certificate, keyBytes: certificate.key.bytes, checks }));
  return certificate;
}

/**
 * Name of a certificate where it is remembered: a digest over who vouches for it and every byte its signature covers, each
 * part behind its length.
 */
function nameOf(
  signer: Uint8Array,
  tags: DataObjects,
  names: readonly string[],
  more?: Uint8Array,
): Uint8Array {
  scratch.set(signer);
  let at = signer.length;
  for (const name of names) at = append(at, tags[name]);
  if (more !== undefined) at = append(at, more);
  return hash('sha256', scratch.subarray(0, at), 'buffer');
}

/** Room for what one name is made of, used again for the next. */
let scratch = Buffer.allocUnsafeSlow(8_192);
const LENGTH_BYTES = 2;
/** A value that is not there is unlike one that is empty. */
const ABSENT = 0xffff;

/** Writes a part behind its length; returns where the next one goes. */
function append(at: number, part: Uint8Array | undefined): number {
  const length = part?.length ?? 0;
  const end = at + LENGTH_BYTES + length;
  if (end > scratch.length) scratch = Buffer.concat([scratch], end * 2);
  scratch.writeUInt16BE(part === undefined ? ABSENT : length, at);
  if (part !== undefined) scratch.set(part, at + LENGTH_BYTES);
  return end;
}
