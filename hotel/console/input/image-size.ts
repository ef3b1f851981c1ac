/**
 * Width and height of an image by its head alone, before anything decodes it: a file of some kilobytes may claim gigabytes of
 * pixels. PNG (W3C PNG 11.2.1), JPEG (ITU-T T.81 B.2.2), GIF89a, WebP (RFC 9649), BMP.
 */
export const FILE_BYTES_MAX = 16_777_216;
export const PIXELS_MAX = 50_000_000;

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Null: it is none of these, or its head is not whole. */
export function imageSize(file: Uint8Array): ImageSize | null {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const begins = (at: number, ...bytes: readonly number[]) =>
    bytes.every((byte, index) => file[at + index] === byte);
  try {
    if (begins(0, 0x89, 0x50, 0x4e, 0x47)) return { width: view.getUint32(16), height: view.getUint32(20) };
    if (begins(0, 0x47, 0x49, 0x46, 0x38))
      return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    if (begins(0, 0x42, 0x4d))
      return { width: Math.abs(view.getInt32(18, true)), height: Math.abs(view.getInt32(22, true)) };
    if (begins(0, 0x52, 0x49, 0x46, 0x46) && begins(8, 0x57, 0x45, 0x42, 0x50)) return webpSize(view);
    if (begins(0, 0xff, 0xd8)) return jpegSize(view);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
  }
  return null;
}

export const isDecodable = ({ width, height }: ImageSize): boolean =>
  width > 0 && height > 0 && width * height <= PIXELS_MAX;

function webpSize(view: DataView): ImageSize | null {
  const uint24 = (at: number) => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  switch (view.getUint32(12)) {
    case 0x56503858: // VP8X
      return { width: uint24(24) + 1, height: uint24(27) + 1 };
    case 0x5650384c: {
      // VP8L
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 0x56503820: // VP8, with a blank
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    default:
      return null;
  }
}

/** Of the first frame header: SOF0 to SOF15 without DHT, JPG and DAC. */
function jpegSize(view: DataView): ImageSize | null {
  for (let at = 2; ; ) {
    if (view.getUint8(at) !== 0xff) return null;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + view.getUint16(at + 2);
  }
}
