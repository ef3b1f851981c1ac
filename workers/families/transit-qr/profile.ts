/** The distinguishing IDs that the three signatures of a ride code bind. */
import { SM2_DEFAULT_ID } from '../../engine/sm2-digest.ts';
import { LOCAL_VERSION, type RideCode, USER_ACCOUNT } from './layout.ts';

export interface SignatureIds {
  readonly certificate: Uint8Array;
  readonly authorisation: Uint8Array;
  readonly user: Uint8Array;
}

const INTEROPERABLE: SignatureIds = {
  certificate: SM2_DEFAULT_ID,
  authorisation: SM2_DEFAULT_ID,
  user: SM2_DEFAULT_ID,
};

/** Version 80 uses the default ID throughout; version 81 takes its IDs, which are binary, out of the code itself. */
export function signatureIds(code: RideCode): SignatureIds {
  if (code.version !== LOCAL_VERSION) return INTEROPERABLE;
  return {
    // Service id ‖ CA index.
    certificate: code.certificate.bytes.subarray(1, 6),
    // Issuer code ‖ platform code.
    authorisation: code.bytes.subarray(146, 154),
    user: userIdOf(code.bytes),
  };
}

/** The ID that the user's signature binds, of a code of the right size. */
export function userIdOf(bytes: Uint8Array): Uint8Array {
  return bytes[0] === LOCAL_VERSION
    ? bytes.subarray(USER_ACCOUNT.start, USER_ACCOUNT.end)
    : INTEROPERABLE.user;
}
