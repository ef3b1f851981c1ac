/** Verifies the signature of a list. A few an hour, on the thread of the link. */
import { verify } from 'node:crypto';
import { verifyingKeyOfObject } from '../../../crypto/signature/key-files.ts';
import { isSigned } from '../../../crypto/signature/verify.ts';
import type { ListAlgorithm, TokenSigner } from './list-authority.ts';

const HASHES: Readonly<Record<Exclude<ListAlgorithm, 'SGD_SM3_SM2'>, string | null>> = {
  ES256: 'sha256',
  ES384: 'sha384',
  ES512: 'sha512',
  EdDSA: null,
};

/** `signature`: r ‖ s of ECDSA or SM2, or that of RFC 8032. Never throws for any bytes. */
export function isSignedBy(
  { algorithm, publicKey }: TokenSigner,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  try {
    return algorithm === 'SGD_SM3_SM2'
      ? isSigned(verifyingKeyOfObject(publicKey), message, signature)
      : verify(HASHES[algorithm], message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}
