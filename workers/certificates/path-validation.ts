/** Validates one path, from its anchor down to the leaf: RFC 5280 clause 6.1, but for the signatures, which are returned. */
import type { Code } from '../../config/codes.ts';
import type { Certificate } from './certificate.ts';
import type { CertificateLists } from './crl.ts';
import { NameLimits } from './name-constraints.ts';
import { isEmptyName, sameName } from './names.ts';
import type { PathProfile, Place } from './path-profile.ts';
import { isSelfIssued, PolicyState } from './policies.ts';

export interface PathRules {
  readonly profile: PathProfile;
  /** Milliseconds since 1970 UTC. */
  readonly atMs: number;
  /** CAs between anchor and leaf that are not self-issued. */
  readonly intermediatesMax: number;
  /** Bits of `KEY_USAGE` that the leaf's key must be for, all of them; 0: none. Without the extension it is for all. */
  readonly keyUsage: number;
  /** The purpose the leaf must be for (dotted); null: any. */
  readonly purpose: string | null;
  /** Whether the leaf has to have an extended key usage. */
  readonly purposeSaid: boolean;
  /** Policies of which the path must be valid for one; null: none is asked for. */
  readonly policies: readonly string[] | null;
  /** Null: revocation is not looked at. */
  readonly lists: CertificateLists | null;
}

export const ANY_PATH: Omit<PathRules, 'profile' | 'atMs'> = {
  intermediatesMax: 4,
  keyUsage: 0,
  purpose: null,
  purposeSaid: false,
  policies: null,
  lists: null,
};

const ANY_PURPOSE = '2.5.29.37.0';

/** `path`: leaf first, anchor last, two at least; each is issued by the next by name. The code of the first fault, or null. */
export function pathFault(path: readonly Certificate[], rules: PathRules): Code | null {
  const limits = new NameLimits();
  const policies = asksForPolicies(path, rules) ? new PolicyState(rules.policies, path.length - 1) : null;
  let pathLenLeft = Number.POSITIVE_INFINITY;
  let intermediates = 0;
  for (let at = path.length - 1; at >= 0; at--) {
    const certificate = path[at] as Certificate;
    const place: Place = at === 0 ? 'leaf' : at === path.length - 1 ? 'anchor' : 'ca';
    const fault =
      validityFault(certificate, place, rules.atMs) ??
      rules.profile.fault(certificate, place) ??
      purposeFault(certificate, place, rules);
    if (fault !== null) return fault;
    if (place !== 'anchor') {
      const named = !isSelfIssued(certificate) || place === 'leaf';
      const issuer = path[at + 1] as Certificate;
      const found =
        (named ? limits.fault(certificate) : null) ??
        (policies === null || policies.advance(certificate, place === 'leaf') ? null : 'trust.policy') ??
        rules.lists?.fault(certificate, issuer, rules.atMs) ??
        null;
      if (found !== null) return found;
      if (place === 'ca' && !isSelfIssued(certificate)) {
        intermediates += 1;
        pathLenLeft -= 1;
        if (pathLenLeft < 0 || intermediates > rules.intermediatesMax) return 'trust.path_too_long';
      }
    }
    if (place === 'leaf') continue;
    const { basicConstraints, nameConstraints } = certificate.extensions;
    pathLenLeft = Math.min(pathLenLeft, basicConstraints?.pathLen ?? Number.POSITIVE_INFINITY);
    if (nameConstraints !== null) limits.add(nameConstraints);
  }
  return null;
}

/** Without a policy that is wanted, and a CA that wants one, every path is valid for its policies (6.1.5 (g)). */
function asksForPolicies(path: readonly Certificate[], { policies }: PathRules): boolean {
  return policies !== null || path.some(({ extensions }) => extensions.policyConstraints !== null);
}

/** Whether `issuer` may have issued it: by name, and by key identifiers where both have one. */
export function mayHaveIssued(
  issuer: Certificate,
  certificate: Certificate,
  isSameName: (a: Uint8Array, b: Uint8Array) => boolean = sameName,
): boolean {
  const [wanted, has] = [certificate.extensions.authorityKeyId?.keyId, issuer.extensions.subjectKeyId];
  if (wanted != null && has !== null && Buffer.compare(wanted, has) !== 0) return false;
  return !isEmptyName(issuer.subject) && isSameName(certificate.issuer, issuer.subject);
}

function validityFault({ notBeforeMs, notAfterMs }: Certificate, place: Place, atMs: number): Code | null {
  if (atMs < notBeforeMs)
    return place === 'leaf' ? 'credential.not_yet_valid' : 'trust.certificate_not_yet_valid';
  if (atMs < notAfterMs + 1_000) return null;
  if (place === 'leaf') return 'credential.expired';
  return place === 'anchor' ? 'trust.ca_expired' : 'trust.certificate_expired';
}

function purposeFault({ extensions }: Certificate, place: Place, rules: PathRules): Code | null {
  const { extKeyUsage, keyUsage } = extensions;
  const { purpose, purposeSaid } = rules;
  if (place === 'leaf' && keyUsage !== null && (keyUsage & rules.keyUsage) !== rules.keyUsage)
    return 'trust.key_usage';
  if (purpose === null) return null;
  if (extKeyUsage === null) return place === 'leaf' && purposeSaid ? 'trust.key_usage' : null;
  return extKeyUsage.includes(purpose) || extKeyUsage.includes(ANY_PURPOSE) ? null : 'trust.key_usage';
}
