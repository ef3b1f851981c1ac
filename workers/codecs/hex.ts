/** Hexadecimal text. */

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** A whole number of bytes in hex of either case. A group that captures, of a counted class, takes twice as long to match. */
export const HEX_PATTERN = '^(?:[0-9A-Fa-f][0-9A-Fa-f])*$';
const hexPattern = new RegExp(HEX_PATTERN);

/** Bytes of hex text, in memory they may share. Throws TypeError on anything else. */
export function fromHex(text: string): Uint8Array {
  if (!hexPattern.test(text)) throw new TypeError('not hexadecimal text');
  return fromMatchedHex(text);
}

/** The same of text that has matched HEX_PATTERN: it is not matched again. Throws TypeError where that shows. */
export function fromMatchedHex(text: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(text, 'hex');
  if (length * 2 !== text.length) throw new TypeError('not hexadecimal text');
  return new Uint8Array(buffer, byteOffset, length);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
