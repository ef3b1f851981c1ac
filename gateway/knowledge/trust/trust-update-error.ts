/** Why trust was not taken: one of a closed set, whatever the libraries threw. */
import { ValueError } from '@tufjs/models';
import { LengthOrHashMismatchError, UnsignedMetadataError } from '@tufjs/models/dist/error.js';
import { BadVersionError, ExpiredMetadataError, PersistError, RuntimeError } from 'tuf-js/dist/error.js';
import { OnecardError } from '../../../config/onecard-error.ts';

export const TRUST_FAULTS = [
  /** No answer, none in time, or one that is not 200. */
  'unreachable',
  /** Not metadata of the kind it should be. */
  'malformed',
  /** Larger than the limit for its kind; what came was cut off there. */
  'oversized',
  /** Fewer good signatures than the role's threshold. */
  'signature',
  /** Signed by the algorithms of the profile that is not taken, and by no others. */
  'other_profile',
  /** Older than what was verified before (TUF specification 1.0, clause 1.5.2, as are the next three). */
  'rollback',
  /** Expired and served all the same. */
  'freeze',
  /** Parts of different snapshots. */
  'mix_and_match',
  /** The newest root has expired: nothing can be verified until there is a newer one. */
  'expired_root',
  /** A target whose content is not what its metadata says. */
  'target_mismatch',
  /** Rightly signed, but not trust that can be put in force. */
  'trust_unusable',
  /** Rightly signed, but no city document that can be put in force. */
  'city_unusable',
  /** Good, but this machine's disk did not take it. */
  'not_kept',
] as const;
export type TrustFault = (typeof TRUST_FAULTS)[number];

/** What was refused. The last good trust stays in force. The message holds no secrets and no content. */
export class TrustUpdateError extends OnecardError {
  override readonly name = 'TrustUpdateError';
  readonly code: TrustFault;

  constructor(code: TrustFault, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The fault that an error of tuf-js or @tufjs/models, or of the file system, stands for. */
export function trustUpdateError(error: unknown): TrustUpdateError {
  if (error instanceof TrustUpdateError) return error;
  const fault = faultOf(error);
  return new TrustUpdateError(fault, DESCRIPTIONS[fault], { cause: error });
}

function faultOf(error: unknown): TrustFault {
  if (error instanceof UnsignedMetadataError) return 'signature';
  if (error instanceof LengthOrHashMismatchError) return 'mix_and_match';
  if (error instanceof BadVersionError) return 'rollback';
  if (error instanceof ExpiredMetadataError) {
    return error.message === 'Final root.json is expired' ? 'expired_root' : 'freeze';
  }
  if (error instanceof PersistError) return 'not_kept';
  if (error instanceof RuntimeError) return wrappedFault(error.message);
  if (error instanceof ValueError || error instanceof SyntaxError) return 'malformed';
  return isSystemError(error) ? 'not_kept' : 'malformed';
}

/**
 * What went wrong with snapshot, targets and lists reaches us as text alone: tuf-js keeps no cause. The patterns
 * begin where its own words do, so that nothing out of the metadata can stand in for them.
 */
const WRAPPED: readonly (readonly [RegExp, TrustFault])[] = [
  [/^[\w-]+ was signed by \d+\/\d+ keys$/, 'signature'],
  [/^Expected (?:length|hash) /, 'mix_and_match'],
  [/^Snapshot version doesn't match timestamp$/, 'mix_and_match'],
  [/^Version \S+ of [\w-]+ does not match snapshot version /, 'mix_and_match'],
  [/^New version \S+ of \S+ is less than current version /, 'rollback'],
  [/^Missing file \S+ in new snapshot$/, 'rollback'],
  [/^Failed to persist metadata /, 'not_kept'],
  [/^(?:Final )?[\w-]+\.json is expired$/, 'freeze'],
];
const WRAPPING = /^Unable to load (?:snapshot metadata|targets) error \w+: /;

function wrappedFault(message: string): TrustFault {
  const inner = message.replace(WRAPPING, '');
  return WRAPPED.find(([pattern]) => pattern.test(inner))?.[1] ?? 'malformed';
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

const DESCRIPTIONS: Readonly<Record<TrustFault, string>> = {
  unreachable: 'the platform did not answer',
  malformed: 'what the platform served is not metadata of its kind',
  oversized: 'what the platform served is larger than its limit',
  signature: 'metadata is not signed by as many of its role’s keys as it takes',
  other_profile: 'the content is signed by algorithms that are not taken',
  rollback: 'metadata is older than what was verified before',
  freeze: 'metadata has expired',
  mix_and_match: 'metadata is not of the snapshot it was served with',
  expired_root: 'the newest root has expired',
  target_mismatch: 'a target is not what its metadata says',
  trust_unusable: 'the trust cannot be put in force',
  city_unusable: 'the city document cannot be put in force',
  not_kept: 'the trust could not be written to disk',
};
