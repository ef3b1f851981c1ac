/** Reads a certificate: strict DER, each field of the form RFC 5280 clause 4.1 gives. Never throws, whatever the bytes. */
import type { Code } from '../../config/codes.ts';
import { derFault } from '../codecs/der-check.ts';
import { DER_TAG, DerCursor } from '../codecs/der-cursor.ts';
import { derTimeMs } from '../codecs/der-time.ts';
import type { Certificate } from './certificate.ts';
import { noExtensions, readExtensions } from './extensions.ts';
import { takeName } from './general-names.ts';
import { readPublicKey } from './public-key.ts';
import { readSignatureAlgorithm, type SignatureAlgorithm } from './signature-algorithm.ts';

export const CERTIFICATE_BYTES_MAX = 16_384;
const SERIAL_BYTES_MAX = 33;
const CERTIFICATE_LIMITS = { bytesMax: CERTIFICATE_BYTES_MAX, elementsMax: 2_048 };

/** The certificate that all bytes are, or the code of what is wrong with them. It views the bytes: do not change them. */
export function parseCertificate(bytes: Uint8Array): Certificate | Code {
  return derFault(bytes, 0, bytes.length, CERTIFICATE_LIMITS) ?? read(bytes) ?? 'credential.malformed';
}

/** What a signed structure has around what is signed: certificates, and lists of revocation. */
export interface Signed {
  readonly tbs: Uint8Array;
  readonly algorithm: SignatureAlgorithm | null;
  /** Where the AlgorithmIdentifier is, which the signed part repeats. */
  readonly identifierStart: number;
  readonly identifierStop: number;
  readonly signature: Uint8Array;
  /** Where the contents of the signed part begin and end. */
  readonly start: number;
  readonly stop: number;
}

/** SEQUENCE { signed part, AlgorithmIdentifier, BIT STRING }, all bytes of the cursor. */
export function readSigned(cursor: DerCursor): Signed | null {
  const end = cursor.bytes.length;
  if (!cursor.enter(DER_TAG.sequence, end)) return null;
  if (!cursor.take(DER_TAG.sequence, end)) return null;
  const { start, stop } = cursor;
  const tbs = cursor.element();
  if (!cursor.take(DER_TAG.sequence, end)) return null;
  const { first: identifierStart, stop: identifierStop } = cursor;
  const algorithm = readSignatureAlgorithm(cursor);
  if (!cursor.take(DER_TAG.bitString, end) || cursor.at !== end) return null;
  if (cursor.bytes[cursor.start] !== 0) return null;
  const signature = cursor.bytes.subarray(cursor.start + 1, end);
  return { tbs, algorithm, identifierStart, identifierStop, signature, start, stop };
}

/** Takes the AlgorithmIdentifier of the signed part; whether it is the one outside, byte for byte (4.1.1.2). */
export function takeSameAlgorithm(
  cursor: DerCursor,
  { identifierStart, identifierStop, stop }: Signed,
): boolean {
  if (!cursor.take(DER_TAG.sequence, stop)) return false;
  const { bytes, first } = cursor;
  if (cursor.stop - first !== identifierStop - identifierStart) return false;
  for (let at = first; at < cursor.stop; at++)
    if (bytes[at] !== bytes[identifierStart + at - first]) return false;
  return true;
}

/** Takes a Time: milliseconds, or NaN. */
export function takeTimeMs(cursor: DerCursor, end: number): number {
  return cursor.any(end) ? derTimeMs(cursor.bytes, cursor.tag, cursor.start, cursor.stop) : Number.NaN;
}

function read(bytes: Uint8Array): Certificate | null {
  const cursor = new DerCursor(bytes);
  const signed = readSigned(cursor);
  if (signed === null) return null;
  const { stop } = signed;
  cursor.at = signed.start;
  const version = takeVersion(cursor, stop);
  if (version < 1 || !cursor.take(DER_TAG.integer, stop)) return null;
  const serial = cursor.value();
  if (serial.length > SERIAL_BYTES_MAX || !takeSameAlgorithm(cursor, signed)) return null;
  if (!takeName(cursor, stop)) return null;
  const issuer = cursor.element();
  if (!cursor.enter(DER_TAG.sequence, stop)) return null;
  const validityEnd = cursor.stop;
  const notBeforeMs = takeTimeMs(cursor, validityEnd);
  const notAfterMs = takeTimeMs(cursor, validityEnd);
  // NaN compares false.
  if (!(notBeforeMs <= notAfterMs) || cursor.at !== validityEnd || !takeName(cursor, stop)) return null;
  const subject = cursor.element();
  const key = readPublicKey(cursor, stop);
  if (key === null) return null;
  cursor.take(0x81, stop);
  cursor.take(0x82, stop);
  let extensions = null;
  if (cursor.at === stop) extensions = noExtensions();
  else if (version === 3 && cursor.enter(0xa3, stop) && cursor.stop === stop)
    extensions = readExtensions(cursor, stop);
  if (extensions === null) return null;
  return {
    der: bytes,
    tbs: signed.tbs,
    version,
    serial,
    issuer,
    subject,
    notBeforeMs,
    notAfterMs,
    key,
    signatureAlgorithm: signed.algorithm,
    signature: signed.signature,
    extensions,
  };
}

/** 1 is the default, so it is not written (X.690 clause 11.5); 0: none that there is. */
function takeVersion(cursor: DerCursor, end: number): number {
  if (!cursor.enter(0xa0, end)) return 1;
  const { stop } = cursor;
  if (!cursor.take(DER_TAG.integer, stop) || cursor.at !== stop) return 0;
  const written = cursor.smallInteger();
  return written === 1 || written === 2 ? written + 1 : 0;
}
