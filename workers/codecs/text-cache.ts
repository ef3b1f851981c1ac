/**
 * Short ASCII texts by their bytes, so that a name that comes with every message is made once. Fixed in size, and a
 * text that is not there only takes the place of another: no message can make it grow or grow slow.
 */
const SLOTS = 2_048;
const TEXT_BYTES_MAX = 32;
/** Spreads numbers over the slots (Knuth, The Art of Computer Programming, volume 3, section 6.4). */
const GOLDEN_RATIO = 0x9e37_79b1;
const SLOT_SHIFT = 21;

const texts: string[] = new Array<string>(SLOTS).fill('');

/** Texts this short are told apart by one number: their length, and 7 bits a unit. */
export const NUMBERED_TEXT_BYTES = 4;
const numberedTexts: string[] = new Array<string>(SLOTS).fill('');
const numbers = new Int32Array(SLOTS);

/** The text of bytes known to be ASCII. `hash`: any 32-bit hash of them; equal bytes must come with equal hashes. */
export function asciiText(bytes: Uint8Array, start: number, end: number, hash: number): string {
  const slot = (hash ^ (hash >>> 11) ^ (end - start)) & (SLOTS - 1);
  const known = texts[slot] as string;
  if (known.length === end - start && isSame(known, bytes, start)) return known;
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  if (end - start > TEXT_BYTES_MAX) return text;
  texts[slot] = interned(text);
  return texts[slot] as string;
}

/** The same for at most `NUMBERED_TEXT_BYTES` bytes, as names of a card's data objects are. */
export function numberedText(bytes: Uint8Array, start: number, end: number): string {
  let number = end - start;
  for (let i = start; i < end; i++) number = (number << 7) | (bytes[i] as number);
  const slot = Math.imul(number, GOLDEN_RATIO) >>> SLOT_SHIFT;
  if (numbers[slot] !== number) {
    numbers[slot] = number;
    numberedTexts[slot] = interned(String.fromCharCode(...bytes.subarray(start, end)));
  }
  return numberedTexts[slot] as string;
}

/** As a property's name it becomes the engine's one copy of this text: looked up fast from then on. */
function interned(text: string): string {
  return Object.keys({ [text]: 0 })[0] as string;
}

function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}
