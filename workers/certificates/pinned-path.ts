/** The path of a signer that may itself be an anchor: trusted by its bytes, it needs nobody above it. */
import type { Code } from '../../config/codes.ts';
import { equalBytes } from '../codecs/hex.ts';
import { type Certificate, isInValidity } from './certificate.ts';
import { findPath, type PathMaterial } from './path-building.ts';
import type { PathRules } from './path-validation.ts';

/** As `findPath`; of a pinned signer the anchor alone, which has no signature that is left to verify. */
export function pinnedOrPath(
  material: Omit<PathMaterial, 'rulesFor'>,
  rules: PathRules,
  verified: ((certificate: Certificate, issuer: Certificate) => boolean) | null = null,
): readonly Certificate[] | Code {
  const { leaf, anchors } = material;
  const pinned = anchors.find(({ der }) => equalBytes(der, leaf.der));
  if (pinned === undefined) return findPath({ ...material, rulesFor: () => rules }, verified);
  if (rules.atMs < pinned.notBeforeMs) return 'trust.certificate_not_yet_valid';
  return isInValidity(pinned, rules.atMs) ? [pinned] : 'trust.certificate_expired';
}
