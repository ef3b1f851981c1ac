import { OnecardError } from '../../config/onecard-error.ts';

/**
 * What can go wrong between gateway and platform. Each is counted; the last good state stays in force.
 *
 * - `unreachable`: no connection, or it broke.
 * - `timeout`: no whole answer in time.
 * - `unauthorised`: the platform does not take the gateway's token.
 * - `status`: another HTTP status than the contract has.
 * - `too_large`: more bytes than allowed.
 * - `malformed`: not of the documented shape.
 * - `signature`: not under the platform's seal, or under that of another question or answer.
 * - `other_profile`: under its seal, by a key of the profile of algorithms that is not taken.
 * - `unusable`: what an operator gave cannot be used, or there is nothing to start with.
 * - `storage`: the local disk refused.
 * - `full`: the stream on the way to it has no room.
 */
export const PLATFORM_FAULTS = [
  'unreachable',
  'timeout',
  'unauthorised',
  'status',
  'too_large',
  'malformed',
  'signature',
  'other_profile',
  'unusable',
  'storage',
  'full',
] as const;
export type PlatformFault = (typeof PLATFORM_FAULTS)[number];

export class PlatformError extends OnecardError {
  override readonly name = 'PlatformError';
  readonly code: PlatformFault;
  /** HTTP status where that is the fault. */
  readonly status: number | null;
  /** Whether the platform has signed that this status is its answer: only then does it say anything. */
  readonly isSealed: boolean;

  constructor(
    code: PlatformFault,
    message: string,
    options: ErrorOptions & { readonly status?: number; readonly isSealed?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.status = options.status ?? null;
    this.isSealed = options.isSealed ?? false;
  }
}
