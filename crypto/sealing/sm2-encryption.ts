/** Encryption to a public key of SM2 (GB/T 32918.4-2016): of keys, and never of more than a few blocks. */
import { createECDH, type ECDH, timingSafeEqual } from 'node:crypto';
import { SM2_POINT } from '../../workers/engine/sm2-curve.ts';
import { CryptoError } from '../crypto-error.ts';
import { DIGEST_BYTES, digestOf } from '../digest.ts';

type Point = InstanceType<typeof SM2_POINT>;

const CURVE = SM2_POINT.CURVE();
const POINT_BYTES = 65;
/** SEC 1 clause 2.3.3. */
const UNCOMPRESSED = 4;

/** What it adds to the message: the point C1 and the digest C3. */
export const SM2_ENCRYPTION_BYTES = POINT_BYTES + DIGEST_BYTES;

/**
 * C1 ‖ C3 ‖ C2, steps A1 to A8 of clause 6.1: C1 as an uncompressed point (04 ‖ x ‖ y), C2 as long as the message. `publicKey`:
 * X ‖ Y, 64 bytes. Throws CryptoError `unusable` where that is no point of the curve, and TypeError on a message of no bytes.
 */
export function sm2Encrypt(publicKey: Uint8Array, message: Uint8Array): Buffer {
  if (message.length === 0) throw new TypeError('SM2 encrypts no message of no bytes');
  for (;;) {
    const own = createECDH('SM2');
    own.generateKeys();
    const encrypted = sm2EncryptWith(own, publicKey, message);
    if (encrypted !== null) return encrypted;
  }
}

/** `own`: drawn for this message alone. Null: of one key in 2^8 for each byte, the mask would leave the message as it is (A5). */
export function sm2EncryptWith(own: ECDH, publicKey: Uint8Array, message: Uint8Array): Buffer | null {
  const [x2, y2] = sharedPoint(own, pointOf(publicKey));
  const mask = keyStream(Buffer.concat([x2, y2]), message.length);
  if (isZero(mask)) return null;
  const c3 = digestOf('SM3', Buffer.concat([x2, message, y2]));
  return Buffer.concat([own.getPublicKey(), c3, masked(message, mask)]);
}

/**
 * The message of C1 ‖ C3 ‖ C2, steps B1 to B6 of clause 7.1. `scalar`: 32 bytes, 1 … n-2. Throws CryptoError `unreadable`, with
 * the same words whatever is wrong.
 */
export function sm2Decrypt(scalar: Uint8Array, encrypted: Uint8Array): Buffer {
  const c2 = encrypted.subarray(SM2_ENCRYPTION_BYTES);
  const c1 = c1Of(encrypted);
  if (c1 === null || c2.length === 0) throw unreadable();
  const own = createECDH('SM2');
  own.setPrivateKey(scalar);
  const [x2, y2] = sharedPoint(own, c1);
  const mask = keyStream(Buffer.concat([x2, y2]), c2.length);
  const message = masked(c2, mask);
  const c3 = digestOf('SM3', Buffer.concat([x2, message, y2]));
  const isItself = timingSafeEqual(c3, encrypted.subarray(POINT_BYTES, SM2_ENCRYPTION_BYTES));
  if (!isItself || isZero(mask)) throw unreadable();
  return message;
}

/** Null: no point of the curve, or that at infinity, which has no uncompressed form. */
function c1Of(encrypted: Uint8Array): Point | null {
  try {
    return pointOf(encrypted.subarray(1, POINT_BYTES), encrypted[0]);
  } catch {
    return null;
  }
}

function unreadable(): CryptoError {
  return new CryptoError('unreadable', 'it does not open: it was changed, or encrypted to another key');
}

/** In a time that depends on the length alone. */
function isZero(mask: Uint8Array): boolean {
  return mask.reduce((any, byte) => any | byte, 0) === 0;
}

function masked(bytes: Uint8Array, mask: Buffer): Buffer {
  return Buffer.from(mask.map((byte, i) => byte ^ (bytes[i] as number)));
}

function pointOf(publicKey: Uint8Array, form = UNCOMPRESSED): Point {
  try {
    if (form !== UNCOMPRESSED) throw new RangeError('a point is written uncompressed here');
    const point = SM2_POINT.fromBytes(Buffer.concat([Uint8Array.of(form), publicKey]));
    point.assertValidity();
    return point;
  } catch (cause) {
    throw new CryptoError('unusable', 'these bytes are no public key of SM2', { cause });
  }
}

/**
 * Coordinates of k·P, where k is not n-1. OpenSSL multiplies, in a time that depends on no secret, and gives x alone; of the two
 * points with that x it is the one that, with P added, has the x of (k + 1)·P.
 */
function sharedPoint(own: ECDH, to: Point): readonly [x: Uint8Array, y: Uint8Array] {
  const { Fp, Fn } = SM2_POINT;
  const bytes = to.toBytes(false);
  const x = Fp.fromBytes(own.computeSecret(bytes));
  const next = createECDH('SM2');
  next.setPrivateKey(Fn.toBytes(Fn.add(toScalar(own.getPrivateKey()), 1n)));
  const nextX = Fp.fromBytes(next.computeSecret(bytes));
  const y = Fp.sqrt(Fp.add(Fp.mul(Fp.add(Fp.sqr(x), CURVE.a), x), CURVE.b));
  const isIt = SM2_POINT.fromAffine({ x, y }).add(to).toAffine().x === nextX;
  return [Fp.toBytes(x), Fp.toBytes(isIt ? y : Fp.neg(y))];
}

function toScalar(privateKey: Buffer): bigint {
  return BigInt(`0x${privateKey.toString('hex')}`);
}

/** The key derivation function of clause 5.4.3. */
function keyStream(z: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let count = 1; blocks.length * DIGEST_BYTES < length; count += 1) {
    const ct = Buffer.alloc(4);
    ct.writeUInt32BE(count);
    blocks.push(digestOf('SM3', Buffer.concat([z, ct])));
  }
  return Buffer.concat(blocks).subarray(0, length);
}
