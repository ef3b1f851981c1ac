/** Hexadecimal text. */

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

/** Bytes of hex text of even length, in memory they may share. Throws TypeError on anything else: schemas check before. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9A-Fa-f]*$/.test(text)) throw new TypeError('not hexadecimal text');
  const { buffer, byteOffset, length } = Buffer.from(text, 'hex');
  return new Uint8Array(buffer, byteOffset, length);
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
