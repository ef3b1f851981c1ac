/** SHA-1 of a chip's parts against node:crypto over the whole. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isSha1 } from '../../../../workers/families/chip-oda/sha1.ts';

const bytes = (length: number, from: number) => Uint8Array.from({ length }, (_, i) => (i * 31 + from) & 0xff);
const digestOf = (...parts: Uint8Array[]) => createHash('sha1').update(Buffer.concat(parts)).digest();

describe('isSha1', () => {
  it('knows the digest of one part, of several and of none', () => {
    for (const lengths of [[], [0], [1], [122, 4], [200, 36, 1, 180]]) {
      const parts = lengths.map((length, i) => bytes(length, i));
      expect(isSha1(digestOf(...parts), parts), lengths.join()).toBe(true);
    }
  });

  it('takes parts longer than its room, and shorter ones after them', () => {
    for (const length of [5_000, 40_000, 3]) {
      expect(isSha1(digestOf(bytes(length, 7)), [bytes(length, 7)]), `${length}`).toBe(true);
    }
  });

  it('refuses a digest that differs in any byte, and other parts', () => {
    const parts = [bytes(122, 1), bytes(4, 2)];
    const digest = digestOf(...parts);
    for (let at = 0; at < digest.length; at += 1) {
      const other = digest.with(at, (digest[at] ?? 0) ^ 0x80);
      expect(isSha1(other, parts), `${at}`).toBe(false);
    }
    expect(isSha1(digest, [bytes(122, 1)])).toBe(false);
    expect(isSha1(digest, parts.toReversed())).toBe(false);
  });
});
