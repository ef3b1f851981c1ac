import { OnecardError } from '../../config/onecard-error.ts';

/** A trust document, or one anchor of it, cannot be used. Its revision is refused as a whole. */
export class TrustError extends OnecardError {
  override readonly name = 'TrustError';
  readonly code = 'trust_unusable';
}
