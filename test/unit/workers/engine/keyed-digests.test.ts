/** The addon's keyed digests are those of node:crypto, and what does not fit together throws before anything is written. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { nativeAddon } from './back-ends.rig.ts';
import { seeded } from './seeded.rig.ts';

const WRITTEN_NOTHING = 0xaa;

function batch(lengths: readonly number[], keyCount = 4) {
  const random = seeded(`keyed digests of ${lengths.length}`);
  const keys = random.bytes(32 * keyCount);
  const messages = lengths.map((length) => random.bytes(length));
  const kinds = Uint8Array.from(lengths, () => random.below(keyCount));
  let at = 0;
  const ends = Uint32Array.from(lengths, (length) => {
    at += length;
    return at;
  });
  const digests = new Uint8Array(16 * lengths.length).fill(WRITTEN_NOTHING);
  return { keys, kinds, messages, flat: new Uint8Array(Buffer.concat(messages)), ends, digests };
}

describe.skipIf(nativeAddon === null)('the addon', () => {
  const addon = nativeAddon as NonNullable<typeof nativeAddon>;

  test.each([
    { hash: 'sha256', digest: addon?.keyedDigests },
    { hash: 'sm3', digest: addon?.keyedDigestsSm3 },
  ])('messages of every length around the blocks of $hash, under several keys', ({ hash, digest }) => {
    const lengths = Array.from({ length: 200 }, (_, i) => i).concat(1_000, 4_095, 0, 65_536);
    const { keys, kinds, messages, flat, ends, digests } = batch(lengths);
    digest(keys, kinds, flat, ends, digests);
    for (const [i, message] of messages.entries()) {
      const kind = kinds[i] ?? 0;
      const expected = createHmac(hash, keys.subarray(32 * kind, 32 * kind + 32))
        .update(message)
        .digest();
      expect(Buffer.from(digests.subarray(16 * i, 16 * i + 16)), `message ${i}`).toEqual(
        expected.subarray(0, 16),
      );
    }
    expect(new Set(kinds).size).toBe(4);
  });

  test('RFC 4231 test case 3, a key of zeros, and nothing to do', () => {
    // Padded with zeros to the block, a key of 20 bytes is the same as one of 32 that ends in zeros.
    const keys = new Uint8Array(32).fill(0xaa, 0, 20);
    const digests = new Uint8Array(16);
    addon.keyedDigests(keys, new Uint8Array(1), new Uint8Array(50).fill(0xdd), Uint32Array.of(50), digests);
    expect(Buffer.from(digests).toString('hex')).toBe('773ea91e36800e46854db8ebd09181a7');
    const none = new Uint8Array();
    expect(() => addon.keyedDigests(none, none, none, new Uint32Array(), none)).not.toThrow();
  });

  test.each([
    ['a key cut short', { keys: new Uint8Array(33) }, /a key has 32 bytes, 1 are left over/],
    ['a key there is not', { kinds: Uint8Array.of(0, 4, 0) }, 'there is no key 4'],
    ['no keys', { keys: new Uint8Array() }, 'there is no key'],
    ['fewer ends', { ends: Uint32Array.of(1, 30) }, 'ends has length 2'],
    ['fewer digests', { digests: new Uint8Array(47).fill(WRITTEN_NOTHING) }, 'digests has length 47'],
    ['an end before the one before', { ends: Uint32Array.of(20, 10, 30) }, 'the ends do not divide'],
    ['an end beyond the messages', { ends: Uint32Array.of(10, 20, 31) }, 'the ends do not divide'],
    ['bytes after the last message', { ends: Uint32Array.of(10, 20, 29) }, 'the ends do not divide'],
    ['ends beyond any memory', { ends: Uint32Array.of(10, 20, 2 ** 32 - 1) }, 'the ends do not divide'],
  ])('%s', (_, wrong, message) => {
    const { keys, kinds, flat, ends, digests } = { ...batch([10, 10, 10]), ...wrong };
    expect(() => addon.keyedDigests(keys, kinds, flat, ends, digests)).toThrow(message);
    expect(() => addon.keyedDigestsSm3(keys, kinds, flat, ends, digests)).toThrow(message);
    expect(digests.every((byte) => byte === WRITTEN_NOTHING)).toBe(true);
  });
});
