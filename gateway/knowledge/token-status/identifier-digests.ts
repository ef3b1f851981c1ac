/** Identifiers of any length as digests of one length, in order: memory that threads share, and that is searched by halves. */
import { hash } from 'node:crypto';

const DIGEST_BYTES = 32;

export function identifierDigests(identifiers: readonly Uint8Array[]): SharedArrayBuffer {
  const digests = identifiers.map((identifier) => hash('sha256', identifier, 'buffer')).sort(Buffer.compare);
  const shared = new SharedArrayBuffer(digests.length * DIGEST_BYTES);
  const bytes = new Uint8Array(shared);
  for (const [i, digest] of digests.entries()) bytes.set(digest, i * DIGEST_BYTES);
  return shared;
}

/** `id`: hex of the identifier. */
export function hasIdentifier(digests: SharedArrayBuffer, id: string): boolean {
  const wanted = hash('sha256', Buffer.from(id, 'hex'), 'buffer');
  const bytes = new Uint8Array(digests);
  let from = 0;
  let to = bytes.length / DIGEST_BYTES;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const at = middle * DIGEST_BYTES;
    const order = Buffer.compare(bytes.subarray(at, at + DIGEST_BYTES), wanted);
    if (order === 0) return true;
    if (order < 0) from = middle + 1;
    else to = middle;
  }
  return false;
}
