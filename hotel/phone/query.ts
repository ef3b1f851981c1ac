/**
 * What a wallet is asked for: a DCQL query (OpenID4VP 1.0 clause 6) made from the claims that the scene discloses. One document of
 * those that the desk knows is enough, and the guest's wallet offers which.
 */
import type { PersonalClaim } from '../../config/personal-claims.ts';
import { elementsOf, MEMBERS, type PhoneFamily } from './documents.ts';

export interface ClaimQuery {
  readonly id: string;
  readonly path: readonly string[];
  /** Of mdoc: whether the desk means to keep it (clause B.2.4). */
  readonly intent_to_retain?: boolean;
}

export interface CredentialQuery {
  readonly id: string;
  readonly format: 'mso_mdoc' | 'dc+sd-jwt';
  readonly meta: { readonly doctype_value: string } | { readonly vct_values: readonly string[] };
  readonly claims: readonly ClaimQuery[];
  readonly claim_sets: readonly (readonly string[])[];
}

export interface DcqlQuery {
  readonly credentials: readonly CredentialQuery[];
  readonly credential_sets: readonly [{ readonly options: readonly (readonly string[])[] }];
}

/** A query, and how its answers are read. */
export interface PhoneQuery {
  readonly dcql: DcqlQuery;
  readonly asked: ReadonlyMap<string, AskedDocument>;
}

export interface AskedDocument {
  readonly family: PhoneFamily;
  /** As the fact `document_type` has them. */
  readonly types: readonly string[];
  /** Claims without which a document is of no use. */
  readonly least: readonly PersonalClaim[];
}

export interface AskedOf {
  readonly families: readonly string[];
  /** Personal claims that the scene discloses. */
  readonly disclose: readonly string[];
  readonly docTypes: readonly string[];
  readonly credentialTypes: readonly string[];
}

/** Without these nobody is checked in. */
const LEAST: readonly PersonalClaim[] = ['family_name', 'given_name', 'birth_date'];
/** Compared by the clerk, and not kept. */
const NOT_RETAINED: ReadonlySet<string> = new Set(['portrait']);

/** Null: the scene takes no document that a phone has. */
export function queryOf({ families, disclose, docTypes, credentialTypes }: AskedOf): PhoneQuery | null {
  const credentials: CredentialQuery[] = [];
  const asked = new Map<string, AskedDocument>();
  const least = LEAST.filter((claim) => disclose.includes(claim));
  const add = (query: CredentialQuery, family: PhoneFamily, types: readonly string[]) => {
    credentials.push(query);
    asked.set(query.id, { family, types, least });
  };
  if (families.includes('mdoc')) {
    for (const [i, docType] of docTypes.entries()) {
      const claims = mobileClaims(docType, disclose);
      if (claims.length > 0)
        add(
          {
            ...{ id: `mdoc_${i + 1}`, format: 'mso_mdoc', meta: { doctype_value: docType } },
            ...{ claims, claim_sets: claimSets(claims, least) },
          },
          'mdoc',
          [docType],
        );
    }
  }
  if (families.includes('sd-jwt') && credentialTypes.length > 0) {
    const claims = tokenClaims(disclose);
    if (claims.length > 0)
      add(
        {
          ...{ id: 'sd_jwt', format: 'dc+sd-jwt', meta: { vct_values: credentialTypes } },
          ...{ claims, claim_sets: claimSets(claims, least) },
        },
        'sd-jwt',
        credentialTypes,
      );
  }
  if (credentials.length === 0) return null;
  return {
    dcql: { credentials, credential_sets: [{ options: credentials.map(({ id }) => [id]) }] },
    asked,
  };
}

function mobileClaims(docType: string, disclose: readonly string[]): ClaimQuery[] {
  return Object.entries(elementsOf(docType))
    .filter(([claim]) => disclose.includes(claim))
    .map(([id, path]) => ({ id, path, intent_to_retain: !NOT_RETAINED.has(id) }));
}

/** `full_name` is for credentials that do not part it; where the parts are asked for, it would be asked twice. */
function tokenClaims(disclose: readonly string[]): ClaimQuery[] {
  const isParted = disclose.includes('family_name');
  return Object.entries(MEMBERS)
    .filter(([claim]) => disclose.includes(claim) && !(claim === 'full_name' && isParted))
    .map(([id, member]) => ({ id, path: [member] }));
}

/** Sets in the order of preference: all, without the portrait, with the number, the least. No two are alike. */
function claimSets(claims: readonly ClaimQuery[], least: readonly string[]): readonly (readonly string[])[] {
  const all = claims.map(({ id }) => id);
  const kept = (wanted: (id: string) => boolean) => all.filter(wanted);
  const sets = [
    all,
    kept((id) => id !== 'portrait'),
    kept((id) => least.includes(id) || id === 'document_number'),
    kept((id) => least.includes(id)),
  ].filter((set) => set.length > 0);
  return sets.filter((set, i) => sets.findIndex((other) => other.join() === set.join()) === i);
}
