/**
 * Compact JWS (RFC 7515 clause 7.1; GM/T 0125.2 for SM2) as everything here is signed: three header members and no other, and an
 * algorithm that is the key's, never the header's choice (RFC 8725 clause 3.1).
 */
import { base64urlBytes } from '../../workers/codecs/base64url.ts';
import { type JsonLimits, parseStrictJson } from '../../workers/codecs/strict-json.ts';
import type { DigestAlgorithm, SignatureAlgorithm } from '../algorithms.ts';
import { JWS_ALGORITHM } from './jose.ts';
import { SIGNATURE_BYTES } from './keys.ts';
import type { Signer, Signers } from './signers.ts';

export type JwsRefusal =
  /** Not of the form. */
  | 'malformed'
  /** Under no key that is known, or not rightly. */
  | 'signature'
  /** Rightly signed, by a key of the profile that is not taken. */
  | 'other_profile';

export type ReadJws =
  | { readonly ok: true; readonly payload: Buffer; readonly algorithm: SignatureAlgorithm }
  | { readonly ok: false; readonly refuse: JwsRefusal };

const HEADER_CHARACTERS_MAX = 512;
const HEADER_LIMITS: JsonLimits = { depth: 1, entries: 4 };
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** Form first, then the signature; of the payload nothing but its encoding was looked at. Never throws for any text. */
export function readCompactJws(text: string, typ: string, signers: Signers): ReadJws {
  const parts = text.split('.', 4);
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3 || header.length > HEADER_CHARACTERS_MAX) return malformed;
  const said = headerOf(header, typ);
  const signatureBytes = base64urlBytes(signature);
  if (said === null || signatureBytes === null) return malformed;
  const signer = signers.get(said.kid);
  const input = Buffer.from(text.slice(0, text.lastIndexOf('.')), 'latin1');
  if (!signer || !isBy(signer, said.alg, input, signatureBytes)) return { ok: false, refuse: 'signature' };
  if (!signer.isTaken) return { ok: false, refuse: 'other_profile' };
  const payloadBytes = base64urlBytes(payload);
  if (payloadBytes === null) return malformed;
  return { ok: true, payload: payloadBytes, algorithm: signer.publicKey.algorithm };
}

/** The digest that goes with a signature: a JWS names both by its `alg`. */
export const DIGEST_BESIDE = {
  Ed25519: 'SHA-256',
  ES256: 'SHA-256',
  SM2: 'SM3',
} as const satisfies Record<SignatureAlgorithm, DigestAlgorithm>;

/** JSON of a part, or undefined. */
export function jsonOf(bytes: Buffer, limits: JsonLimits): unknown {
  try {
    const read = parseStrictJson(UTF8.decode(bytes), limits);
    return read.ok ? read.value : undefined;
  } catch {
    return undefined;
  }
}

function isBy({ publicKey, isSigned }: Signer, alg: string, input: Buffer, signature: Buffer): boolean {
  const isOfKey = alg === JWS_ALGORITHM[publicKey.algorithm] && signature.length === SIGNATURE_BYTES;
  return isOfKey && isSigned(input, signature);
}

/** A header that says what it must and no more: `crit`, an embedded key and the like are refused. */
function headerOf(header: string, typ: string): { readonly alg: string; readonly kid: string } | null {
  const bytes = base64urlBytes(header);
  const value = bytes && jsonOf(bytes, HEADER_LIMITS);
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 3) return null;
  const { alg, kid, typ: named } = value as { alg?: unknown; kid?: unknown; typ?: unknown };
  const isKnown = Object.values<unknown>(JWS_ALGORITHM).includes(alg);
  return isKnown && typeof alg === 'string' && typeof kid === 'string' && named === typ ? { alg, kid } : null;
}

const malformed = { ok: false, refuse: 'malformed' } as const;
