/** The secret that PINs of the signed list are hashed with (RFC 9106 clause 3.1, K): held apart from the list. */
import { HotelError } from '../hotel-error.ts';
import { readPrivateText } from '../register/private-text.ts';

const SECRET_HEX = /^(?:[0-9a-f]{2}){16,64}$/i;

/** Null: there is none, and PINs are checked by the platform alone. Throws HotelError `unusable`. */
export function readPinSecret(file: string | undefined): Buffer | null {
  if (file === undefined) return null;
  const text = readPrivateText(
    file,
    'hotel.pin_secret_file',
    'it is the secret that the platform hashes PINs with',
  );
  if (!SECRET_HEX.test(text)) {
    throw new HotelError(
      'unusable',
      `hotel.pin_secret_file: ${file} must hold 16 to 64 bytes in hex and nothing else`,
    );
  }
  return Buffer.from(text, 'hex');
}
