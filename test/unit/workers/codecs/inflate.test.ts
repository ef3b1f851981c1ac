import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inflateWhole } from '../../../../workers/codecs/inflate.ts';

const MAX = 4_096;
const text = Buffer.from('a health certificate, twice: a health certificate');

describe.each([
  ['zlib' as const, deflateSync],
  ['raw' as const, deflateRawSync],
])('inflate, %s', (format, deflate) => {
  const good = deflate(text);

  it('gives the bytes, up to the bound and not above it', () => {
    expect(inflateWhole(good, format, MAX)).toEqual(text);
    expect(inflateWhole(deflate(Buffer.alloc(MAX)), format, MAX)).toHaveLength(MAX);
    expect(inflateWhole(deflate(Buffer.alloc(MAX + 1)), format, MAX)).toBe('credential.oversized');
    expect(inflateWhole(deflate(Buffer.alloc(0)), format, MAX)).toHaveLength(0);
  });

  it('stops a bomb at the bound, however large it is', () => {
    expect(inflateWhole(deflate(Buffer.alloc(50_000_000)), format, MAX)).toBe('credential.oversized');
  });

  it('refuses what follows the stream', () => {
    expect(inflateWhole(Buffer.concat([good, Buffer.of(0)]), format, MAX)).toBe('credential.trailing');
    expect(inflateWhole(Buffer.concat([good, good]), format, MAX)).toBe('credential.trailing');
  });

  it('refuses a stream without an end, and none', () => {
    for (let length = 0; length < good.length; length++) {
      expect(inflateWhole(good.subarray(0, length), format, MAX)).toBe('credential.truncated');
    }
  });

  it('never throws, and never gives other bytes of a stream with one byte changed where it has a checksum', () => {
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
        const changed = Buffer.from(good);
        changed[at] = (changed[at] ?? 0) ^ difference;
        const read = inflateWhole(changed, format, MAX);
        if (format === 'zlib' && typeof read !== 'string') expect(read).toEqual(text);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void inflateWhole(bytes, format, MAX)),
    );
  });
});

describe('inflate', () => {
  it('refuses another format', () => {
    expect(inflateWhole(gzipSync(text), 'zlib', MAX)).toBe('credential.compression');
    expect(inflateWhole(deflateSync(text), 'raw', MAX)).toBe('credential.compression');
    expect(inflateWhole(deflateRawSync(text), 'zlib', MAX)).toBe('credential.compression');
  });

  it('refuses a dictionary that it was not given', () => {
    expect(inflateWhole(deflateSync(text, { dictionary: text }), 'zlib', MAX)).toBe('credential.compression');
  });
});
