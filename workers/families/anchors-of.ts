/** The anchors of one family in a trust document. */
import type { TrustDocument } from '../trust/document.ts';

/**
 * Each with its place among all anchors, for messages. `Anchor`: what the family's schemas describe; the document was checked
 * by them.
 */
export function* anchorsOf<Anchor>(
  { anchors }: Pick<TrustDocument, 'anchors'>,
  family: string,
): Generator<readonly [number, Anchor]> {
  for (const [at, anchor] of anchors.entries()) if (anchor.family === family) yield [at, anchor as Anchor];
}
