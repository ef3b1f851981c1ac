/** Heads of pictures, read before anything decodes them. */
import { expect, test } from 'vitest';
import { imageSize, isDecodable } from '../../../../hotel/console/input/image-size.ts';

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'string' ? [...Buffer.from(part, 'latin1')] : part)),
  );

test.each([
  ['PNG', bytes([0x89], 'PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 2, 0x80, 0, 0, 1, 0xe0]), 640, 480],
  ['GIF', bytes('GIF89a', [0x80, 2, 0xe0, 1]), 640, 480],
  ['BMP, from above', bytes('BM', Array(16).fill(0), [0x80, 2, 0, 0, 0x20, 0xfe, 0xff, 0xff]), 640, 480],
  [
    'JPEG, after other segments',
    bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 9, 9, 0xff, 0xc4, 0, 3, 1, 0xff, 0xc2, 0, 11, 8, 1, 0xe0, 2, 0x80]),
    640,
    480,
  ],
  [
    'WebP, extended',
    bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', Array(8).fill(0), [0x7f, 2, 0, 0xdf, 1, 0]),
    640,
    480,
  ],
] as const)('%s', (_, file, width, height) => {
  expect(imageSize(file)).toEqual({ width, height });
});

test('what is none, or is cut off, has no size, and a bomb is not decoded', () => {
  for (const file of [bytes('<svg width="9"/>'), bytes([0x89], 'PNG'), bytes([0xff, 0xd8, 0xff]), bytes()]) {
    expect(imageSize(file)).toBeNull();
  }
  expect(isDecodable({ width: 100_000, height: 100_000 })).toBe(false);
  expect(isDecodable({ width: 0, height: 4 })).toBe(false);
  expect(isDecodable({ width: 4_000, height: 3_000 })).toBe(true);
});
