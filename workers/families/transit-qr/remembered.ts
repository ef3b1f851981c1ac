/**
 * What earlier taps under one revision of trust have proven: issuers' keys, and whole authorisations. A code whose
 * authorisation is known, byte for byte, is judged by what changes from tap to tap: the clock, the generation time and
 * the user's signature.
 */
import { equalBytes } from '../../codecs/hex.ts';
import { NOTHING, sm2Job } from '../../engine/job.ts';
import type { PendingProof } from '../family.ts';
import type { IssuerKeyUse } from '../issuer-key-use.ts';
import { type AuthorisedFacts, presentedFacts } from './facts.ts';
import { authorisedEnd, generatedMsAt, SIGNATURE_MARK } from './layout.ts';
import { sizeIsRight } from './read.ts';
import type { TransitTrust } from './trust.ts';

/** An authorisation whose every check held, but for those that look at the clock. */
export interface Authorisation {
  /** Stands for the IDs that were bound. */
  readonly version: number;
  /** Fields 3 to 15: what the issuer signed, its certificate, and its signature. */
  readonly bytes: Uint8Array;
  /** X ‖ Y. */
  readonly userKey: Uint8Array;
  readonly userId: Uint8Array;
  /** Until when CA key, certificate and authorisation are good, all of them. */
  readonly notAfterMs: number;
  readonly validityMs: number;
  readonly facts: AuthorisedFacts;
}

export interface Issuer {
  /** X ‖ Y. */
  readonly publicKey: Uint8Array;
  readonly use: IssuerKeyUse;
}

/** The last four bytes of an authorisation's signature. They find an authorisation; its bytes decide. */
export function authorisationName(bytes: Uint8Array, end: number): number {
  return (
    ((bytes[end - 4] as number) << 24) |
    ((bytes[end - 3] as number) << 16) |
    ((bytes[end - 2] as number) << 8) |
    (bytes[end - 1] as number)
  );
}

/** The authorisation a code of the right size shows, if it is known. */
export function findAuthorisation(bytes: Uint8Array, trust: TransitTrust): Authorisation | null {
  const end = authorisedEnd(bytes);
  const known = trust.authorisations.get(authorisationName(bytes, end));
  if (known === undefined || known.version !== bytes[0]) return null;
  return equalBytes(known.bytes, bytes.subarray(AUTHORISED_OFFSET, end)) ? known : null;
}

export const AUTHORISED_OFFSET = 3;

/**
 * The proof of a code whose authorisation is known and of which nothing but the user's signature is open. Null for any
 * other: every check is made then, one by one, and the first that fails is named.
 */
export function beginRemembered(bytes: Uint8Array, trust: TransitTrust, atMs: number): PendingProof | null {
  if (!sizeIsRight(bytes)) return null;
  const known = findAuthorisation(bytes, trust);
  if (known === null) return null;
  const end = authorisedEnd(bytes);
  const generatedMs = generatedMsAt(bytes, end);
  const inTime = atMs <= known.notAfterMs && Math.abs(atMs - generatedMs) <= known.validityMs;
  if (!inTime) return null;
  const signatureAt = end + GENERATED_BYTES;
  if (bytes[signatureAt] !== SIGNATURE_MARK) return null;
  trust.setting.counters.chainHits += 1;
  trust.setting.counters.authorisationHits += 1;
  const signature = bytes.subarray(signatureAt + 1);
  const job = sm2Job(known.userKey, known.userId, bytes.subarray(0, signatureAt), signature, NOTHING, true);
  return {
    checks: [{ check: 'user.signature', code: 'signature.user', job }],
    facts: presentedFacts(known.facts, generatedMs, known.validityMs),
    remember: null,
  };
}

const GENERATED_BYTES = 4;
