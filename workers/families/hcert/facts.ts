/** What a proven health certificate says. What it says of a person's health stays in it: a gate asks whether it is good. */
import { type DisclosedClaims, type PersonalText, type PublicClaims, personalText } from '../../claims.ts';
import type { ProofFacts } from '../../contract.ts';
import type { Validity } from '../remembered-proofs.ts';
import type { HealthCertificate, Person } from './certificate.ts';
import type { Signer } from './signer.ts';

/** While certificate and signer are good, both. */
export function validityOf({ from_s, until_s }: HealthCertificate, signer: Signer): Validity {
  return {
    fromMs: Math.max(from_s * 1000, signer.notBeforeMs),
    untilMs: Math.min(endMs(until_s), signer.notAfterMs),
  };
}

function endMs(until_s: number): number {
  return Math.floor(until_s * 1000);
}

export function healthCertificateFacts(
  certificate: HealthCertificate,
  signer: Signer,
  disclose: readonly string[],
): ProofFacts {
  const { issuer, id, person, from_s, until_s } = certificate;
  const claims = disclose.length === 0 ? null : disclosedClaims(certificate, disclose);
  return {
    credentialId: personalText(id),
    issuer,
    region: signer.region,
    subject: personalText(subjectOf(person)),
    mode: 'issuer-signed',
    nonce: String(from_s),
    replayableUntilMs: endMs(until_s),
    validUntilMs: endMs(until_s),
    holderBound: false,
    claims: publicClaims(certificate),
    ...(claims !== null && { disclosed: claims }),
  };
}

/** Who it is about, as one text, the same in certificates that spell the name anew. */
function subjectOf({ familyName, givenName, familyNameMrz, givenNameMrz, birthDate }: Person): string {
  return JSON.stringify([familyNameMrz ?? familyName, givenNameMrz ?? givenName, birthDate]);
}

function publicClaims({ kind, country, authority, until_s }: HealthCertificate): PublicClaims {
  return {
    document_type: kind,
    issuing_country: country,
    issuing_authority: authority,
    expires: new Date(endMs(until_s)).toISOString().slice(0, 10),
  };
}

function disclosedClaims({ id, person }: HealthCertificate, disclose: readonly string[]): DisclosedClaims {
  const familyName = person.familyName ?? person.familyNameMrz;
  const givenName = person.givenName ?? person.givenNameMrz;
  const said: Readonly<Record<string, string | null>> = {
    full_name: [givenName, familyName].filter((each) => each !== null).join(' '),
    family_name: familyName,
    given_name: givenName,
    birth_date: person.birthDate === '' ? null : person.birthDate,
    document_number: id,
  };
  const claims: Record<string, PersonalText> = {};
  for (const name of disclose) {
    const value = Object.hasOwn(said, name) ? said[name] : undefined;
    if (typeof value === 'string') claims[name] = personalText(value);
  }
  return claims;
}
