/** Links of the chain as they are signed: compact JWS under a key of either profile, whose algorithm names the chain's digest too. */
import type { SignatureAlgorithm } from '../crypto/algorithms.ts';
import { type NamedDigest, namedDigestOf } from '../crypto/named-digest.ts';
import { DIGEST_BESIDE, type JwsRefusal, jsonOf, readCompactJws } from '../crypto/signature/compact-jws.ts';
import type { Signers } from '../crypto/signature/signers.ts';

/** Keys that may sign links, by kid. */
export type LinkKeys = Signers;

export type LinkJws =
  | { readonly ok: true; readonly payload: unknown; readonly algorithm: SignatureAlgorithm }
  | { readonly ok: false; readonly refuse: JwsRefusal | 'oversized' };

/** A link's payload is one flat object. */
const JSON_LIMITS = { depth: 1, entries: 16 } as const;

/**
 * The payload of a link. Size first, then form, then the signature, and only then is the payload parsed. Never throws
 * for any text.
 */
export function readLinkJws(text: string, typ: string, keys: LinkKeys, maxBytes: number): LinkJws {
  if (text.length > maxBytes) return { ok: false, refuse: 'oversized' };
  const read = readCompactJws(text, typ, keys);
  if (!read.ok) return read;
  const payload = jsonOf(read.payload, JSON_LIMITS);
  if (payload === undefined) return { ok: false, refuse: 'malformed' };
  return { ok: true, payload, algorithm: read.algorithm };
}

/** Hash of a link, by which the next one names it: of its text, by the digest that goes with its signature. */
export function linkHash(text: string, algorithm: SignatureAlgorithm): NamedDigest {
  return namedDigestOf(DIGEST_BESIDE[algorithm], Buffer.from(text, 'latin1'));
}
