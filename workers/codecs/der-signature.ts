/** ECDSA-Sig-Value (RFC 3279 clause 2.2.3; SM2 the same, GM/T 0009 clause 7.3): SEQUENCE { r INTEGER, s INTEGER }. */
import { derFault } from './der-check.ts';
import { DER_TAG, DerCursor } from './der-cursor.ts';

/**
 * r ‖ s of `width` bytes each, or null where the bytes are no strict DER of two numbers from 0 that fit. Whether the numbers
 * are in the range of the curve is for the engine to say.
 */
export function rawSignature(der: Uint8Array, width: number): Uint8Array | null {
  if (derFault(der) !== null) return null;
  const cursor = new DerCursor(der);
  if (!cursor.enter(DER_TAG.sequence, der.length)) return null;
  const raw = new Uint8Array(width * 2);
  for (let half = 1; half <= 2; half++) {
    if (!cursor.take(DER_TAG.integer, der.length)) return null;
    const { stop } = cursor;
    const start = der[cursor.start] === 0 ? cursor.start + 1 : cursor.start;
    const negative = (der[cursor.start] as number) >= 0x80;
    if (negative || stop - start > width) return null;
    for (let from = start, to = width * half - (stop - start); from < stop; )
      raw[to++] = der[from++] as number;
  }
  return cursor.at === der.length ? raw : null;
}
