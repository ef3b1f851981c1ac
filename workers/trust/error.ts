/** A trust document, or one anchor of it, cannot be used. Its revision is refused as a whole. */
export class TrustError extends Error {
  override readonly name = 'TrustError';
}
