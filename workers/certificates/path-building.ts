/** Finds a path from a leaf to an anchor among certificates of any order. What it tries is bounded, whatever they are. */
import type { Code } from '../../config/codes.ts';
import { equalBytes } from '../codecs/hex.ts';
import type { Certificate } from './certificate.ts';
import { mayHaveIssued, type PathRules, pathFault } from './path-validation.ts';
import { type SignatureCheck, signedBy } from './signature-check.ts';

/** Certificates of a path between leaf and anchor, self-issued ones too. */
const DEPTH_MAX = 10;
/** Comparisons of a certificate with a possible issuer, and whole paths validated. */
const STEPS_MAX = 1_024;
const PATHS_MAX = 32;

export interface PathMaterial {
  readonly leaf: Certificate;
  readonly intermediates: readonly Certificate[];
  readonly anchors: readonly Certificate[];
}

/**
 * A valid path, leaf first and anchor last; its signatures are still to be verified (`pathSignatures`), but where `verified`
 * is given: it is asked for each certificate and issuer of a path that is otherwise valid, and another path is tried where it
 * says no. A code: what was wrong with the path that came furthest, or `trust.ca_unknown`.
 */
export function findPath(
  { leaf, intermediates, anchors }: PathMaterial,
  rules: PathRules,
  verified: ((certificate: Certificate, issuer: Certificate) => boolean) | null = null,
): readonly Certificate[] | Code {
  const state = { steps: 0, paths: 0, fault: null as Code | null };
  const path: Certificate[] = [leaf];
  const judge = (): boolean => {
    state.paths += 1;
    const fault =
      pathFault(path, rules) ?? (isSigned(path, verified) ? null : 'signature.issuer_certificate');
    if (fault !== null) state.fault ??= fault;
    return fault === null;
  };
  const search = (): boolean => {
    const last = path.at(-1) as Certificate;
    for (const candidates of [anchors, intermediates]) {
      for (const issuer of candidates) {
        state.steps += 1;
        if (state.steps > STEPS_MAX || state.paths >= PATHS_MAX) return false;
        if (!mayHaveIssued(issuer, last) || path.some(({ der }) => equalBytes(der, issuer.der))) continue;
        path.push(issuer);
        const found = candidates === anchors ? judge() : path.length <= DEPTH_MAX && search();
        if (found) return true;
        path.pop();
      }
    }
    return false;
  };
  return search() ? path : (state.fault ?? 'trust.ca_unknown');
}

/** The signature of each certificate of a path but the anchor, leaf first. */
export function pathSignatures(path: readonly Certificate[]): readonly SignatureCheck[] {
  return path.slice(0, -1).map((certificate, i) => signedBy(certificate, (path[i + 1] as Certificate).key));
}

function isSigned(
  path: readonly Certificate[],
  verified: ((certificate: Certificate, issuer: Certificate) => boolean) | null,
): boolean {
  return (
    verified === null ||
    path.slice(0, -1).every((certificate, i) => verified(certificate, path[i + 1] as Certificate))
  );
}
