/** Decryption with SM2 (GB/T 32918.4, 7.1), for test keys alone: nothing here tries to be constant-time. */
import { bytesToNumber, numberToBytes } from './bytes.ts';
import { SM2_POINT, type Sm2Key, sm3 } from './sm2.ts';

const POINT_BYTES = 65;
const DIGEST_BYTES = 32;

/** The message of C1 ‖ C3 ‖ C2. Throws RangeError or Error on what was not encrypted to this key. */
export function sm2Decrypt({ d }: Sm2Key, encrypted: Uint8Array): Uint8Array {
  if (encrypted.length <= POINT_BYTES + DIGEST_BYTES) throw new RangeError('too short for SM2');
  const c1 = SM2_POINT.fromBytes(encrypted.subarray(0, POINT_BYTES));
  c1.assertValidity();
  const c3 = encrypted.subarray(POINT_BYTES, POINT_BYTES + DIGEST_BYTES);
  const c2 = encrypted.subarray(POINT_BYTES + DIGEST_BYTES);
  const { x, y } = c1.multiply(d).toAffine();
  const [x2, y2] = [numberToBytes(x, 32), numberToBytes(y, 32)];
  const message = c2.map((byte, i) => {
    const block = sm3(x2, y2, numberToBytes(BigInt(1 + Math.floor(i / DIGEST_BYTES)), 4));
    return byte ^ (block[i % DIGEST_BYTES] as number);
  });
  const digest = sm3(x2, message, y2);
  if (bytesToNumber(digest) !== bytesToNumber(c3)) throw new RangeError('not encrypted to this key');
  return message;
}
