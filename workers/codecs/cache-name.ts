/**
 * Bytes as a string to look up in a cache: one character per byte, so equal strings mean equal bytes. Parts of variable
 * length must not be joined without their lengths.
 */
export function cacheName(...parts: readonly Uint8Array[]): string {
  let name = '';
  for (const part of parts) {
    name += Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString('latin1');
  }
  return name;
}
