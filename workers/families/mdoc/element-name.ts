/** Names of elements, which are few: each is made once. */

import type { CborTape } from '../../codecs/cbor-tape.ts';
import { asciiText } from '../../codecs/text-cache.ts';

/** FNV-1a, 32 bits. */
const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/** The text of a text string. */
export function elementName(tape: CborTape, at: number): string {
  const { bytes } = tape;
  const start = tape.contents[at] as number;
  const end = tape.ends[at] as number;
  let hash = OFFSET_BASIS;
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i] as number;
    if (byte >= 0x80) return tape.text(at) ?? '';
    hash = Math.imul(hash ^ byte, PRIME);
  }
  return asciiText(bytes, start, end, hash);
}
