/** The secret that PINs of the signed list are hashed with (RFC 9106 clause 3.1, K): held apart from the list. */
import { readFileSync } from 'node:fs';
import { HotelError } from '../hotel-error.ts';

const SECRET_HEX = /^(?:[0-9a-f]{2}){16,64}$/i;

/** Null: there is none, and PINs are checked by the platform alone. Throws HotelError `unusable`. */
export function readPinSecret(file: string | undefined): Buffer | null {
  if (file === undefined) return null;
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const why = (cause as Error).message;
    throw new HotelError('unusable', `hotel.pin_secret_file: ${file} cannot be read (${why})`, { cause });
  }
  if (!SECRET_HEX.test(text)) {
    throw new HotelError(
      'unusable',
      `hotel.pin_secret_file: ${file} must hold 16 to 64 bytes in hex and nothing else`,
    );
  }
  return Buffer.from(text, 'hex');
}
