/** Certificate revocation lists (RFC 5280 clause 5), complete ones of one issuer. */
import type { Code } from '../../config/codes.ts';
import { derFault } from '../codecs/der-check.ts';
import { DER_TAG, DerCursor } from '../codecs/der-cursor.ts';
import { toHex } from '../codecs/hex.ts';
import { finish, type Loading } from '../trust/loading.ts';
import { type Certificate, type Extension, GENERAL_NAME } from './certificate.ts';
import { readExtensionList } from './extensions.ts';
import { readGeneralNames, takeName } from './general-names.ts';
import { sameName } from './names.ts';
import { readSigned, takeSameAlgorithm, takeTimeMs } from './parse.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';

export const CRL_BYTES_MAX = 1_048_576;
const CRL_LIMITS = { bytesMax: CRL_BYTES_MAX, elementsMax: 262_144 };

export interface CertificateList {
  readonly tbs: Uint8Array;
  readonly signatureAlgorithm: SignatureAlgorithm | null;
  readonly signature: Uint8Array;
  /** DER of Name. */
  readonly issuer: Uint8Array;
  readonly thisUpdateMs: number;
  /** A list must say when the next comes (5.1.2.5). */
  readonly nextUpdateMs: number;
  /** Contents of serial numbers in hex, each with its reason (clause 5.3.1; 0: unspecified). */
  readonly revoked: ReadonlyMap<string, number>;
  /** Of which certificates it speaks. */
  readonly scope: Scope;
  /** Whether it has a number and an authority key identifier, neither critical, as its issuer must give it (5.2.1, 5.2.3). */
  readonly conforms: boolean;
}

interface Scope {
  readonly of: 'all' | 'leaves' | 'cas';
  /** URIs of the one point it is given at, where it says so: it speaks of certificates that name it. Null: of all. */
  readonly points: readonly string[] | null;
}

const EVERYTHING: Scope = { of: 'all', points: null };

const REASON_CODE = '2.5.29.21';
const INVALIDITY_DATE = '2.5.29.24';
const CRL_NUMBER = '2.5.29.20';
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28';
const AUTHORITY_KEY_ID = '2.5.29.35';
const UNDERSTOOD: ReadonlySet<string> = new Set([
  REASON_CODE,
  INVALIDITY_DATE,
  CRL_NUMBER,
  ISSUING_DISTRIBUTION_POINT,
  AUTHORITY_KEY_ID,
]);
/** Entries of the enumeration end at 10; 8 (removeFromCRL) is of deltas only. */
const REASON_MAX = 10;
const REMOVE_FROM_CRL = 8;

/** The list that all bytes are, or the code of what is wrong. Whoever signed it is not looked at. */
export function parseCertificateList(bytes: Uint8Array): CertificateList | Code {
  return finish(parseCertificateListInSteps(bytes));
}

/** The same step by step, for who proves meanwhile: a list of a million bytes has some 30,000 entries. */
export function* parseCertificateListInSteps(bytes: Uint8Array): Loading<CertificateList | Code> {
  const fault = derFault(bytes, 0, bytes.length, CRL_LIMITS);
  if (fault !== null) return fault;
  yield;
  return (yield* read(bytes)) ?? 'credential.malformed';
}

const ENTRIES_PER_STEP = 512;

/** Lists by issuer, their signatures verified before. */
export class CertificateLists {
  readonly #lists: readonly CertificateList[];
  /** By CA: whose names were compared is not asked again. */
  readonly #byCa = new WeakMap<Certificate, readonly CertificateList[]>();

  constructor(lists: readonly CertificateList[]) {
    this.#lists = lists;
  }

  /**
   * Whether the certificate is revoked, or its issuer's list of no use at this time. Of an issuer without a list nothing is
   * known, and nothing said.
   */
  fault(certificate: Certificate, issuer: Certificate, atMs: number): Code | null {
    const lists = this.#of(certificate, issuer);
    if (lists.length === 0) return null;
    const serial = toHex(certificate.serial);
    if (lists.some(({ revoked }) => revoked.has(serial))) return 'trust.certificate_revoked';
    const current = lists.some(
      (list) =>
        atMs >= list.thisUpdateMs && atMs <= list.nextUpdateMs && isAt(list.scope.points, certificate),
    );
    return current ? null : 'trust.revocation_unknown';
  }

  /** Until when its issuer's lists say that it is not revoked; without end where there is none. */
  nextUpdateMs(certificate: Certificate, issuer: Certificate): number {
    const lists = this.#of(certificate, issuer);
    if (lists.length === 0) return Number.POSITIVE_INFINITY;
    return Math.max(
      ...lists.map((list) =>
        isAt(list.scope.points, certificate) ? list.nextUpdateMs : Number.NEGATIVE_INFINITY,
      ),
    );
  }

  #of({ extensions }: Certificate, ca: Certificate): readonly CertificateList[] {
    if (this.#lists.length === 0) return this.#lists;
    let lists = this.#byCa.get(ca);
    if (lists === undefined) {
      lists = this.#lists.filter(({ issuer }) => sameName(issuer, ca.subject));
      this.#byCa.set(ca, lists);
    }
    if (lists.length === 0) return lists;
    const isCa = extensions.basicConstraints?.ca === true;
    return lists.filter(({ scope }) => scope.of === 'all' || (scope.of === 'cas') === isCa);
  }
}

