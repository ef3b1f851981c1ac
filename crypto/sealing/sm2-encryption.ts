/** Encryption to a public key of SM2 (GB/T 32918.4-2016): of keys, and never of more than a few blocks. */
import { createECDH, type ECDH } from 'node:crypto';
import { SM2_POINT } from '../../workers/engine/sm2-curve.ts';
import { CryptoError } from '../crypto-error.ts';
import { DIGEST_BYTES, digestOf } from '../digest.ts';

type Point = InstanceType<typeof SM2_POINT>;

const CURVE = SM2_POINT.CURVE();
const POINT_BYTES = 65;

/** What it adds to the message: the point C1 and the digest C3. */
export const SM2_ENCRYPTION_BYTES = POINT_BYTES + DIGEST_BYTES;

/**
 * C1 ‖ C3 ‖ C2, steps A1 to A8 of clause 6.1: C1 as an uncompressed point (04 ‖ x ‖ y), C2 as long as the message. `publicKey`:
 * X ‖ Y, 64 bytes. Throws CryptoError `unusable` where that is no point of the curve.
 */
export function sm2Encrypt(publicKey: Uint8Array, message: Uint8Array): Buffer {
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
  if (mask.every((byte) => byte === 0)) return null;
  const c3 = digestOf('SM3', Buffer.concat([x2, message, y2]));
  return Buffer.concat([own.getPublicKey(), c3, mask.map((byte, i) => byte ^ (message[i] as number))]);
}

function pointOf(publicKey: Uint8Array): Point {
  try {
    const point = SM2_POINT.fromBytes(Buffer.concat([Uint8Array.of(4), publicKey]));
    point.assertValidity();
    return point;
  } catch (cause) {
    throw new CryptoError('unusable', 'these bytes are no public key of SM2', { cause });
  }
}

/**
 * Coordinates of k·P. OpenSSL multiplies, in a time that depends on no secret, and gives x alone; of the two points with that x it is
 * the one that, with P added, has the x of (k + 1)·P.
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
