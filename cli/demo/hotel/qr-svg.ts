/** A QR code as the path of an SVG: what a camera reads from a screen. */
import { encode } from 'uqr';

export interface QrPath {
  /** Modules on a side, with the quiet zone that ISO/IEC 18004 clause 6.3.8 asks for. */
  readonly size: number;
  /** Of the dark modules, a unit each. */
  readonly path: string;
}

const QUIET_MODULES = 4;

/** Bytes stand in the symbol as they are; text as UTF-8. Throws what the maker says when it is too much for one symbol. */
export function qrPath(content: Uint8Array | string): QrPath {
  const { data, size } = encode(typeof content === 'string' ? content : [...content], {
    ecc: 'M',
    border: QUIET_MODULES,
  });
  const dark: string[] = [];
  for (const [y, row] of data.entries()) {
    for (const [x, isDark] of row.entries()) if (isDark) dark.push(`M${x} ${y}h1v1h-1z`);
  }
  return { size, path: dark.join('') };
}
