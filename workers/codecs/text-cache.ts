/**
 * Short ASCII texts by their bytes, so that a name that comes with every message is made once. Fixed in size, and a
 * text that is not there only takes the place of another: no message can make it grow or grow slow.
 */
const SLOTS = 2_048;
const TEXT_BYTES_MAX = 32;

const texts: string[] = new Array<string>(SLOTS).fill('');

/** The text of bytes known to be ASCII. `hash`: any 32-bit hash of them; equal bytes must come with equal hashes. */
export function asciiText(bytes: Uint8Array, start: number, end: number, hash: number): string {
  const slot = (hash ^ (hash >>> 11) ^ (end - start)) & (SLOTS - 1);
  const known = texts[slot] as string;
  if (known.length === end - start && isSame(known, bytes, start)) return known;
  let text = '';
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i] as number);
  if (end - start > TEXT_BYTES_MAX) return text;
  // As a property's name it becomes the engine's one copy of this text: looked up fast from then on.
  const [interned = ''] = Object.keys({ [text]: 0 });
  texts[slot] = interned;
  return interned;
}

function isSame(text: string, bytes: Uint8Array, start: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}
