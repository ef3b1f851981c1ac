/**
 * The seal of an answer: by it the platform says, with a key that trust names for this alone, that it gave this very
 * answer to this very question, and when (docs/platform.md, Seals). A compact JWS (RFC 7515) under ES256 in the header
 * `onecard-seal`; what it says is two digests, so that the answer itself travels as it always did.
 */
import { hash, type KeyObject, verify } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { base64urlBytes } from '../../workers/codecs/base64url.ts';
import { parseStrictJson } from '../../workers/codecs/strict-json.ts';

export const SEAL_HEADER = 'onecard-seal';
const SEAL_TYP = 'onecard-seal';
/** The longest has about 420. */
const SEAL_CHARACTERS_MAX = 1_024;
const SIGNATURE_BYTES = 64;
const JSON_LIMITS = { depth: 1, entries: 16 } as const;

const Header = Compile(
  Type.Object(
    { alg: Type.Literal('ES256'), kid: Type.String(), typ: Type.Literal(SEAL_TYP) },
    { additionalProperties: false },
  ),
);
const Payload = Compile(
  Type.Object(
    {
      v: Type.Literal(1),
      path: Type.String(),
      status: Type.Integer(),
      request: Type.String(),
      answer: Type.String(),
      sealed_at_ms: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    },
    { additionalProperties: false },
  ),
);

/** What was asked and what came. */
export interface Sealed {
  /** The path of the question, without the base address. */
  readonly path: string;
  readonly request: string | Uint8Array;
  /** HTTP status of the answer. */
  readonly status: number;
  readonly answer: Uint8Array;
}

/**
 * When the answer was sealed, milliseconds since 1970 UTC by the platform's clock; null when the seal is missing, not
 * under one of the keys, or of another question or answer. Never throws for any text.
 */
export function sealedAtMs(
  seal: string | null | undefined,
  keys: ReadonlyMap<string, KeyObject>,
  { path, request, status, answer }: Sealed,
): number | null {
  if (!seal || seal.length > SEAL_CHARACTERS_MAX) return null;
  const [header = '', payload = '', signature = '', ...more] = seal.split('.', 4);
  const said = objectIn(header);
  const key = Header.Check(said) ? keys.get(said.kid) : undefined;
  const signatureBytes = base64urlBytes(signature);
  if (key === undefined || signatureBytes?.length !== SIGNATURE_BYTES || more.length > 0) return null;
  const input = Buffer.from(`${header}.${payload}`, 'latin1');
  if (!verify('sha256', input, { key, dsaEncoding: 'ieee-p1363' }, signatureBytes)) return null;
  const claims = objectIn(payload);
  if (!Payload.Check(claims) || claims.path !== path || claims.status !== status) return null;
  const isBound = claims.request === digestOf(request) && claims.answer === digestOf(answer);
  return isBound ? claims.sealed_at_ms : null;
}

function digestOf(content: string | Uint8Array): string {
  return hash('sha256', content, 'base64url');
}

function objectIn(part: string): unknown {
  const bytes = base64urlBytes(part);
  if (bytes === null) return null;
  const read = parseStrictJson(bytes.toString('latin1'), JSON_LIMITS);
  return read.ok ? read.value : null;
}
