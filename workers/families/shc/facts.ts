/** What a proven SMART Health Card says. */
import { type DisclosedClaims, type PersonalText, type PublicClaims, personalText } from '../../claims.ts';
import { toHex } from '../../codecs/hex.ts';
import type { ProofFacts } from '../../contract.ts';
import type { Job } from '../../engine/job.ts';
import type { Validity } from '../remembered-proofs.ts';
import type { HealthCard, Patient } from './card.ts';
import type { ShcIssuerKey } from './trust.ts';

/** What `onecard` says of a card whose issuer sets no end: the last moment of the year 9999. */
const NO_END_MS = 253_402_300_799_999;

/** RFC 7519 clause 4.1.4: `exp` is the first moment at which it is no longer good. */
export function validityOf({ notBefore_s, expires_s }: HealthCard): Validity {
  return {
    fromMs: notBefore_s * 1000,
    untilMs: expires_s === null ? NO_END_MS : Math.ceil(expires_s * 1000) - 1,
  };
}

/** `job`: of the signature; its digest, of header and payload, names the card. */
export function healthCardFacts(
  card: HealthCard,
  { issuer, region }: ShcIssuerKey,
  { digest }: Job,
  disclose: readonly string[],
): ProofFacts {
  const { untilMs } = validityOf(card);
  const name = digest === null ? '' : toHex(digest);
  const claims = disclosedClaims(card.patient, disclose);
  return {
    credentialId: personalText(`${issuer}:${name}`),
    issuer,
    region,
    subject: personalText(subjectOf(card.patient) ?? `${issuer}:${name}`),
    mode: 'issuer-signed',
    nonce: String(card.notBefore_s),
    replayableUntilMs: card.expires_s === null ? null : untilMs,
    validUntilMs: untilMs,
    holderBound: false,
    claims: publicClaims(card, untilMs),
    ...(claims !== null && { disclosed: claims }),
  };
}

/** Who it is about, as one text; null where the card does not say. */
function subjectOf({ familyName, givenName, birthDate }: Patient): string | null {
  if (familyName === null && givenName === null) return null;
  return JSON.stringify([familyName, givenName, birthDate]);
}

function publicClaims({ types, expires_s, issuer }: HealthCard, untilMs: number): PublicClaims {
  return {
    document_type: 'health-card',
    ...(types.length > 0 && { health_card_types: [...types].sort().join(' ') }),
    issuing_authority: issuer,
    ...(expires_s !== null && { expires: new Date(untilMs).toISOString().slice(0, 10) }),
  };
}

function disclosedClaims(patient: Patient, disclose: readonly string[]): DisclosedClaims | null {
  if (disclose.length === 0) return null;
  const { familyName, givenName, birthDate, sex } = patient;
  const fullName = [givenName, familyName].filter((each) => each !== null).join(' ');
  const said: Readonly<Record<string, string | null>> = {
    full_name: fullName === '' ? null : fullName,
    family_name: familyName,
    given_name: givenName,
    birth_date: birthDate,
    sex,
  };
  const claims: Record<string, PersonalText> = {};
  for (const name of disclose) {
    const value = Object.hasOwn(said, name) ? said[name] : undefined;
    if (typeof value === 'string') claims[name] = personalText(value);
  }
  return claims;
}
