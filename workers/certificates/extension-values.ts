/** Values of the extensions that path validation looks at (RFC 5280 clause 4.2.1). Null: not of the form. */
import { DER_TAG, type DerCursor } from '../codecs/der-cursor.ts';
import { oidText } from '../codecs/der-oid.ts';
import type {
  AuthorityKeyId,
  BasicConstraints,
  GeneralName,
  NameConstraints,
  PolicyConstraints,
  PolicyMapping,
} from './certificate.ts';
import { readGeneralName, readGeneralNames } from './general-names.ts';

/** Entries of one extension. */
const ENTRIES_MAX = 256;
/** Each policy may be mapped from and to each: what that costs grows with the square. */
const POLICIES_MAX = 32;

/** 4.2.1.9. */
export function readBasicConstraints(cursor: DerCursor, end: number): BasicConstraints | null {
  if (!cursor.enter(DER_TAG.sequence, end)) return null;
  // FALSE is the default, which DER does not write (X.690 clause 11.5); state CAs do (of Finland's health cards, 2021).
  const ca = cursor.take(DER_TAG.boolean, end) && cursor.bytes[cursor.start] !== 0;
  if (cursor.at === end) return { ca, pathLen: null };
  if (!cursor.take(DER_TAG.integer, end)) return null;
  const pathLen = cursor.smallInteger();
  return pathLen < 0 ? null : { ca, pathLen };
}

/** 4.2.1.3. A list of named bits ends with a bit that is set (X.690 clause 11.2.2). */
export function readKeyUsage(cursor: DerCursor, end: number): number | null {
  if (!cursor.take(DER_TAG.bitString, end)) return null;
  const { bytes, start, stop } = cursor;
  const octets = stop - start - 1;
  if (octets < 1 || octets > 2) return null;
  const unused = bytes[start] as number;
  if (((bytes[stop - 1] as number) & (1 << unused)) === 0) return null;
  let usage = 0;
  for (let bit = 0; bit < octets * 8; bit++) {
    if (((bytes[start + 1 + (bit >> 3)] as number) & (0x80 >> (bit & 7))) !== 0) usage |= 1 << bit;
  }
  return usage <= 0x1ff ? usage : null;
}

/** 4.2.1.12. An empty list, which the clause rules out, is there in published health certificates; it allows no purpose. */
export function readKeyPurposes(cursor: DerCursor, end: number): readonly string[] | null {
  if (!cursor.enter(DER_TAG.sequence, end)) return null;
  const purposes: string[] = [];
  while (cursor.at < end) {
    if (!cursor.take(DER_TAG.objectIdentifier, end) || purposes.length === ENTRIES_MAX) return null;
    purposes.push(oidText(cursor.bytes, cursor.start, cursor.stop));
  }
  return purposes;
}

/** 4.2.1.2. */
export function readOctets(cursor: DerCursor, end: number): Uint8Array | null {
  return cursor.take(DER_TAG.octetString, end) ? cursor.value() : null;
}

/** 4.2.1.1: issuer and serial come together or not at all. */
export function readAuthorityKeyId(cursor: DerCursor, end: number): AuthorityKeyId | null {
  if (!cursor.enter(DER_TAG.sequence, end)) return null;
  const keyId = cursor.take(0x80, end) ? cursor.value() : null;
  const namesIssuer = cursor.enter(0xa1, end);
  if (namesIssuer && readGeneralNames(cursor, cursor.stop) === null) return null;
  const namesSerial = cursor.take(0x82, end);
  return { keyId, namesIssuer, namesSerial };
}

export function readNames(cursor: DerCursor, end: number): readonly GeneralName[] | null {
  return cursor.enter(DER_TAG.sequence, end) ? readGeneralNames(cursor, end) : null;
}

/** 4.2.1.10: minimum is zero and maximum absent; one of both lists is there, and none is empty. */
export function readNameConstraints(cursor: DerCursor, end: number): NameConstraints | null {
  if (!cursor.enter(DER_TAG.sequence, end)) return null;
  const permitted = cursor.enter(0xa0, end) ? readSubtrees(cursor, cursor.stop) : [];
  if (permitted === null) return null;
  const excluded = cursor.enter(0xa1, end) ? readSubtrees(cursor, cursor.stop) : [];
  return excluded === null || permitted.length + excluded.length === 0 ? null : { permitted, excluded };
}

