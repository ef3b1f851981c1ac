/** The holder's own JWT: this presentation, for this verifier, now (RFC 9901 clauses 4.3 and 7.3). */
import { hash } from 'node:crypto';
import { base64urlBytes } from '../../codecs/base64url.ts';
import type { SignatureEngine } from '../../engine/job.ts';
import { mayUse, readJwk } from '../../jose/jwk.ts';
import { type PublicSignatureKey, type SignatureAlgorithm, verificationOf } from '../../jose/verification.ts';
import type { CheckList } from '../check-list.ts';
import { recordSignature } from './credential-signature.ts';
import { ENCODING_CODES } from './disclosures.ts';
import type { SdJwtInput } from './input.ts';
import { readHeader } from './jose-header.ts';
import { isObject, type JsonObject, readObjectPart } from './json-part.ts';
import type { SplitCredential, SplitJwt } from './split.ts';
import { momentMs } from './times.ts';

const TYPE = 'kb+jwt';
/** How long ago the holder may have signed, and by how much the wallet's clock may be ahead. */
const AGE_MS_MAX = 300_000;
const AHEAD_MS_MAX = 60_000;

export interface KeyBinding {
  /** The last moment at which the same bytes hold. */
  readonly untilMs: number;
  readonly nonce: string;
  readonly key: PublicSignatureKey;
}

/** What is looked at. */
export interface Bound {
  readonly split: SplitCredential;
  readonly jwt: SplitJwt;
  readonly input: SdJwtInput;
  /** The issuer's payload. */
  readonly payload: JsonObject;
  /** Of `_sd_alg`, for node:crypto. */
  readonly hashName: string;
  readonly atMs: number;
  /** The holder's key on P-256, X ‖ Y, where it has signed before under this credential; it will again. */
  readonly knownKey: Uint8Array | null;
}

/** Null where a plain check failed; `list` then names it. The holder's signature is the last check. */
export function checkKeyBinding(bound: Bound, engine: SignatureEngine, list: CheckList): KeyBinding | null {
  const { split, jwt, knownKey } = bound;
  const { text } = split;
  const header = readHeader(text, jwt.start, jwt.headerEnd);
  if ('what' in header) {
    list.require(`key_binding.${header.what}`, header.code, false);
    return null;
  }
  const { algorithm, members } = header;
  if (!list.require('key_binding.type', 'credential.type_not_accepted', members['typ'] === TYPE)) return null;
  const key = holderKey(bound, algorithm, engine, list);
  if (key === null) return null;
  const said = checkPayload(bound, list);
  if (said === null) return null;
  const signature = base64urlBytes(text.slice(jwt.payloadEnd + 1, jwt.end));
  if (!list.require('key_binding.encoding', 'credential.encoding', signature !== null)) return null;
  const signingInput = text.slice(jwt.start, jwt.payloadEnd);
  const verification = verificationOf(
    algorithm,
    key,
    signingInput,
    signature as Uint8Array,
    knownKey !== null,
  );
  return recordSignature(list, 'key_binding.signature', 'signature.key_binding', verification)
    ? { ...said, key }
    : null;
}

/** The key of `cnf` (RFC 7800 clause 3.2). */
function holderKey(
  { payload, knownKey }: Bound,
  algorithm: SignatureAlgorithm,
  engine: SignatureEngine,
  list: CheckList,
): PublicSignatureKey | null {
  if (knownKey !== null) return { type: 'p256', publicKey: knownKey };
  const { cnf } = payload;
  const hasKey = isObject(cnf) && isObject(cnf['jwk']);
  if (!list.require('key_binding.confirmation', 'credential.holder_key_missing', hasKey)) return null;
  const key = readJwk((cnf as JsonObject)['jwk'], engine);
  if (!list.require('key_binding.holder_key', 'key.invalid', key !== null) || key === null) return null;
  return list.require('key_binding.key_use', 'key.algorithm_mismatch', mayUse(key, algorithm))
    ? key.key
    : null;
}

/** `aud`, `nonce`, `iat` and `sd_hash`, all of which must be there. */
function checkPayload(
  { split, jwt, input, hashName, atMs }: Bound,
  list: CheckList,
): Omit<KeyBinding, 'key'> | null {
  const { text } = split;
  const payload = readObjectPart(text, jwt.headerEnd + 1, jwt.payloadEnd);
  if (typeof payload === 'string') {
    list.require('key_binding.payload', ENCODING_CODES[payload], false);
    return null;
  }
  const { aud, nonce, iat, sd_hash, exp, nbf } = payload;
  const iatMs = momentMs(iat);
  const isWhole =
    iatMs !== null && typeof aud === 'string' && typeof nonce === 'string' && typeof sd_hash === 'string';
  if (!list.require('key_binding.claims', 'credential.malformed', isWhole) || iatMs === null) return null;
  if (!list.require('key_binding.audience', 'credential.audience_mismatch', aud === input.aud)) return null;
  if (!list.require('key_binding.nonce', 'credential.nonce_mismatch', nonce === input.nonce)) return null;
  const isOver = atMs - iatMs > AGE_MS_MAX || (exp !== undefined && !(atMs < (momentMs(exp) ?? 0)));
  if (!list.require('key_binding.age', 'credential.key_binding_stale', !isOver)) return null;
  const isAhead =
    iatMs - atMs > AHEAD_MS_MAX ||
    (nbf !== undefined && !(atMs + AHEAD_MS_MAX >= (momentMs(nbf) ?? Infinity)));
  if (!list.require('key_binding.time', 'credential.key_binding_from_future', !isAhead)) return null;
  // Over all that goes before it, the last tilde included (clause 4.3.1).
  const digest = hash(hashName, text.slice(0, jwt.start), 'base64url');
  if (!list.require('key_binding.sd_hash', 'credential.sd_hash_mismatch', sd_hash === digest)) return null;
  return { untilMs: iatMs + AGE_MS_MAX, nonce: nonce as string };
}
