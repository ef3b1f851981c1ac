/** SubjectPublicKeyInfo (RFC 5280 clause 4.1.2.7; RFC 5480, 8017, 8410; GM/T 0009 clause 7.1). */
import type { Code } from '../../config/codes.ts';
import { derFault } from '../codecs/der-check.ts';
import { DER_TAG, DerCursor } from '../codecs/der-cursor.ts';
import { oidText } from '../codecs/der-oid.ts';
import { toHex } from '../codecs/hex.ts';

export type KeyAlgorithm = 'p256' | 'sm2' | 'p384' | 'p521' | 'brainpool' | 'rsa' | 'ed25519' | 'unknown';

export interface PublicKey {
  /** `unknown`: another algorithm or curve, or parameters that name none. No signature of it is good. */
  readonly algorithm: KeyAlgorithm;
  /** DER of SubjectPublicKeyInfo. */
  readonly spki: Uint8Array;
  /** Contents of the BIT STRING. */
  readonly bits: Uint8Array;
  /** X ‖ Y of a key on a curve whose point is uncompressed; whether it is on the curve is not looked at. Else null. */
  readonly point: Uint8Array | null;
  /** Bytes of a coordinate, and of r and s; 0 where the key is on no curve known here. */
  readonly coordinateBytes: number;
  /** Of RSA; 0 otherwise. */
  readonly modulusBits: number;
}

const EC_PUBLIC_KEY = '1.2.840.10045.2.1';
const RSA = '1.2.840.113549.1.1.1';
const RSA_PSS = '1.2.840.113549.1.1.10';
const ED25519 = '1.3.101.112';

interface Curve {
  readonly algorithm: KeyAlgorithm;
  readonly coordinateBytes: number;
}

const CURVES: ReadonlyMap<string, Curve> = new Map([
  ['1.2.840.10045.3.1.7', { algorithm: 'p256', coordinateBytes: 32 }],
  ['1.2.156.10197.1.301', { algorithm: 'sm2', coordinateBytes: 32 }],
  ['1.3.132.0.34', { algorithm: 'p384', coordinateBytes: 48 }],
  ['1.3.132.0.35', { algorithm: 'p521', coordinateBytes: 66 }],
  ['1.3.36.3.3.2.8.1.1.7', { algorithm: 'brainpool', coordinateBytes: 32 }],
  ['1.3.36.3.3.2.8.1.1.9', { algorithm: 'brainpool', coordinateBytes: 40 }],
  ['1.3.36.3.3.2.8.1.1.11', { algorithm: 'brainpool', coordinateBytes: 48 }],
  ['1.3.36.3.3.2.8.1.1.13', { algorithm: 'brainpool', coordinateBytes: 64 }],
]);

const UNKNOWN: Curve = { algorithm: 'unknown', coordinateBytes: 0 };
const UNCOMPRESSED = 0x04;

/** The key that all bytes are, or the code of what is wrong with them. It views the bytes. */
export function parsePublicKey(spki: Uint8Array): PublicKey | Code {
  const fault = derFault(spki);
  if (fault !== null) return fault;
  const cursor = new DerCursor(spki);
  return readPublicKey(cursor, spki.length) ?? 'key.invalid';
}

/** The key that `cursor` is before, which ends at or before `end`; null where it is not of the form. */
export function readPublicKey(cursor: DerCursor, end: number): PublicKey | null {
  const { bytes } = cursor;
  if (!cursor.enter(DER_TAG.sequence, end)) return null;
  const [first, stop] = [cursor.first, cursor.stop];
  if (!cursor.enter(DER_TAG.sequence, stop)) return null;
  const parametersEnd = cursor.stop;
  if (!cursor.take(DER_TAG.objectIdentifier, parametersEnd)) return null;
  const algorithm = oidText(bytes, cursor.start, cursor.stop);
  const parameters = parametersOf(cursor, parametersEnd);
  cursor.at = parametersEnd;
  if (!cursor.take(DER_TAG.bitString, stop) || cursor.at !== stop || bytes[cursor.start] !== 0) return null;
  const bits = bytes.subarray(cursor.start + 1, cursor.stop);
  const base = { spki: bytes.subarray(first, stop), bits, point: null, coordinateBytes: 0, modulusBits: 0 };
  switch (algorithm) {
    case EC_PUBLIC_KEY: {
      const curve = CURVES.get(parameters) ?? UNKNOWN;
      return { ...base, ...curve, point: pointOf(bits, curve.coordinateBytes) };
    }
    case RSA:
    case RSA_PSS: {
      const modulusBits = modulusBitsOf(cursor, stop - bits.length, stop);
      return modulusBits === 0 ? null : { ...base, algorithm: 'rsa', modulusBits };
    }
    case ED25519:
      return bits.length === 32 && parameters === NONE ? { ...base, algorithm: 'ed25519' } : null;
    default:
      return { ...base, algorithm: 'unknown' };
  }
}

/** What names the key in hex: X ‖ Y, the modulus, or the 32 bytes of Ed25519; none where it is of no known kind. */
export function publicKeyHex({ algorithm, bits, point }: PublicKey): readonly string[] {
  if (point !== null) return [toHex(point)];
  if (algorithm === 'ed25519') return [toHex(bits)];
  if (algorithm !== 'rsa') return [];
  const cursor = new DerCursor(bits);
  if (!cursor.enter(DER_TAG.sequence, bits.length) || !cursor.take(DER_TAG.integer, bits.length)) return [];
  return [toHex(bits[cursor.start] === 0 ? bits.subarray(cursor.start + 1, cursor.stop) : cursor.value())];
}

const NONE = '';
const OTHER = 'other';

/** The identifier that the parameters are; NONE where there are none. */
function parametersOf(cursor: DerCursor, end: number): string {
  if (cursor.at === end) return NONE;
  return cursor.take(DER_TAG.objectIdentifier, end) && cursor.at === end
    ? oidText(cursor.bytes, cursor.start, cursor.stop)
    : OTHER;
}

function pointOf(bits: Uint8Array, coordinateBytes: number): Uint8Array | null {
  const isPoint = bits[0] === UNCOMPRESSED && bits.length === 1 + coordinateBytes * 2;
  return isPoint && coordinateBytes > 0 ? bits.subarray(1) : null;
}

/** RSAPublicKey (RFC 8017 A.1.1): 0 where it is not of the form. */
function modulusBitsOf(cursor: DerCursor, start: number, end: number): number {
  const { bytes } = cursor;
  if (derFault(bytes, start, end) !== null) return 0;
  cursor.at = start;
  if (!cursor.enter(DER_TAG.sequence, end)) return 0;
  if (!cursor.take(DER_TAG.integer, end)) return 0;
  const leading = bytes[cursor.start] as number;
  const from = leading === 0 ? cursor.start + 1 : cursor.start;
  const size = cursor.stop - from;
  if (leading >= 0x80 || size <= 0) return 0;
  // A long exponent would make every verification dear.
  if (!cursor.take(DER_TAG.integer, end) || cursor.smallInteger() < 3) return 0;
  return cursor.at === end ? size * 8 - Math.clz32((bytes[from] as number) << 24) : 0;
}
