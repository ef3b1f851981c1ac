/** Ways to spoil bytes. Each answers a new array. */
import type { Edit } from '../../../../platform/authority/sm2-signing.ts';
import { joined } from '../../../../platform/bytes.ts';

/** Inverts bits of one byte; a negative offset counts from the end. */
export function flip(offset: number, bits = 0x01): Edit {
  return (bytes) => {
    const out = Uint8Array.from(bytes);
    const at = offset < 0 ? out.length + offset : offset;
    if (at < 0 || at >= out.length) throw new RangeError(`no byte ${offset} in ${out.length}`);
    out[at] = (out[at] ?? 0) ^ bits;
    return out;
  };
}

/** Overwrites bytes from an offset on. */
export function set(offset: number, ...values: number[]): Edit {
  return (bytes) => {
    const out = Uint8Array.from(bytes);
    out.set(values, offset < 0 ? out.length + offset : offset);
    return out;
  };
}

export const fill = (start: number, end: number, value: number): Edit => {
  return (bytes) => Uint8Array.from(bytes).fill(value, start, end);
};

/** Drops bytes at the end. */
export const cut =
  (count = 1): Edit =>
  (bytes) =>
    bytes.slice(0, bytes.length - count);

/** Adds bytes at the end. */
export const append =
  (...values: number[]): Edit =>
  (bytes) =>
    joined(bytes, Uint8Array.from(values));

/** Exchanges two stretches of the same length. */
export function exchange(first: number, second: number, length: number): Edit {
  return (bytes) => {
    const out = Uint8Array.from(bytes);
    out.set(bytes.subarray(first, first + length), second);
    out.set(bytes.subarray(second, second + length), first);
    return out;
  };
}