function readSubtrees(cursor: DerCursor, end: number): readonly GeneralName[] | null {
  const bases: GeneralName[] = [];
  while (cursor.at < end) {
    if (!cursor.enter(DER_TAG.sequence, end) || bases.length === ENTRIES_MAX) return null;
    const { stop } = cursor;
    const base = readGeneralName(cursor, stop);
    if (base === null || cursor.at !== stop) return null;
    bases.push(base);
  }
  return bases.length > 0 ? bases : null;
}

/** 4.2.1.4: each policy once. Qualifiers are for people. */
export function readPolicies(cursor: DerCursor, end: number): readonly string[] | null {
  if (!cursor.enter(DER_TAG.sequence, end)) return null;
  const policies: string[] = [];
  while (cursor.at < end) {
    if (!cursor.enter(DER_TAG.sequence, end) || policies.length === POLICIES_MAX) return null;
    const { stop } = cursor;
    if (!cursor.take(DER_TAG.objectIdentifier, stop)) return null;
    const policy = oidText(cursor.bytes, cursor.start, cursor.stop);
    if (policies.includes(policy)) return null;
    policies.push(policy);
    if (cursor.at < stop && !(cursor.take(DER_TAG.sequence, stop) && cursor.at === stop)) return null;
  }
  return policies.length > 0 ? policies : null;
}

/** 4.2.1.5. */
export function readPolicyMappings(cursor: DerCursor, end: number): readonly PolicyMapping[] | null {
  if (!cursor.enter(DER_TAG.sequence, end)) return null;
  const mappings: PolicyMapping[] = [];
  while (cursor.at < end) {
    if (!cursor.enter(DER_TAG.sequence, end) || mappings.length === POLICIES_MAX) return null;
    const { stop } = cursor;
    if (!cursor.take(DER_TAG.objectIdentifier, stop)) return null;
    const issuerDomain = oidText(cursor.bytes, cursor.start, cursor.stop);
    if (!cursor.take(DER_TAG.objectIdentifier, stop) || cursor.at !== stop) return null;
    mappings.push({ issuerDomain, subjectDomain: oidText(cursor.bytes, cursor.start, cursor.stop) });
  }
  return mappings.length > 0 ? mappings : null;
}

/** 4.2.1.11. */
export function readPolicyConstraints(cursor: DerCursor, end: number): PolicyConstraints | null {
  if (!cursor.enter(DER_TAG.sequence, end) || cursor.at === end) return null;
  const requireExplicit = cursor.take(0x80, end) ? cursor.smallInteger() : null;
  const inhibitMapping = cursor.take(0x81, end) ? cursor.smallInteger() : null;
  return requireExplicit === -1 || inhibitMapping === -1 ? null : { requireExplicit, inhibitMapping };
}

/** 4.2.1.14. */
export function readSkipCerts(cursor: DerCursor, end: number): number | null {
  if (!cursor.take(DER_TAG.integer, end)) return null;
  const skip = cursor.smallInteger();
  return skip < 0 ? null : skip;
}

/** 4.2.1.13: URIs of full names; reasons, issuers and relative names are walked over. */
export function readDistributionPoints(cursor: DerCursor, end: number): readonly string[] | null {
  if (!cursor.enter(DER_TAG.sequence, end) || cursor.at === end) return null;
  const uris: string[] = [];
  for (let points = 0; cursor.at < end; points++) {
    if (!cursor.enter(DER_TAG.sequence, end) || points === ENTRIES_MAX) return null;
    const { stop } = cursor;
    if (cursor.enter(0xa0, stop)) {
      const nameEnd = cursor.stop;
      if (cursor.enter(0xa0, nameEnd)) {
        const names = readGeneralNames(cursor, nameEnd);
        if (names === null) return null;
        for (const { tag, value } of names) if (tag === 6) uris.push(Buffer.from(value).toString('latin1'));
      }
      cursor.at = nameEnd;
    }
    cursor.take(0x81, stop);
    cursor.take(0xa2, stop);
    if (cursor.at !== stop) return null;
  }
  return uris;
}

/** 4.2.2.1: whether it is SEQUENCE SIZE (1..MAX) of { OBJECT IDENTIFIER, GeneralName }. */
export function takeAuthorityInformation(cursor: DerCursor, end: number): true | null {
  if (!cursor.enter(DER_TAG.sequence, end) || cursor.at === end) return null;
  while (cursor.at < end) {
    if (!cursor.enter(DER_TAG.sequence, end)) return null;
    const { stop } = cursor;
    if (!cursor.take(DER_TAG.objectIdentifier, stop)) return null;
    if (readGeneralName(cursor, stop) === null || cursor.at !== stop) return null;
  }
  return true;
}
