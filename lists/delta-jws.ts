/** Compact JWS (RFC 7515) as the chain of deltas uses it: Ed25519 (RFC 8037), one `kid`, one `typ`, nothing else. */
import { createHash, type KeyObject, verify } from 'node:crypto';
import { base64urlBytes } from '../workers/codecs/base64url.ts';
import { parseStrictJson } from '../workers/codecs/strict-json.ts';

/** Public Ed25519 keys that may sign links, by TUF key id. */
export type LinkKeys = ReadonlyMap<string, KeyObject>;

export type LinkJws =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly refuse: 'signature' | 'malformed' | 'oversized' };

const HEADER_CHARACTERS_MAX = 512;
const SIGNATURE_BYTES = 64;
/** A link's payload is one flat object. */
const JSON_LIMITS = { depth: 1, entries: 16 } as const;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * The payload of a link. Size first, then form, then the signature, and only then is the payload parsed. Never throws
 * for any text.
 */
export function readLinkJws(text: string, typ: string, keys: LinkKeys, maxBytes: number): LinkJws {
  if (text.length > maxBytes) return { ok: false, refuse: 'oversized' };
  const parts = text.split('.', 4);
  const [header = '', payload = '', signature = ''] = parts;
  if (parts.length !== 3 || header.length > HEADER_CHARACTERS_MAX) return { ok: false, refuse: 'malformed' };
  const signatureBytes = base64urlBytes(signature);
  const kid = keyIdOf(header, typ);
  if (kid === null || signatureBytes === null) return { ok: false, refuse: 'malformed' };
  const key = keys.get(kid);
  const input = Buffer.from(`${header}.${payload}`, 'latin1');
  if (!key || signatureBytes.length !== SIGNATURE_BYTES || !verify(null, input, key, signatureBytes)) {
    return { ok: false, refuse: 'signature' };
  }
  const value = jsonIn(payload);
  return value === undefined ? { ok: false, refuse: 'malformed' } : { ok: true, payload: value };
}

/** Hash of a link, by which the next one names it: SHA-256 of its text, 64 hex digits. */
export function linkHash(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}

/** `kid` of a header that says what it must and no more: `crit`, an embedded key and the like are refused. */
function keyIdOf(header: string, typ: string): string | null {
  const value = jsonIn(header);
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 3) return null;
  const { alg, kid, typ: named } = value as { alg?: unknown; kid?: unknown; typ?: unknown };
  return alg === 'EdDSA' && named === typ && typeof kid === 'string' ? kid : null;
}

function jsonIn(part: string): unknown {
  const bytes = base64urlBytes(part);
  if (bytes === null) return undefined;
  try {
    const result = parseStrictJson(UTF8.decode(bytes), JSON_LIMITS);
    return result.ok ? result.value : undefined;
  } catch {
    return undefined;
  }
}
