/** What a proven certificate says of its holder. */

import type { Certificate } from '../../certificates/certificate.ts';
import { ATTRIBUTE, attributeText } from '../../certificates/names.ts';
import { parseCertificate } from '../../certificates/parse.ts';
import { type DisclosedClaims, personalText } from '../../claims.ts';
import { equalBytes, toHex } from '../../codecs/hex.ts';
import type { ProofFacts } from '../../contract.ts';
import { sha256 } from '../../engine/sm2-digest.ts';
import type { KnownCard } from './remembered.ts';

const ISSUER_DIGEST_BYTES = 8;
const AUTHORITY_CHARACTERS_MAX = 128;
const COUNTRY = /^[A-Z]{2}$/;
/** GB 11643: 17 digits and a check digit. */
const RESIDENT_NUMBER = /^[1-9]\d{16}[\dX]$/;

/** How an issuer is named: by the first eight bytes of the SHA-256 of its Name. */
export function issuerName(issuer: Uint8Array): string {
  return `x509:${toHex(sha256(issuer).subarray(0, ISSUER_DIGEST_BYTES))}`;
}

/** What is said of an issuer: the same for all its cards. */
interface IssuerFacts {
  readonly issuer: string;
  readonly country: string;
  readonly authority: string;
}

const ofIssuers = new WeakMap<Certificate, IssuerFacts>();

function issuerFacts(leaf: Certificate, ca: Certificate): IssuerFacts {
  const known = ofIssuers.get(ca);
  // Names that are one need not be so by bytes.
  if (known !== undefined && equalBytes(leaf.issuer, ca.subject)) return known;
  const country = attributeText(leaf.issuer, ATTRIBUTE.country) ?? '';
  const authority =
    attributeText(leaf.issuer, ATTRIBUTE.organisation) ??
    attributeText(leaf.issuer, ATTRIBUTE.commonName) ??
    '';
  const facts = {
    issuer: issuerName(leaf.issuer),
    country: COUNTRY.test(country) ? country : '',
    authority: authority.slice(0, AUTHORITY_CHARACTERS_MAX).toWellFormed(),
  };
  if (equalBytes(leaf.issuer, ca.subject)) ofIssuers.set(ca, facts);
  return facts;
}

export interface Span {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Of a leaf with a key of the engine, issued by `ca`. `span`: while its chain holds. */
export function knownCard(leaf: Certificate, ca: Certificate, anchor: number, span: Span): KnownCard {
  const facts = issuerFacts(leaf, ca);
  return {
    algorithm: leaf.key.algorithm === 'sm2' ? 'sm2' : 'p256',
    publicKey: leaf.key.point as Uint8Array,
    anchor,
    notBeforeMs: span.notBeforeMs,
    notAfterMs: span.notAfterMs,
    validUntilMs: leaf.notAfterMs,
    credentialId: `${facts.issuer}:${toHex(leaf.serial)}`,
    subject: `${facts.issuer}:${toHex(sha256(leaf.subject))}`,
    issuer: facts.issuer,
    country: facts.country,
    authority: facts.authority,
  };
}

/** `der`: of the leaf, looked into only where claims are asked for. */
export function factsOf(
  card: KnownCard,
  region: string,
  challenge: Uint8Array,
  der: Uint8Array,
  disclose: readonly string[],
): ProofFacts {
  const disclosed = disclose.length === 0 ? null : disclosedOf(der, disclose);
  return {
    credentialId: personalText(card.credentialId),
    subject: personalText(card.subject),
    issuer: card.issuer,
    region,
    mode: card.algorithm,
    nonce: toHex(challenge),
    replayableUntilMs: null,
    validUntilMs: card.validUntilMs,
    holderBound: true,
    claims: {
      document_type: 'certificate',
      alg: card.algorithm,
      expires: dayOf(card.validUntilMs),
      ...(card.country !== '' && { issuing_country: card.country }),
      ...(card.authority !== '' && { issuing_authority: card.authority }),
    },
    ...(disclosed !== null && { disclosed }),
  };
}

/** Days that certificates end on are few. */
const DAYS_MAX = 4_096;
const days = new Map<number, string>();

/** YYYY-MM-DD, UTC. */
function dayOf(ms: number): string {
  let day = days.get(ms);
  if (day === undefined) {
    day = new Date(ms).toISOString().slice(0, 10);
    if (days.size < DAYS_MAX) days.set(ms, day);
  }
  return day;
}

function disclosedOf(der: Uint8Array, disclose: readonly string[]): DisclosedClaims | null {
  const leaf = parseCertificate(der);
  if (typeof leaf === 'string') return null;
  const number = attributeText(leaf.subject, ATTRIBUTE.serialNumber);
  const found: Readonly<Record<string, string | null>> = {
    full_name: attributeText(leaf.subject, ATTRIBUTE.commonName),
    family_name: attributeText(leaf.subject, ATTRIBUTE.surname),
    given_name: attributeText(leaf.subject, ATTRIBUTE.givenName),
    national_id: number !== null && RESIDENT_NUMBER.test(number) ? number : null,
  };
  const shown = disclose.flatMap((name) => {
    const text = found[name] ?? null;
    return text === null ? [] : [[name, personalText(text)] as const];
  });
  return shown.length === 0 ? null : Object.fromEntries(shown);
}
