/** Byte strings and whole numbers. */

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** Big-endian number of some bytes. */
export function bytesToNumber(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** Big-endian bytes of a number, padded on the left. Throws RangeError when it does not fit. */
export function numberToBytes(value: bigint | number, length: number): Uint8Array {
  const text = value.toString(16);
  if (value < 0 || text.length > length * 2) throw new RangeError(`number does not fit ${length} bytes`);
  return new Uint8Array(Buffer.from(text.padStart(length * 2, '0'), 'hex'));
}
