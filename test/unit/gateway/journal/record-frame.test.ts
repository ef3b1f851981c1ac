/** The frame's checksum, against zlib's over the same bytes. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameChecksum, frameFault } from '../../../../gateway/journal/record/record-frame.ts';
import { positionKey } from '../../../../gateway/journal/record/record-keys.ts';

describe('the checksum of a frame', () => {
  test('is that of the position, eight bytes, and the body behind it', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.uint8Array({ maxLength: 300 }), (position, body) => {
        expect(frameChecksum(position, body)).toBe(crc32(Buffer.concat([positionKey(position), body])));
      }),
      {
        seed: 20_261_122,
        examples: [
          [0, new Uint8Array()],
          [2 ** 32, Uint8Array.of(1)],
        ],
      },
    );
  });

  test('of no position is misuse', () => {
    for (const position of [-1, 1.5, 2 ** 53, Number.NaN])
      expect(() => frameChecksum(position, new Uint8Array())).toThrow(RangeError);
  });

  test('decides whether bytes are whole and in their place', () => {
    const body = Buffer.from('a body');
    const framed = Buffer.concat([Buffer.alloc(5), body]);
    framed.writeUInt32BE(frameChecksum(9, body), 1);
    expect(frameFault(9, framed)).toBeNull();
    expect(frameFault(10, framed)?.message).toMatch(/checksum is wrong/);
    expect(frameFault(9, framed.subarray(0, 4))?.message).toMatch(/cut off/);
    framed[7] = 0;
    expect(frameFault(9, framed)?.code).toBe('corrupt');
  });
});
