/** Identifiers of any length as digests of one length, in order: memory that threads share, and that is searched by halves. */
import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import { DIGEST_BYTES, digestOf } from '../../../crypto/digest.ts';

export interface IdentifierDigests {
  readonly algorithm: DigestAlgorithm;
  readonly digests: SharedArrayBuffer;
}

export function identifierDigests(
  algorithm: DigestAlgorithm,
  identifiers: readonly Uint8Array[],
): IdentifierDigests {
  const digests = identifiers.map((identifier) => digestOf(algorithm, identifier)).sort(Buffer.compare);
  const shared = new SharedArrayBuffer(digests.length * DIGEST_BYTES);
  const bytes = new Uint8Array(shared);
  for (const [i, digest] of digests.entries()) bytes.set(digest, i * DIGEST_BYTES);
  return { algorithm, digests: shared };
}

/** `id`: hex of the identifier. */
export function hasIdentifier({ algorithm, digests }: IdentifierDigests, id: string): boolean {
  const wanted = digestOf(algorithm, Buffer.from(id, 'hex'));
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
