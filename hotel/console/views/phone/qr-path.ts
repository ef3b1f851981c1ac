/** A QR code as the path of an SVG, drawn here: no image is asked of anybody, and no style is inline. */
import { create } from 'qrcode/lib/core/qrcode.js';

export interface QrPath {
  /** Modules of one side, the quiet zone of ISO/IEC 18004 clause 6.3.8 included. */
  readonly size: number;
  /** Of the dark modules, one unit each: a run of them is one rectangle. */
  readonly path: string;
}

const QUIET = 4;

export function qrPath(text: string): QrPath {
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules;
  const parts: string[] = [];
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      let length = 0;
      while (column + length < size && data[row * size + column + length] === 1) length += 1;
      if (length > 0) parts.push(`M${column + QUIET} ${row + QUIET}h${length}v1h-${length}z`);
      column += length;
    }
  }
  return { size: size + 2 * QUIET, path: parts.join('') };
}
