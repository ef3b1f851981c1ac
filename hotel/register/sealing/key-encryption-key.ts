/** The key-encryption key, which the operator holds apart from the data: it wraps the keys that rows are sealed under. */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { HotelError } from '../../hotel-error.ts';
import { readPrivateText } from '../private-text.ts';

const KEY_HEX = /^[0-9a-f]{64}$/i;
/** RFC 3394 2.2.3.1: the initial value, by which a wrong key is told. */
const INITIAL = Buffer.alloc(8, 0xa6);
const WRAP = 'id-aes256-wrap';
const CHECK_BYTES = 16;
const MAKE_ONE = 'onecard desk key new FILE makes one';

export class KeyEncryptionKey {
  readonly #key: Buffer;
  /** By which a register tells whether its keys are wrapped under this one, hex. It tells nothing of the key. */
  readonly check: string;

  /** `key`: 32 bytes. */
  constructor(key: Buffer, hotelId: string) {
    this.#key = key;
    const info = Buffer.from(`onecard register check ${hotelId}`, 'utf8');
    this.check = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), info, CHECK_BYTES)).toString('hex');
  }

  /** RFC 3394 2.2.1: 32 bytes become 40. */
  wrap(dataKey: Buffer): Buffer {
    const cipher = createCipheriv(WRAP, this.#key, INITIAL);
    return Buffer.concat([cipher.update(dataKey), cipher.final()]);
  }

  /** Throws HotelError `unreadable` when it was wrapped under another key, or changed. */
  unwrap(wrapped: Buffer): Buffer {
    try {
      const decipher = createDecipheriv(WRAP, this.#key, INITIAL);
      return Buffer.concat([decipher.update(wrapped), decipher.final()]);
    } catch (cause) {
      throw new HotelError(
        'unreadable',
        'a key of the register cannot be unwrapped: it is damaged, or was wrapped under another key-encryption key',
        { cause },
      );
    }
  }
}

/** Reads `hotel.key_file`. Throws HotelError `unusable`, with what to do. */
export function readKeyEncryptionKey(file: string, hotelId: string): KeyEncryptionKey {
  const text = readPrivateText(file, 'hotel.key_file', MAKE_ONE);
  if (!KEY_HEX.test(text)) {
    throw new HotelError(
      'unusable',
      `hotel.key_file: ${file} must hold 32 bytes in hex and nothing else; ${MAKE_ONE}`,
    );
  }
  return new KeyEncryptionKey(Buffer.from(text, 'hex'), hotelId);
}
