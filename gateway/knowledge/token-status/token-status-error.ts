import { OnecardError } from '../../../config/onecard-error.ts';

/**
 * Why a status list of tokens is not put in force. Each is counted; the last good one stays.
 *
 * - `malformed`: not a token whose header and claims have the form of clause 5.1 or 5.2, or of a list of identifiers.
 * - `oversized`: the token is larger than any list within the limits could be.
 * - `algorithm`: its `alg` is not the one its key is for.
 * - `type`: its `typ` is that of no list known here, or it was not served as such.
 * - `certificate`: its signer's certificates lead to no status root of its region, or are not good now.
 * - `signature`: not signed with the key that trust names, or that a status root vouches for.
 * - `subject`: a list of another uri.
 * - `encoding`: `lst` is not exactly one whole zlib stream, in JSON in base64url.
 * - `inflates`: `lst` inflates to more than the limit.
 * - `not_yet`: issued later than now.
 * - `expired`: past its `exp`.
 * - `rollback`: issued before one that was in force.
 * - `too_many`: more lists are configured than the limit.
 * - `storage`: the local disk refused.
 */
export const TOKEN_STATUS_FAULTS = [
  'malformed',
  'oversized',
  'algorithm',
  'type',
  'certificate',
  'signature',
  'subject',
  'encoding',
  'inflates',
  'not_yet',
  'expired',
  'rollback',
  'too_many',
  'storage',
] as const;
export type TokenStatusFault = (typeof TOKEN_STATUS_FAULTS)[number];

export class TokenStatusError extends OnecardError {
  override readonly name = 'TokenStatusError';
  readonly code: TokenStatusFault;

  constructor(code: TokenStatusFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
