/** Base45 (RFC 9285), strictly: one spelling for each string of bytes. */

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';
const BASE = 45;
/** Above every value of a group, so that one comparison finds a wrong character and an overflow. */
const NONE = 0xff_ffff;
const VALUES = new Int32Array(128).fill(NONE);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET.charCodeAt(i)] = i;

/**
 * The bytes of the text from a place on; null where it is not the spelling of any: a character outside the alphabet (lower
 * case, a newline), a group above 65,535 or, of two characters, above 255, or a lone character. Never throws for any text.
 */
export function base45Bytes(text: string, from = 0): Uint8Array | null {
  const length = text.length - from;
  const rest = length % 3;
  if (length < 0 || rest === 1) return null;
  const bytes = Buffer.allocUnsafe(((length - rest) / 3) * 2 + (rest === 2 ? 1 : 0));
  let at = 0;
  let i = from;
  for (const end = text.length - rest; i < end; i += 3) {
    const value = valueAt(text, i) + valueAt(text, i + 1) * BASE + valueAt(text, i + 2) * (BASE * BASE);
    if (value > 0xffff) return null;
    bytes[at] = value >> 8;
    bytes[at + 1] = value & 0xff;
    at += 2;
  }
  if (rest === 2) {
    const value = valueAt(text, i) + valueAt(text, i + 1) * BASE;
    if (value > 0xff) return null;
    bytes[at] = value;
  }
  return bytes;
}

function valueAt(text: string, i: number): number {
  const unit = text.charCodeAt(i);
  return unit < 128 ? (VALUES[unit] as number) : NONE;
}
