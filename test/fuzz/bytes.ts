/** Mutations that know nothing of a format. */
import type { Random } from './random.ts';

const INTERESTING = [0x00, 0x01, 0x1f, 0x20, 0x7f, 0x80, 0x81, 0x82, 0x83, 0x84, 0xbf, 0xff] as const;

/** One of them, chosen at random. */
export function mutateBytes(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  const at = random.below(input.length + 1);
  switch (random.below(6)) {
    case 0:
      return replaced(input, at, 1, Uint8Array.of((input[at] ?? 0) ^ (1 << random.below(8))));
    case 1:
      return replaced(input, at, 1, Uint8Array.of(random.of(INTERESTING)));
    case 2:
      return replaced(input, at, 1 + random.below(16), new Uint8Array());
    case 3:
      return replaced(input, at, 0, Uint8Array.of(random.below(256)));
    case 4: {
      const from = random.below(other.length + 1);
      return replaced(input, at, random.below(16), other.subarray(from, from + random.below(64)));
    }
    default:
      return input.slice(0, at);
  }
}

/** A copy with `count` bytes at `at` replaced. */
export function replaced(input: Uint8Array, at: number, count: number, by: Uint8Array): Uint8Array {
  const end = Math.min(input.length, at + count);
  const output = new Uint8Array(at + by.length + input.length - end);
  output.set(input.subarray(0, at));
  output.set(by, at);
  output.set(input.subarray(end), at + by.length);
  return output;
}
