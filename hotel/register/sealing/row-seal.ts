/**
 * One sealed row: format 1 ‖ key id 8 ‖ nonce ‖ ciphertext ‖ tag, and as associated data where the row belongs, so that one put
 * elsewhere, or under another version, does not open. Format 1 is AES-256-GCM (nonce 12, tag 16), 2 is SM4-CTR-HMAC-SM3 (16 and 32).
 */
import type { SealAlgorithm } from '../../../crypto/algorithms.ts';
import { CryptoError } from '../../../crypto/crypto-error.ts';
import { SEAL_BYTES, type Sealer } from '../../../crypto/sealing/seal.ts';
import { HotelError } from '../../hotel-error.ts';

const FORMAT = { 'AES-256-GCM': 1, 'SM4-CTR-HMAC-SM3': 2 } as const satisfies Record<SealAlgorithm, number>;
const KEY_ID_BYTES = 8;
const HEAD_BYTES = 1 + KEY_ID_BYTES;
const OVERHEAD_BYTES: ReadonlyMap<number | undefined, number> = new Map(
  (['AES-256-GCM', 'SM4-CTR-HMAC-SM3'] as const).map((algorithm) => [
    FORMAT[algorithm],
    HEAD_BYTES + SEAL_BYTES[algorithm],
  ]),
);

/** Where a row belongs. */
export interface RowPlace {
  readonly hotelId: string;
  readonly table: string;
  readonly id: string;
  readonly version: number;
  readonly purgeDay: string;
}

/** `keyId`: 16 hex digits. */
export function seal(sealer: Sealer, keyId: string, place: RowPlace, plain: Buffer): Buffer {
  const format = FORMAT[sealer.algorithm];
  return Buffer.concat([
    Buffer.of(format),
    Buffer.from(keyId, 'hex'),
    sealer.seal(plain, associated(format, place)),
  ]);
}

/** Throws HotelError `unreadable`, also where the row names another algorithm than its key is of. */
export function unseal(sealer: Sealer, place: RowPlace, sealed: Buffer): Buffer {
  const format = FORMAT[sealer.algorithm];
  try {
    if (sealed[0] !== format) throw new CryptoError('unreadable', 'its format is not that of its key');
    return sealer.open(sealed.subarray(HEAD_BYTES), associated(format, place));
  } catch (cause) {
    throw new HotelError(
      'unreadable',
      'a row of the register does not open: it was changed, or put elsewhere',
      { cause },
    );
  }
}

/** Of the key that a row is sealed under. Throws HotelError `unreadable` when it is no sealed row. */
export function keyIdOf(sealed: Buffer): string {
  if (sealed.length < (OVERHEAD_BYTES.get(sealed[0]) ?? Number.POSITIVE_INFINITY)) {
    throw new HotelError('unreadable', 'a row of the register is cut off, or of another version');
  }
  return sealed.toString('hex', 1, HEAD_BYTES);
}

function associated(format: number, { hotelId, table, id, version, purgeDay }: RowPlace): Buffer {
  return Buffer.from(JSON.stringify([format, hotelId, table, id, version, purgeDay]), 'utf8');
}
