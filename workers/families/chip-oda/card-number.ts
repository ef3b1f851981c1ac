/** The card number (PAN) as the card shows it, in one or more places that must agree. */
import { compressedNumeric, track2CardNumber } from '../../codecs/compressed-numeric.ts';
import { CARD_NUMBER_DIGITS_MAX, CARD_NUMBER_DIGITS_MIN } from './certificate.ts';
import type { ChipCheckList } from './chip-check-list.ts';
import type { DataObjects } from './input.ts';

const APPLICATION_PAN = '5A';
const TRACK_2_EQUIVALENT = '57';

/**
 * The digits of the card number in the application PAN (5A) and the track-2 equivalent data (57), read beside or
 * inside the static data. EMV Book 2 clause 6.4 step 8 compares them with the certificate's.
 */
export function readCardNumber(list: ChipCheckList, beside: DataObjects, all: DataObjects): string | null {
  const shown: (string | null)[] = [];
  for (const objects of [beside, all]) {
    const pan = objects[APPLICATION_PAN];
    if (pan !== undefined) shown.push(compressedNumeric(pan));
    const track2 = objects[TRACK_2_EQUIVALENT];
    if (track2 !== undefined) shown.push(track2CardNumber(track2));
  }
  const [number] = shown;
  if (!list.require('card_number.present', 'credential.data_missing', number !== undefined)) return null;
  const wellFormed = shown.every((digits) => digits !== null && isCardNumber(digits));
  if (!list.require('card_number.format', 'credential.malformed', wellFormed)) return null;
  const agree = shown.every((digits) => digits === number);
  return list.require('card_number.agrees', 'credential.identity_mismatch', agree) ? (number ?? null) : null;
}

function isCardNumber(digits: string): boolean {
  return digits.length >= CARD_NUMBER_DIGITS_MIN && digits.length <= CARD_NUMBER_DIGITS_MAX;
}
