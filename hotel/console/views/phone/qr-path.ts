/** A QR code as the path of an SVG, drawn here: no image is asked of anybody, and no style is inline. */
import { encode } from 'uqr';

export interface QrPath {
  /** Modules of one side, the quiet zone of ISO/IEC 18004 clause 6.3.8 included. */
  readonly size: number;
  /** Of the dark modules, one unit each: a run of them is one rectangle. */
  readonly path: string;
}

const QUIET = 4;

export function qrPath(text: string): QrPath {
  const { size, data } = encode(text, { ecc: 'M', border: QUIET });
  const parts: string[] = [];
  for (const [row, modules] of data.entries()) {
    for (let column = 0; column < size; column += 1) {
      let length = 0;
      while (modules[column + length] === true) length += 1;
      if (length > 0) parts.push(`M${column} ${row}h${length}v1h-${length}z`);
      column += length;
    }
  }
  return { size, path: parts.join('') };
}
