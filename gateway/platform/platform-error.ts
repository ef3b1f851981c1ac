/**
 * What can go wrong between gateway and platform. Each is counted; the last good state stays in force.
 *
 * - `unreachable`: no connection, or it broke.
 * - `timeout`: no whole answer in time.
 * - `unauthorised`: the platform does not take the gateway's token.
 * - `status`: another HTTP status than the contract has.
 * - `too_large`: more bytes than allowed.
 * - `signature`: not signed with the pinned key.
 * - `malformed`: not of the documented shape.
 * - `wrong_kind`: a signed document of another kind.
 * - `rollback`: issued before the one in force.
 * - `unusable`: signed and well-formed, but it cannot be put in force.
 * - `storage`: the local disk refused.
 */
export const PLATFORM_FAULTS = [
  'unreachable',
  'timeout',
  'unauthorised',
  'status',
  'too_large',
  'signature',
  'malformed',
  'wrong_kind',
  'rollback',
  'unusable',
  'storage',
] as const;
export type PlatformFault = (typeof PLATFORM_FAULTS)[number];

export class PlatformError extends Error {
  override readonly name = 'PlatformError';
  readonly fault: PlatformFault;
  /** HTTP status where that is the fault. */
  readonly status: number | null;

  constructor(
    fault: PlatformFault,
    message: string,
    options: ErrorOptions & { readonly status?: number } = {},
  ) {
    super(message, options);
    this.fault = fault;
    this.status = options.status ?? null;
  }
}
