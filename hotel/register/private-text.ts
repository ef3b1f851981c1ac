/** Secrets that the operator keeps in files of their own. */
import { readFileSync, statSync } from 'node:fs';
import { HotelError } from '../hotel-error.ts';

const OTHERS_MAY = 0o077;

/**
 * Text of a file that nobody but its owner may read or write, without the blanks around it. `setting`: where it is named; `remedy`: how to come by
 * one. Throws HotelError `unusable`.
 */
export function readPrivateText(file: string, setting: string, remedy: string): string {
  let text: string;
  let mode: number;
  try {
    mode = statSync(file).mode;
    text = readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const why = (cause as Error).message;
    throw new HotelError('unusable', `${setting}: ${file} cannot be read (${why}); ${remedy}`, { cause });
  }
  if (process.platform !== 'win32' && (mode & OTHERS_MAY) !== 0) {
    throw new HotelError(
      'unusable',
      `${setting}: ${file} can be read or written by others than its owner: chmod 600 ${file}`,
    );
  }
  return text;
}
