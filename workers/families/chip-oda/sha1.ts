/** SHA-1 (FIPS 180-4) as chip cards use it: EMV Book 2, Annex B3, has no other hash for RSA. */
import { hash } from 'node:crypto';

export const SHA1_BYTES = 20;

/** Whether it is that of the parts one after another. `expected`: `SHA1_BYTES` long. */
export function isSha1(expected: Uint8Array, parts: readonly Uint8Array[]): boolean {
  let length = 0;
  for (const part of parts) length += part.length;
  if (length > joined.length) joined = Buffer.allocUnsafeSlow(length * 2);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  // One call, and text: a hash object and a buffer for what it gives take three times as long.
  const digest = hash('sha1', joined.subarray(0, length), 'binary');
  for (let i = 0; i < SHA1_BYTES; i += 1) if (digest.charCodeAt(i) !== expected[i]) return false;
  return true;
}

/** Room for the parts of one digest, used again for the next. */
let joined = Buffer.allocUnsafeSlow(4_096);
