/** A keyed digest of a whole presentation: tells a resent tap from another tap under the same number. */
import type { Pseudonyms } from '../journal/pseudonym.ts';
import type { Presentation } from './tap.ts';

/** 16 bytes. The deadline is left out: it may differ when the tap is sent again. */
export function presentationDigest(
  { family, packedInput }: Presentation,
  scene: string,
  pseudonyms: Pseudonyms,
): Uint8Array {
  // Neither name holds a zero byte, so no two presentations run together to the same bytes.
  return pseudonyms.presentation(Buffer.concat([Buffer.from(`${family}\0${scene}\0`), packedInput]));
}
