/**
 * Certificate policies along a path (RFC 5280 clauses 6.1.2 to 6.1.5). In place of the tree, which can be made to grow without
 * bound, this keeps for every policy at hand which policies of the first domain it stands for (the idea of RFC 9618).
 */
import type { Certificate, PolicyMapping } from './certificate.ts';

const ANY_POLICY = '2.5.29.32.0';

export class PolicyState {
  /** Policies valid so far, in the domain of the certificate before; each with those it stands for in the first domain. */
  #valid = new Map<string, ReadonlySet<string>>();
  #any = true;
  #explicitIn: number;
  #mappingEndsIn: number;
  #anyEndsIn: number;
  readonly #wanted: readonly string[] | null;

  /** `wanted`: one of them must be valid for the path; null: any will do, and none has to be. `certificates`: of the path. */
  constructor(wanted: readonly string[] | null, certificates: number) {
    this.#wanted = wanted;
    this.#explicitIn = wanted === null ? certificates + 1 : 0;
    this.#mappingEndsIn = certificates + 1;
    this.#anyEndsIn = certificates + 1;
  }

  /** One certificate of the path, from the one below the anchor to the leaf. False: no policy is left, and one must be. */
  advance(certificate: Certificate, isLast: boolean): boolean {
    const { policies } = certificate.extensions;
    const selfIssued = isSelfIssued(certificate);
    if (policies === null) {
      this.#valid.clear();
      this.#any = false;
    } else this.#take(policies, this.#anyEndsIn > 0 || (selfIssued && !isLast));
    if (this.#explicitIn <= 0 && this.#isEmpty) return false;
    return isLast ? this.#isSatisfied(certificate) : this.#prepare(certificate, selfIssued);
  }

  get #isEmpty(): boolean {
    return !this.#any && this.#valid.size === 0;
  }

  /** 6.1.3 (d). */
  #take(policies: readonly string[], anyCounts: boolean): void {
    const next = new Map<string, ReadonlySet<string>>();
    for (const policy of policies) {
      if (policy === ANY_POLICY) continue;
      const origins = this.#valid.get(policy);
      if (origins !== undefined) next.set(policy, origins);
      else if (this.#any) next.set(policy, new Set([policy]));
    }
    const any = anyCounts && policies.includes(ANY_POLICY);
    if (any) for (const [policy, origins] of this.#valid) if (!next.has(policy)) next.set(policy, origins);
    this.#any = this.#any && any;
    this.#valid = next;
  }

  /** 6.1.4 (a), (b), (h) to (j). */
  #prepare({ extensions }: Certificate, selfIssued: boolean): boolean {
    if (extensions.policyMappings !== null && !this.#map(extensions.policyMappings)) return false;
    if (!selfIssued) {
      this.#explicitIn -= 1;
      this.#mappingEndsIn -= 1;
      this.#anyEndsIn -= 1;
    }
    const { requireExplicit = null, inhibitMapping = null } = extensions.policyConstraints ?? {};
    if (requireExplicit !== null) this.#explicitIn = Math.min(this.#explicitIn, requireExplicit);
    if (inhibitMapping !== null) this.#mappingEndsIn = Math.min(this.#mappingEndsIn, inhibitMapping);
    const inhibitAny = extensions.inhibitAnyPolicy;
    if (inhibitAny !== null) this.#anyEndsIn = Math.min(this.#anyEndsIn, inhibitAny);
    return true;
  }

  #map(mappings: readonly PolicyMapping[]): boolean {
    const mapped = new Map<string, Set<string>>();
    for (const { issuerDomain, subjectDomain } of mappings) {
      if (issuerDomain === ANY_POLICY || subjectDomain === ANY_POLICY) return false;
      const origins = this.#valid.get(issuerDomain) ?? (this.#any ? new Set([issuerDomain]) : null);
      if (origins === null || this.#mappingEndsIn <= 0) continue;
      const known = mapped.get(subjectDomain) ?? new Set();
      for (const origin of origins) known.add(origin);
      mapped.set(subjectDomain, known);
    }
    for (const { issuerDomain } of mappings) this.#valid.delete(issuerDomain);
    for (const [policy, origins] of mapped) {
      this.#valid.set(policy, new Set([...(this.#valid.get(policy) ?? []), ...origins]));
    }
    return true;
  }

  /** 6.1.5 (a), (b) and (g). */
  #isSatisfied({ extensions }: Certificate): boolean {
    if (extensions.policyConstraints?.requireExplicit === 0) this.#explicitIn = 0;
    else this.#explicitIn -= 1;
    if (this.#explicitIn > 0) return true;
    if (this.#wanted === null) return !this.#isEmpty;
    if (this.#any) return true;
    const wanted = new Set(this.#wanted);
    for (const origins of this.#valid.values())
      for (const origin of origins) if (wanted.has(origin)) return true;
    return false;
  }
}

/** Subject and issuer are one (clause 6.1), as when a CA changes its key. */
export function isSelfIssued({ subject, issuer }: Certificate): boolean {
  return Buffer.compare(subject, issuer) === 0;
}
