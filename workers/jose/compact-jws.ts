/** Compact JWS (RFC 7515 clause 7.1) from a stranger: cut, decoded, its header read. Nothing of it is believed yet. */
import type { Code } from '../../config/codes.ts';
import { base64urlBytes } from '../codecs/base64url.ts';
import { type JsonLimits, parseStrictJson } from '../codecs/strict-json.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm } from './verification.ts';

/** What a caller takes. */
export interface JwsRules {
  /** Those that may be named in `alg`; all others are refused, `none` and MACs among them. */
  readonly algorithms: readonly SignatureAlgorithm[];
  /** Characters of the encoded header. One that carries certificates has some thousands. */
  readonly headerCharactersMax: number;
  /** Of the header's JSON. */
  readonly headerLimits: JsonLimits;
}

export interface JoseHeader {
  readonly alg: SignatureAlgorithm;
  /** Every member as it was read, `alg` too. */
  readonly members: Readonly<Record<string, unknown>>;
}

export interface CompactJws {
  readonly header: JoseHeader;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** What was signed: encoded header and payload with a full stop between them. ASCII. */
  readonly signingInput: string;
}

export type CompactJwsResult =
  | { readonly ok: true; readonly jws: CompactJws }
  | { readonly ok: false; readonly code: Code };
export type JoseHeaderResult =
  | { readonly ok: true; readonly header: JoseHeader }
  | { readonly ok: false; readonly code: Code };

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Faults of JSON within a credential: there the sender is not at fault, the credential is. */
const CODES_OF_JSON: Partial<Record<Code, Code>> = {
  'request.duplicate_key': 'credential.duplicate_key',
  'request.too_deep': 'credential.too_deep',
  'request.too_many_items': 'credential.too_many_items',
  'request.truncated': 'credential.truncated',
  'request.trailing': 'credential.trailing',
};

/** Never throws for any text. */
export function readCompactJws(text: string, rules: JwsRules): CompactJwsResult {
  const headerEnd = text.indexOf('.');
  const payloadEnd = text.indexOf('.', headerEnd + 1);
  if (headerEnd < 0 || payloadEnd < 0) return { ok: false, code: 'credential.truncated' };
  if (text.includes('.', payloadEnd + 1)) return { ok: false, code: 'credential.malformed' };
  const header = readJoseHeader(text.slice(0, headerEnd), rules);
  if (!header.ok) return header;
  const payload = base64urlBytes(text.slice(headerEnd + 1, payloadEnd));
  const signature = base64urlBytes(text.slice(payloadEnd + 1));
  if (payload === null || signature === null) return { ok: false, code: 'credential.encoding' };
  const signingInput = text.slice(0, payloadEnd);
  return { ok: true, jws: { header: header.header, payload, signature, signingInput } };
}

/** Of an encoded header: strict JSON, an object, `alg` among those that may be, nothing critical. Never throws. */
export function readJoseHeader(encoded: string, rules: JwsRules): JoseHeaderResult {
  if (encoded.length > rules.headerCharactersMax) return { ok: false, code: 'credential.oversized' };
  const bytes = base64urlBytes(encoded);
  if (bytes === null) return { ok: false, code: 'credential.encoding' };
  const json = readCredentialJson(bytes, rules.headerLimits);
  if (!json.ok) return json;
  const members = json.value;
  if (!isJsonObject(members)) return { ok: false, code: 'credential.malformed' };
  const alg = members['alg'];
  if (typeof alg !== 'string') return { ok: false, code: 'credential.malformed' };
  if (!isSignatureAlgorithm(alg) || !rules.algorithms.includes(alg)) {
    return { ok: false, code: 'credential.algorithm_unsupported' };
  }
  // No extension of JWS is known here: whatever is critical must be refused (RFC 7515 clause 4.1.11), `b64` too (RFC 7797).
  if (Object.hasOwn(members, 'crit') || Object.hasOwn(members, 'b64')) {
    return { ok: false, code: 'credential.header_critical' };
  }
  return { ok: true, header: { alg, members } };
}

export type CredentialJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly code: Code };

/** JSON that a credential carries, read strictly; faults have codes of the credential. Never throws for any bytes. */
export function readCredentialJson(bytes: Uint8Array, limits: JsonLimits): CredentialJson {
  let text: string;
  try {
    text = UTF8.decode(bytes);
  } catch {
    return { ok: false, code: 'credential.encoding' };
  }
  const result = parseStrictJson(text, limits);
  return result.ok ? result : { ok: false, code: CODES_OF_JSON[result.code] ?? 'credential.malformed' };
}

export function isJsonObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
