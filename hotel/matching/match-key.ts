/** The key that names and numbers are hashed under (`hotel.match_key_file`). */
import { HotelError } from '../hotel-error.ts';
import { readPrivateText } from '../register/private-text.ts';

const FORM = /^[0-9a-fA-F]{64}$/;

/** 32 bytes. Throws HotelError `unusable`; the message has nothing of the key. */
export function readMatchKey(file: string): Uint8Array {
  const text = readPrivateText(
    file,
    'hotel.match_key_file',
    'it is the key that the platform shares with the hotel',
  );
  if (FORM.test(text)) return Buffer.from(text, 'hex');
  throw new HotelError(
    'unusable',
    `hotel.match_key_file: ${file} must hold 32 bytes in hex and nothing else`,
  );
}
