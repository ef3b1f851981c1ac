/**
 * One sealed row: version 1 ‖ key id 8 ‖ nonce 12 ‖ ciphertext ‖ tag 16; AES-256-GCM (NIST SP 800-38D) with a nonce drawn for each, and as
 * associated data where the row belongs, so that one put elsewhere, or under another version, does not open.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { HotelError } from '../../hotel-error.ts';

const FORMAT = 1;
const KEY_ID_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES;
const SEALED_MIN = HEAD_BYTES + NONCE_BYTES + TAG_BYTES;
const CIPHER = 'aes-256-gcm';

/** Where a row belongs. */
export interface RowPlace {
  readonly hotelId: string;
  readonly table: string;
  readonly id: string;
  readonly version: number;
  readonly purgeDay: string;
}

/** `key`: 32 bytes; `keyId`: 16 hex digits. */
export function seal(key: Buffer, keyId: string, place: RowPlace, plain: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(place));
  const body = cipher.update(plain);
  cipher.final();
  return Buffer.concat([Buffer.of(FORMAT), Buffer.from(keyId, 'hex'), nonce, body, cipher.getAuthTag()]);
}

/** Throws HotelError `unreadable`. */
export function unseal(key: Buffer, place: RowPlace, sealed: Buffer): Buffer {
  try {
    const end = sealed.length - TAG_BYTES;
    const nonce = sealed.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(associated(place));
    decipher.setAuthTag(sealed.subarray(end));
    const plain = decipher.update(sealed.subarray(HEAD_BYTES + NONCE_BYTES, end));
    decipher.final();
    return plain;
  } catch (cause) {
    throw new HotelError(
      'unreadable',
      'a row of the register does not open: it was changed, or put elsewhere',
      {
        cause,
      },
    );
  }
}

/** Of the key that a row is sealed under. Throws HotelError `unreadable` when it is no sealed row. */
export function keyIdOf(sealed: Buffer): string {
  if (sealed.length < SEALED_MIN || sealed[0] !== FORMAT) {
    throw new HotelError('unreadable', 'a row of the register is cut off, or of another version');
  }
  return sealed.toString('hex', 1, HEAD_BYTES);
}

function associated({ hotelId, table, id, version, purgeDay }: RowPlace): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, hotelId, table, id, version, purgeDay]), 'utf8');
}
