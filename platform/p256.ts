/** P-256 keys and signatures of the reference platform, drawn from its seed: the same key and message give the same bytes. */
import { p256 } from '@noble/curves/nist.js';
import { bytesToNumber, numberToBytes } from './bytes.ts';

export interface P256Key {
  /** The private scalar, 32 bytes. */
  readonly d: Uint8Array;
  /** X ‖ Y, 64 bytes. */
  readonly publicKey: Uint8Array;
}

/** The key whose private scalar is `material` (at least 40 bytes) reduced to 1 … n-1. */
export function p256Key(material: Uint8Array): P256Key {
  if (material.length < 40) throw new RangeError('a P-256 key needs 40 bytes of material');
  return p256KeyOf((bytesToNumber(material) % (p256.Point.Fn.ORDER - 1n)) + 1n);
}

/** The key of a private scalar. */
export function p256KeyOf(scalar: bigint): P256Key {
  const d = numberToBytes(scalar, 32);
  return { d, publicKey: p256.getPublicKey(d, false).slice(1) };
}

/** r ‖ s over SHA-256 of the message, with the nonce of RFC 6979; s is as it comes, never made small. */
export function p256Sign(key: P256Key, message: Uint8Array): Uint8Array {
  return p256.sign(message, key.d, { prehash: true, lowS: false });
}

/** X coordinate of the shared point (NIST SP 800-56A clause 5.7.1.2). `publicKey`: X ‖ Y. */
export function p256Shared(key: P256Key, publicKey: Uint8Array): Uint8Array {
  const point = new Uint8Array(65);
  point[0] = 4;
  point.set(publicKey, 1);
  return p256.getSharedSecret(key.d, point, false).slice(1, 33);
}

export interface P256Jwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** RFC 7517; of the public part only. */
export function p256Jwk({ publicKey }: P256Key): P256Jwk {
  const text = (from: number) => Buffer.from(publicKey.subarray(from, from + 32)).toString('base64url');
  return { kty: 'EC', crv: 'P-256', x: text(0), y: text(32) };
}
