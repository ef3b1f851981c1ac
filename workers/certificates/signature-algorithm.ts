/** AlgorithmIdentifier of a signature (RFC 5280 clause 4.1.1.2; RFC 4055, 5758, 8410; GM/T 0006 for SM2 with SM3). */
import { DER_TAG, type DerCursor } from '../codecs/der-cursor.ts';
import { oidText } from '../codecs/der-oid.ts';

export type Sha2 = 'sha256' | 'sha384' | 'sha512';

export type EllipticAlgorithm =
  | { readonly name: 'ecdsa'; readonly hash: Sha2 }
  /** With SM3. */
  | { readonly name: 'sm2' };

export type SignatureAlgorithm =
  | EllipticAlgorithm
  | { readonly name: 'rsa-pkcs1'; readonly hash: Sha2 }
  | { readonly name: 'rsa-pss'; readonly hash: Sha2; readonly saltBytes: number }
  | { readonly name: 'ed25519' };

const ECDSA_SHA256: SignatureAlgorithm = { name: 'ecdsa', hash: 'sha256' };
const SM2: SignatureAlgorithm = { name: 'sm2' };

/** SHA-1 is not among them: collisions can be made. */
const ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map<string, SignatureAlgorithm>([
  ['1.2.840.10045.4.3.2', ECDSA_SHA256],
  ['1.2.840.10045.4.3.3', { name: 'ecdsa', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { name: 'ecdsa', hash: 'sha512' }],
  ['1.2.156.10197.1.501', SM2],
  ['1.2.840.113549.1.1.11', { name: 'rsa-pkcs1', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { name: 'rsa-pkcs1', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { name: 'rsa-pkcs1', hash: 'sha512' }],
  ['1.3.101.112', { name: 'ed25519' }],
]);

const RSA_PSS = '1.2.840.113549.1.1.10';
const MGF1 = '1.2.840.113549.1.1.8';
const HASHES: ReadonlyMap<string, Sha2> = new Map<string, Sha2>([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/**
 * The algorithm of the AlgorithmIdentifier that `cursor` took last, or null where it is not known here. Parameters are absent
 * or NULL; those of RSASSA-PSS name the same SHA-2 twice, and the trailer is the usual one.
 */
export function readSignatureAlgorithm(cursor: DerCursor): SignatureAlgorithm | null {
  const { bytes, at: resumeAt, start, stop: end } = cursor;
  cursor.at = start;
  let algorithm: SignatureAlgorithm | null = null;
  if (cursor.take(DER_TAG.objectIdentifier, end)) {
    const oid = oidText(bytes, cursor.start, cursor.stop);
    if (oid === RSA_PSS) algorithm = readPss(cursor, end);
    else if (nothingOrNull(cursor, end)) algorithm = ALGORITHMS.get(oid) ?? null;
  }
  cursor.at = resumeAt;
  return algorithm;
}

function nothingOrNull(cursor: DerCursor, end: number): boolean {
  return cursor.at === end || (cursor.take(DER_TAG.null, end) && cursor.at === end);
}

/** RSASSA-PSS-params (RFC 4055 clause 3.1). The default of the hash is SHA-1, so it has to be said. */
function readPss(cursor: DerCursor, end: number): SignatureAlgorithm | null {
  if (!cursor.enter(DER_TAG.sequence, end) || cursor.stop !== end) return null;
  if (!cursor.enter(0xa0, end)) return null;
  const hash = readHash(cursor, cursor.stop);
  if (hash === null || !cursor.enter(0xa1, end)) return null;
  const maskEnd = cursor.stop;
  if (!cursor.enter(DER_TAG.sequence, maskEnd) || cursor.stop !== maskEnd) return null;
  if (!cursor.take(DER_TAG.objectIdentifier, maskEnd)) return null;
  if (oidText(cursor.bytes, cursor.start, cursor.stop) !== MGF1) return null;
  if (readHash(cursor, maskEnd) !== hash) return null;
  let saltBytes = 20;
  if (cursor.enter(0xa2, end)) {
    const saltEnd = cursor.stop;
    if (!cursor.take(DER_TAG.integer, saltEnd) || cursor.at !== saltEnd) return null;
    saltBytes = cursor.smallInteger();
  }
  // trailerField has one value, which is its default, so DER does not write it.
  return cursor.at === end && saltBytes >= 0 ? { name: 'rsa-pss', hash, saltBytes } : null;
}

/** The hash of an AlgorithmIdentifier that ends at `end`. */
function readHash(cursor: DerCursor, end: number): Sha2 | null {
  if (!cursor.enter(DER_TAG.sequence, end) || cursor.stop !== end) return null;
  if (!cursor.take(DER_TAG.objectIdentifier, end)) return null;
  const oid = oidText(cursor.bytes, cursor.start, cursor.stop);
  return nothingOrNull(cursor, end) ? (HASHES.get(oid) ?? null) : null;
}
