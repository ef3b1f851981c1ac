/**
 * A status list token in JWT form (draft-ietf-oauth-status-list, clause 5.1), read strictly: form, header, signature, and only
 * then the payload.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { base64urlBytes } from '../../../workers/codecs/base64url.ts';
import { type JsonLimits, parseStrictJson } from '../../../workers/codecs/strict-json.ts';
import { signerOf, type TokenSigner } from './list-authority.ts';
import { isSignedBy } from './list-signature.ts';
import type { ExpectedList, StatusListToken } from './list-token.ts';
import { inflateEntries } from './status-list-entries.ts';
import { TokenStatusError } from './token-status-error.ts';

const TYPE = 'statuslist+jwt';
/** With certificates. */
const HEADER_CHARACTERS_MAX = 16_384;
const HEADER_LIMITS: JsonLimits = { depth: 2, entries: 8 };
/** `status_list` in the claims, and what else an issuer may put there. */
const PAYLOAD_LIMITS: JsonLimits = { depth: 6, entries: 64 };
/** Seconds of a moment that has a date (RFC 7519, clause 2; ECMA-262, clause 21.4.1.1). */
const moment = Type.Number({ minimum: 0, maximum: 8.64e12 });
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const CERTIFICATE = '^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$';

/**
 * Headers that name or carry bare keys, or ask for more than is done here, are refused with all others not listed. `x5c` leads to
 * a root of trust, or is not looked at.
 */
const Header = Compile(
  Type.Object(
    {
      alg: Type.String(),
      typ: Type.String(),
      kid: Type.Optional(Type.String({ maxLength: 256 })),
      x5c: Type.Optional(Type.Array(Type.String({ pattern: CERTIFICATE }))),
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

/** Rejects with TokenStatusError. */
export async function openStatusListJwt(text: string, expected: ExpectedList): Promise<StatusListToken> {
  const { uri, maxBytes } = expected;
  const { signer, payload } = verified(text, expected);
  const value = jsonIn(payload, PAYLOAD_LIMITS);
  if (!Claims.Check(value)) throw new TokenStatusError('malformed', 'the claims are not of the known shape');
  const { sub, iat, exp, ttl, status_list } = value;
  if (sub !== uri) throw new TokenStatusError('subject', 'the token is of another list');
  const compressed = base64urlBytes(status_list.lst);
  if (compressed === null) throw new TokenStatusError('encoding', 'the list is not base64url');
  return {
    kind: 'status_list',
    uri,
    bits: status_list.bits,
    entries: await inflateEntries(compressed, maxBytes),
    issuedAtMs: Math.floor(iat * 1000),
    expiresAtMs: exp === undefined ? null : Math.floor(exp * 1000),
    ttlMs: ttl === undefined ? null : Math.ceil(ttl * 1000),
    signerUntilMs: signer.untilMs,
  };
}

function verified(text: string, { authority, nowMs }: ExpectedList): Verified {
  const parts = text.split('.', 4);
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3 || header.length > HEADER_CHARACTERS_MAX || parts.some((part) => part === '')) {
    throw new TokenStatusError('malformed', 'the token is not a compact JWS');
  }
  const value = jsonIn(base64urlBytes(header), HEADER_LIMITS);
  if (!Header.Check(value)) throw new TokenStatusError('malformed', 'the header is not of the known shape');
  if (value.typ !== TYPE) throw new TokenStatusError('type', `the token is not a ${TYPE}`);
  const chain = (value.x5c ?? []).map((each) => new Uint8Array(Buffer.from(each, 'base64')));
  const signer = signerOf(authority, chain, nowMs);
  // The key says which algorithm; the token never chooses (RFC 8725, clause 3.1).
  if (value.alg !== signer.algorithm) {
    throw new TokenStatusError('algorithm', `the key is for ${signer.algorithm} only`);
  }
  const bytes = base64urlBytes(signature);
  if (bytes === null || !isSignedBy(signer, Buffer.from(`${header}.${payload}`, 'latin1'), bytes)) {
    throw new TokenStatusError('signature', 'the token is not signed with the key of the list');
  }
  return { signer, payload: base64urlBytes(payload) };
}

interface Verified {
  readonly signer: TokenSigner;
  readonly payload: Uint8Array | null;
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