/** Whether a list of these points is one of the certificate's. */
function isAt(points: readonly string[] | null, { extensions }: Certificate): boolean {
  return (
    points === null || points.some((point) => extensions.crlDistributionPoints?.includes(point) === true)
  );
}

function* read(bytes: Uint8Array): Loading<CertificateList | null> {
  const cursor = new DerCursor(bytes);
  const signed = readSigned(cursor);
  if (signed === null) return null;
  const { stop } = signed;
  cursor.at = signed.start;
  // Version 2 is written as 1; a list of version 1 says nothing, and has no extensions.
  const isVersion2 = cursor.take(DER_TAG.integer, stop);
  if (isVersion2 && cursor.smallInteger() !== 1) return null;
  if (!takeSameAlgorithm(cursor, signed) || !takeName(cursor, stop)) return null;
  const issuer = cursor.element();
  const thisUpdateMs = takeTimeMs(cursor, stop);
  const nextUpdateMs = takeTimeMs(cursor, stop);
  // NaN compares false.
  if (!(thisUpdateMs <= nextUpdateMs)) return null;
  const revoked = new Map<string, number>();
  if (cursor.enter(DER_TAG.sequence, stop) && !(yield* readEntries(cursor, cursor.stop, revoked)))
    return null;
  let scope: Scope | null = EVERYTHING;
  let conforms = false;
  if (cursor.at < stop) {
    if (!isVersion2 || !cursor.enter(0xa0, stop) || cursor.stop !== stop) return null;
    const extensions = readExtensionList(cursor, stop);
    if (extensions === null || cursor.at !== stop || !areUnderstood(extensions)) return null;
    scope = scopeOf(extensions);
    conforms = [CRL_NUMBER, AUTHORITY_KEY_ID].every((oid) =>
      extensions.some((each) => each.oid === oid && !each.critical),
    );
  }
  if (scope === null) return null;
  const { tbs, algorithm: signatureAlgorithm, signature } = signed;
  return { tbs, signatureAlgorithm, signature, issuer, thisUpdateMs, nextUpdateMs, revoked, scope, conforms };
}

function* readEntries(cursor: DerCursor, end: number, revoked: Map<string, number>): Loading<boolean> {
  for (let entries = 1; cursor.at < end; entries++) {
    if (!readEntry(cursor, end, revoked)) return false;
    if (entries % ENTRIES_PER_STEP === 0) yield;
  }
  return true;
}

function readEntry(cursor: DerCursor, end: number, revoked: Map<string, number>): boolean {
  if (!cursor.enter(DER_TAG.sequence, end)) return false;
  const entryEnd = cursor.stop;
  if (!cursor.take(DER_TAG.integer, entryEnd)) return false;
  const serial = toHex(cursor.value());
  if (Number.isNaN(takeTimeMs(cursor, entryEnd))) return false;
  let reason = 0;
  if (cursor.at < entryEnd) {
    const extensions = readExtensionList(cursor, entryEnd);
    if (extensions === null || cursor.at !== entryEnd || !areUnderstood(extensions)) return false;
    reason = reasonOf(extensions);
    if (reason < 0 || reason > REASON_MAX || reason === REMOVE_FROM_CRL) return false;
  }
  revoked.set(serial, reason);
  return true;
}

function areUnderstood(extensions: readonly Extension[]): boolean {
  return extensions.every(({ oid, critical }) => !critical || UNDERSTOOD.has(oid));
}

function reasonOf(extensions: readonly Extension[]): number {
  const value = extensions.find(({ oid }) => oid === REASON_CODE)?.value;
  if (value === undefined) return 0;
  if (derFault(value) !== null) return -1;
  const cursor = new DerCursor(value);
  return cursor.take(DER_TAG.enumerated, value.length) ? cursor.smallInteger() : -1;
}

/**
 * IssuingDistributionPoint (5.2.5): the point's name, and for leaves or for CAs only. A list of some reasons, of attribute
 * certificates or of other issuers is not taken: null.
 */
function scopeOf(extensions: readonly Extension[]): Scope | null {
  const value = extensions.find(({ oid }) => oid === ISSUING_DISTRIBUTION_POINT)?.value;
  if (value === undefined) return EVERYTHING;
  if (derFault(value) !== null) return null;
  const cursor = new DerCursor(value);
  if (!cursor.enter(DER_TAG.sequence, value.length)) return null;
  const points = cursor.enter(0xa0, value.length) ? readPoint(cursor, cursor.stop) : null;
  const leaves = takeTrue(cursor, 0x81);
  const cas = takeTrue(cursor, 0x82);
  if (cursor.at !== value.length || leaves === null || cas === null || (leaves && cas)) return null;
  return { of: leaves ? 'leaves' : cas ? 'cas' : 'all', points };
}

/** URIs of a DistributionPointName; none where it is a relative name. */
function readPoint(cursor: DerCursor, end: number): readonly string[] {
  const names = cursor.enter(0xa0, end) ? readGeneralNames(cursor, cursor.stop) : null;
  cursor.at = end;
  const uris = (names ?? []).filter(({ tag }) => tag === GENERAL_NAME.uri);
  return uris.map(({ value }) => Buffer.from(value).toString('latin1'));
}

/** An implicit BOOLEAN that is there only when it is TRUE; null: there, and something else. */
function takeTrue(cursor: DerCursor, tag: number): boolean | null {
  if (!cursor.take(tag, cursor.bytes.length)) return false;
  return cursor.stop - cursor.start === 1 && cursor.bytes[cursor.start] === 0xff ? true : null;
}
