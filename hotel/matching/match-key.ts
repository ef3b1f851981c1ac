/** The key that names and numbers are hashed under (`hotel.match_key_file`). */
import { readFileSync } from 'node:fs';
import { HotelError } from '../hotel-error.ts';

const FORM = /^[0-9a-fA-F]{64}$/;

/** 32 bytes. Throws HotelError `unusable`; the message has nothing of the key. */
export function readMatchKey(file: string): Uint8Array {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? 'error';
    throw new HotelError('unusable', `hotel.match_key_file: ${file} cannot be read (${why})`, { cause });
  }
  if (FORM.test(text)) return Buffer.from(text, 'hex');
  throw new HotelError(
    'unusable',
    `hotel.match_key_file: ${file} must hold 32 bytes in hex and nothing else`,
  );
}
