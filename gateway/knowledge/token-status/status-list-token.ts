/**
 * A status list token in JWT form (draft-ietf-oauth-status-list, clause 5.1), read once and strictly: size, form,
 * header, signature, and only then the payload.
 */
import { compactVerify } from 'jose';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { base64urlBytes } from '../../../workers/codecs/base64url.ts';
import { type JsonLimits, parseStrictJson } from '../../../workers/codecs/strict-json.ts';
import { type EntryBits, inflateEntries } from './status-list-entries.ts';
import type { ListSigner } from './status-list-key.ts';
import { TokenStatusError } from './token-status-error.ts';

export interface StatusListToken {
  readonly uri: string;
  readonly bits: EntryBits;
  readonly entries: SharedArrayBuffer;
  /** Milliseconds since 1970 UTC. */
  readonly issuedAtMs: number;
  /** Null where the issuer sets no end. */
  readonly expiresAtMs: number | null;
  /** How long it need not be fetched again; null where the issuer does not say. */
  readonly ttlMs: number | null;
}

export interface ExpectedList {
  readonly uri: string;
  readonly signer: ListSigner;
  /** Largest list, inflated. */
  readonly maxBytes: number;
}

/** Media type (clause 8.1), and `typ` without `application/`. */
export const STATUS_LIST_MEDIA_TYPE = 'application/statuslist+jwt';
const TYPE = 'statuslist+jwt';
const HEADER_CHARACTERS_MAX = 1_024;
const HEADER_LIMITS: JsonLimits = { depth: 1, entries: 8 };
/** `status_list` in the claims, and what else an issuer may put there. */
const PAYLOAD_LIMITS: JsonLimits = { depth: 6, entries: 64 };
/** Everything but the list. */
const CLAIMS_BYTES = 8_192;
/** Seconds of a moment that has a date (RFC 7519, clause 2; ECMA-262, clause 21.4.1.1). */
const moment = Type.Number({ minimum: 0, maximum: 8.64e12 });
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Headers that name or carry keys, or ask for more than is done here, are refused with all others not listed. */
const Header = Compile(
  Type.Object(
    {
      alg: Type.String(),
      typ: Type.String(),
      kid: Type.Optional(Type.String({ maxLength: 256 })),
    },
    { additionalProperties: false },
  ),
);

/** Other claims, such as `iss`, are ignored (RFC 7519, clause 4). */
const Claims = Compile(
  Type.Object({
    sub: Type.String({ maxLength: 2_048 }),
    iat: moment,
    exp: Type.Optional(moment),
    ttl: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 8.64e12 })),
    status_list: Type.Object({
      bits: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(4), Type.Literal(8)]),
      lst: Type.String({ minLength: 1 }),
    }),
  }),
);

/** No token with a list of `listBytes`, inflated, is larger: zlib adds little, and base64url a third, twice. */
export function tokenBytesMax(listBytes: number): number {
  const compressed = listBytes + Math.ceil(listBytes / 1_000) + 64;
  return Math.ceil((compressed * 16) / 9) + CLAIMS_BYTES;
}

/** Rejects with TokenStatusError. Whether it may be used now is for `checkTimes` to say. */
export async function openStatusListToken(text: string, expected: ExpectedList): Promise<StatusListToken> {
  const { uri, signer, maxBytes } = expected;
  if (text.length > tokenBytesMax(maxBytes)) {
    throw new TokenStatusError('oversized', `the token is larger than any list of ${maxBytes} bytes`);
  }
  checkHeader(text, signer);
  const { sub, iat, exp, ttl, status_list } = claimsIn(await verifiedPayload(text, signer));
  if (sub !== uri) throw new TokenStatusError('subject', 'the token is of another list');
  const compressed = base64urlBytes(status_list.lst);
  if (compressed === null) throw new TokenStatusError('encoding', 'the list is not base64url');
  return {
    uri,
    bits: status_list.bits,
    entries: await inflateEntries(compressed, maxBytes),
    issuedAtMs: Math.floor(iat * 1000),
    expiresAtMs: exp === undefined ? null : Math.floor(exp * 1000),
    ttlMs: ttl === undefined ? null : Math.ceil(ttl * 1000),
  };
}

function checkHeader(text: string, { algorithm }: ListSigner): void {
  const parts = text.split('.', 4);
  const [header = ''] = parts;
  if (parts.length !== 3 || header.length > HEADER_CHARACTERS_MAX || parts.some((part) => part === '')) {
    throw new TokenStatusError('malformed', 'the token is not a compact JWS');
  }
  const value = jsonIn(base64urlBytes(header), HEADER_LIMITS);
  if (!Header.Check(value)) throw new TokenStatusError('malformed', 'the header is not of the known shape');
  if (value.alg !== algorithm) throw new TokenStatusError('algorithm', `the key is for ${algorithm} only`);
  if (value.typ !== TYPE) throw new TokenStatusError('type', `the token is not a ${TYPE}`);
}

async function verifiedPayload(text: string, { algorithm, publicKey }: ListSigner): Promise<Uint8Array> {
  try {
    const { payload } = await compactVerify(text, publicKey, { algorithms: [algorithm] });
    return payload;
  } catch (cause) {
    throw new TokenStatusError('signature', 'the token is not signed with the key of the list', { cause });
  }
}

function claimsIn(payload: Uint8Array) {
  const value = jsonIn(payload, PAYLOAD_LIMITS);
  if (!Claims.Check(value)) throw new TokenStatusError('malformed', 'the claims are not of the known shape');
  return value;
}

/** Undefined: not JSON as it is taken here. */
function jsonIn(bytes: Uint8Array | null, limits: JsonLimits): unknown {
  if (bytes === null) return undefined;
  try {
    const result = parseStrictJson(UTF8.decode(bytes), limits);
    return result.ok ? result.value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A list whose issuer sets no end is used for a day after it was issued, or as long as the issuer says that it need not
 * be fetched again.
 */
const USABLE_WITHOUT_END_MS = 86_400_000;

/** Milliseconds since 1970 UTC; the first moment at which the token is no longer used. */
export function usableUntilMs({ issuedAtMs, expiresAtMs, ttlMs }: StatusListToken): number {
  return expiresAtMs ?? issuedAtMs + Math.max(ttlMs ?? 0, USABLE_WITHOUT_END_MS);
}

/** Throws TokenStatusError `not_yet` or `expired`. `toleranceMs`: by how much the issuer's clock may be ahead. */
export function checkTimes(token: StatusListToken, nowMs: number, toleranceMs: number): void {
  if (token.issuedAtMs > nowMs + toleranceMs) {
    throw new TokenStatusError('not_yet', 'the token is issued later than now');
  }
  if (nowMs >= usableUntilMs(token)) throw new TokenStatusError('expired', 'the token is past its end');
}
