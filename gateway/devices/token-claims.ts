/** What a rightly signed token says (RFC 7519 clause 4.1), read strictly: every claim present and exact. */
import type { Limits } from '../../config/settings.ts';
import { parseStrictJson } from '../../workers/codecs/strict-json.ts';

const TOKEN_ID_CHARACTERS_MAX = 128;
const JSON_LIMITS = { depth: 8, entries: 64 } as const;

export interface TokenClaims {
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly audience: string;
  readonly tokenId: string;
}

export type ClaimsVerdict =
  | { readonly ok: true; readonly claims: TokenClaims }
  /** `untimely`: all that is wrong is the time; `issuedAtMs` as the token says it, null where it says none. */
  | { readonly ok: false; readonly why: 'invalid' }
  | { readonly ok: false; readonly why: 'untimely'; readonly issuedAtMs: number | null };

export interface ExpectedClaims {
  readonly deviceId: string;
  readonly audiences: readonly string[];
  readonly limits: Pick<Limits, 'token_lifetime_ms' | 'clock_tolerance_ms'>;
}

const INVALID = { ok: false, why: 'invalid' } as const;

/** Never throws for any bytes. */
export function readClaims(payload: Uint8Array, expected: ExpectedClaims, nowMs: number): ClaimsVerdict {
  const parsed = parseStrictJson(Buffer.from(payload).toString('utf8'), JSON_LIMITS);
  const isObject = parsed.ok && typeof parsed.value === 'object' && parsed.value !== null;
  if (!isObject || Array.isArray(parsed.value)) return INVALID;
  const { iss, sub, aud, jti, iat, exp, nbf = 0 } = parsed.value as Record<string, unknown>;
  if (iss !== expected.deviceId || sub !== expected.deviceId) return INVALID;
  // RFC 7519 clause 4.1.3 also allows a list; one good at several gateways could be used once at each.
  if (typeof aud !== 'string' || !expected.audiences.includes(aud) || !isTokenId(jti)) return INVALID;
  if (typeof iat !== 'number' || typeof exp !== 'number' || typeof nbf !== 'number') return INVALID;
  const { limits } = expected;
  const [nowS, toleranceS] = [Math.floor(nowMs / 1_000), Math.floor(limits.clock_tolerance_ms / 1_000)];
  if (nbf > nowS + toleranceS || exp <= nowS - toleranceS) return untimely(iat);
  // Whole seconds, though RFC 7519 clause 2 allows parts: so that "expired" and "may be forgotten" never overlap.
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) return INVALID;
  const [issuedAtMs, expiresAtMs] = [iat * 1_000, exp * 1_000];
  if (expiresAtMs <= issuedAtMs || expiresAtMs - issuedAtMs > limits.token_lifetime_ms) return INVALID;
  if (issuedAtMs > nowMs + limits.clock_tolerance_ms) return untimely(iat);
  return { ok: true, claims: { issuedAtMs, expiresAtMs, audience: aud, tokenId: jti } };
}

function isTokenId(jti: unknown): jti is string {
  return typeof jti === 'string' && jti.length > 0 && jti.length <= TOKEN_ID_CHARACTERS_MAX;
}

function untimely(iat: number): ClaimsVerdict {
  const issuedAtMs = Math.floor(iat * 1_000);
  return { ok: false, why: 'untimely', issuedAtMs: Number.isSafeInteger(issuedAtMs) ? issuedAtMs : null };
}
