/** Verifies the signature of a list. A few an hour, on the thread of the link. */
import { verify } from 'node:crypto';
import type { ListAlgorithm, TokenSigner } from './list-authority.ts';

const HASHES: Readonly<Record<ListAlgorithm, string | null>> = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: null,
};

/** `signature`: r ‖ s of ECDSA, or that of RFC 8032. Never throws for any bytes. */
export function isSignedBy(
  { algorithm, publicKey }: TokenSigner,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return verify(HASHES[algorithm], message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}
