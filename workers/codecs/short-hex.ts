/** Hex of a few bytes that come again and again, as the number of an issuer does: each text is made once, not per tap. */
import { toHex } from './hex.ts';

/** A text that is not there takes the place of another: no message can make this grow. */
const SLOTS = 1_024;
const BYTES_MAX = 4;
/** Spreads numbers over the slots (Knuth, The Art of Computer Programming, volume 3, section 6.4). */
const GOLDEN_RATIO = 0x9e37_79b1;
const SLOT_SHIFT = 22;

const numbers = new Int32Array(SLOTS);
const lengths = new Uint8Array(SLOTS);
const texts: string[] = new Array<string>(SLOTS).fill('');

/** Of the bytes from `start` to `end`, at most four. Throws RangeError on more. */
export function shortHex(
  bytes: Uint8Array,
  { start, end }: { readonly start: number; readonly end: number },
): string {
  const length = end - start;
  if (length > BYTES_MAX) throw new RangeError('at most four bytes are kept as hex');
  let number = 0;
  for (let i = start; i < end; i += 1) number = (number << 8) | (bytes[i] as number);
  const slot = Math.imul(number + length, GOLDEN_RATIO) >>> SLOT_SHIFT;
  if (numbers[slot] !== number || lengths[slot] !== length) {
    numbers[slot] = number;
    lengths[slot] = length;
    texts[slot] = toHex(bytes.subarray(start, end));
  }
  return texts[slot] as string;
}
