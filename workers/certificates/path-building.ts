/** Finds a path from a leaf to an anchor among certificates of any order. What it tries is bounded, whatever they are. */
import type { Code } from '../../config/codes.ts';
import { equalBytes } from '../codecs/hex.ts';
import type { Certificate } from './certificate.ts';
import { sameName } from './names.ts';
import { mayHaveIssued, type PathRules, pathFault } from './path-validation.ts';
import { type SignatureCheck, signedBy } from './signature-check.ts';

/** Certificates of a path, with leaf and anchor, self-issued ones too. */
const PATH_CERTIFICATES_MAX = 12;
/** Comparisons of a certificate with a possible issuer, and whole paths validated. */
const STEPS_MAX = 1_024;
const PATHS_MAX = 8;
/** Where signatures are asked for, which rule out what a stranger made up. */
const SIGNED_PATHS_MAX = 32;

export interface PathMaterial {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
  /** What is asked of a path to this anchor. */
  rulesFor(anchor: Certificate): PathRules;
}

/** Whether the certificate is signed by the issuer, verified at once. */
export type Verified = (certificate: Certificate, issuer: Certificate) => boolean;

/**
 * A valid path, leaf first and anchor last. Its signatures are still to be verified (`pathSignatures`); but where `verified` is
 * given, it is asked for each certificate of a path that is otherwise valid, and another path is tried where it says no. A code:
 * what was wrong with the first path that was whole, or `trust.ca_unknown`.
 */
export function findPath(
  material: PathMaterial,
  verified: Verified | null = null,
): readonly Certificate[] | Code {
  const found = search(material, verified, equalBytes);
  // Comparing texts takes many times as long, and names that are the same are so by bytes nearly always.
  return found === 'trust.ca_unknown' ? search(material, verified, sameName) : found;
}

/** The signature of each certificate of a path but the anchor, leaf first. */
export function pathSignatures(path: readonly Certificate[]): readonly SignatureCheck[] {
  return path.slice(0, -1).map((certificate, i) => signedBy(certificate, (path[i + 1] as Certificate).key));
}

function search(
  { leaf, intermediates, anchors, rulesFor }: PathMaterial,
  verified: Verified | null,
  isSameName: (a: Uint8Array, b: Uint8Array) => boolean,
): readonly Certificate[] | Code {
  const pathsMax = verified === null ? PATHS_MAX : SIGNED_PATHS_MAX;
  let steps = 0;
  let paths = 0;
  let first: Code | null = null;
  const path: Certificate[] = [leaf];
  const judge = (): boolean => {
    paths += 1;
    const fault =
      pathFault(path, rulesFor(path.at(-1) as Certificate)) ??
      (isSigned(path, verified) ? null : 'signature.issuer_certificate');
    first ??= fault;
    return fault === null;
  };
  const extend = (): boolean => {
    const last = path.at(-1) as Certificate;
    for (const candidates of [anchors, intermediates]) {
      for (const issuer of candidates) {
        steps += 1;
        if (steps > STEPS_MAX || paths >= pathsMax) return false;
        if (!mayHaveIssued(issuer, last, isSameName) || isIn(path, issuer)) continue;
        path.push(issuer);
        if (candidates === anchors ? judge() : path.length < PATH_CERTIFICATES_MAX && extend()) return true;
        path.pop();
      }
    }
    return false;
  };
  return extend() ? path : (first ?? 'trust.ca_unknown');
}

function isIn(path: readonly Certificate[], certificate: Certificate): boolean {
  return path.some(({ der }) => equalBytes(der, certificate.der));
}

function isSigned(path: readonly Certificate[], verified: Verified | null): boolean {
  if (verified === null) return true;
  return path.slice(0, -1).every((certificate, i) => verified(certificate, path[i + 1] as Certificate));
}
