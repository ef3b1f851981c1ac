/** A keyed digest of a whole presentation: tells a resent tap from another tap under the same number. */
import { Packr } from 'msgpackr';
import type { Pseudonyms } from '../journal/pseudonym.ts';
import type { Presentation } from './tap.ts';

const packr = new Packr({ useRecords: false });

/** 16 bytes. The deadline is left out: it may differ when the tap is sent again. */
export function presentationDigest(
  presentation: Presentation,
  scene: string,
  pseudonyms: Pseudonyms,
): Uint8Array {
  return pseudonyms.presentation(packr.pack([presentation.family, scene, presentation.input]));
}
