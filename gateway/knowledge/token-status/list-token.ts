/** A list as its issuer signed it, in either form: a compact JWS, or a CWT. Read once and strictly. */

import type { DigestAlgorithm } from '../../../crypto/algorithms.ts';
import type { IdentifierDigests } from './identifier-digests.ts';
import type { ListAuthority } from './list-authority.ts';
import { openCwtList } from './list-cwt.ts';
import type { EntryBits } from './status-list-entries.ts';
import { openStatusListJwt } from './status-list-jwt.ts';
import { TokenStatusError } from './token-status-error.ts';

interface TokenTimes {
  readonly uri: string;
  /** Milliseconds since 1970 UTC. */
  readonly issuedAtMs: number;
  /** Null where the issuer sets no end. */
  readonly expiresAtMs: number | null;
  /** How long it need not be fetched again; null where the issuer does not say. */
  readonly ttlMs: number | null;
  /** Until when the signer's certificates are good; infinite without certificates. */
  readonly signerUntilMs: number;
}

/** A status list of tokens (draft-ietf-oauth-status-list). */
export interface StatusListToken extends TokenTimes {
  readonly kind: 'status_list';
  readonly bits: EntryBits;
  readonly entries: SharedArrayBuffer;
}

/** A list of identifiers that are revoked (ISO/IEC 18013-5, second edition). */
export interface IdentifierListToken extends TokenTimes {
  readonly kind: 'identifier_list';
  readonly identifiers: IdentifierDigests;
}

export type ListToken = StatusListToken | IdentifierListToken;

export interface ExpectedList {
  readonly uri: string;
  readonly authority: ListAuthority;
  /** What identifiers are kept by. */
  readonly digest: DigestAlgorithm;
  /** Largest list, inflated. */
  readonly maxBytes: number;
  /** When certificates must be good. Milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

/** Media types (draft clause 8.1), and what they are without `application/`: the type that a token must name. */
export const LIST_TYPES = ['statuslist+jwt', 'statuslist+cwt', 'identifierlist+cwt'] as const;
export type ListType = (typeof LIST_TYPES)[number];

/** Claims and certificates; everything but the list. */
const OTHER_BYTES = 24_576;

/** No token with a list of `listBytes`, inflated, is larger: zlib adds little, and base64url a third, twice. */
export function tokenBytesMax(listBytes: number): number {
  const compressed = listBytes + Math.ceil(listBytes / 1_000) + 64;
  return Math.ceil((compressed * 16) / 9) + OTHER_BYTES;
}

/** What a compact JWS begins with: `{"` in base64url. */
const JWT_FIRST = 0x65;

/** Rejects with TokenStatusError. Whether it may be used now is for `checkTimes` to say. */
export async function openListToken(bytes: Uint8Array, expected: ExpectedList): Promise<ListToken> {
  const { maxBytes } = expected;
  if (bytes.length > tokenBytesMax(maxBytes)) {
    throw new TokenStatusError('oversized', `the token is larger than any list of ${maxBytes} bytes`);
  }
  if (bytes[0] !== JWT_FIRST) return await openCwtList(bytes, expected);
  return await openStatusListJwt(Buffer.from(bytes).toString('latin1'), expected);
}

/**
 * A list whose issuer sets no end is used for a day after it was issued, or as long as the issuer says that it need not
 * be fetched again.
 */
const USABLE_WITHOUT_END_MS = 86_400_000;

/** Milliseconds since 1970 UTC; the first moment at which the token is no longer used. */
export function usableUntilMs({ issuedAtMs, expiresAtMs, ttlMs, signerUntilMs }: TokenTimes): number {
  const endMs = expiresAtMs ?? issuedAtMs + Math.max(ttlMs ?? 0, USABLE_WITHOUT_END_MS);
  return Math.min(endMs, signerUntilMs);
}

/** Throws TokenStatusError `not_yet` or `expired`. `toleranceMs`: by how much the issuer's clock may be ahead. */
export function checkTimes(token: TokenTimes, nowMs: number, toleranceMs: number): void {
  if (token.issuedAtMs > nowMs + toleranceMs) {
    throw new TokenStatusError('not_yet', 'the token is issued later than now');
  }
  if (nowMs >= usableUntilMs(token)) throw new TokenStatusError('expired', 'the token is past its end');
}
