/** The JWT that the issuer signed: its header, its payload as signed, and whose key it is. */
import { hash } from 'node:crypto';
import { base64urlBytes } from '../../codecs/base64url.ts';
import { mayUse } from '../../jose/jwk.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm, verificationOf } from '../../jose/verification.ts';
import type { CheckList } from '../check-list.ts';
import { CREDENTIAL_TYPE } from './anchors.ts';
import { recordSignature } from './credential-signature.ts';
import { ENCODING_CODES } from './disclosures.ts';
import { isObject, type JsonObject, type JsonPart, readJsonPart, readObjectPart } from './json-part.ts';
import type { SplitCredential } from './split.ts';
import { type IssuerKey, keyNamed, type SdJwtTrust } from './trust.ts';

export interface IssuerJwt {
  readonly algorithm: SignatureAlgorithm;
  /** `typ`; '' where there is none. */
  readonly type: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
  /** The same, with the number of its names: they are counted when what is disclosed is put in its place. */
  readonly part: JsonPart;
  /** As the issuer signed them: what is disclosed must not name the credential anew. */
  readonly jti: string | null;
  readonly sub: string | null;
  /** SHA-256 of what was signed. */
  readonly digest: Buffer;
}

const IDENTIFIER_CHARACTERS_MAX = 256;

/** Null where a check failed; `list` then names it. Whether the payload has a name twice is not known yet. */
export function readIssuerJwt({ text, issuerJwt }: SplitCredential, list: CheckList): IssuerJwt | null {
  const { start, headerEnd, payloadEnd } = issuerJwt;
  const header = readObjectPart(text, start, headerEnd);
  if (typeof header === 'string') {
    list.require('issuer_jwt.header', ENCODING_CODES[header], false);
    return null;
  }
  const { alg, typ } = header;
  const algorithm = isSignatureAlgorithm(alg) ? alg : null;
  list.require('issuer_jwt.algorithm', 'credential.algorithm_unsupported', algorithm !== null);
  if (algorithm === null) return null;
  // No extension of JWS is known here (RFC 7515 clause 4.1.11; `b64`: RFC 7797).
  const isCritical = Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64');
  if (!list.require('issuer_jwt.critical', 'credential.header_critical', !isCritical)) return null;
  const part = readJsonPart(text, headerEnd + 1, payloadEnd);
  if (typeof part === 'string') {
    list.require('issuer_jwt.payload', ENCODING_CODES[part], false);
    return null;
  }
  const payload = isObject(part.value) ? part.value : null;
  if (!list.require('issuer_jwt.payload', 'credential.malformed', payload !== null) || payload === null) {
    return null;
  }
  const digest = hash('sha256', text.slice(start, payloadEnd), 'buffer');
  const type = typeof typ === 'string' ? typ : '';
  const [jti, sub] = [identifier(payload['jti']), identifier(payload['sub'])];
  return { algorithm, type, header, payload, part, jti, sub, digest };
}

function identifier(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= IDENTIFIER_CHARACTERS_MAX
    ? value
    : null;
}

/** The issuer's key: the anchor of `iss`, and of its keys the one that `kid` names. */
export function findIssuerKey(jwt: IssuerJwt, trust: SdJwtTrust, list: CheckList): IssuerKey | null {
  const issuer = issuerOf(jwt);
  const keys = issuer === null ? undefined : trust.byIssuer.get(issuer);
  if (!list.require('issuer.known', 'trust.issuer_unknown', keys !== undefined) || keys === undefined) {
    return null;
  }
  const key = keyNamed(keys, jwt.header['kid']);
  if (!list.require('issuer.key', 'trust.issuer_unknown', key !== null) || key === null) return null;
  const { algorithm, type } = jwt;
  if (!list.require('issuer.algorithm', 'key.algorithm_mismatch', mayUse(key, algorithm))) return null;
  return list.require('issuer_jwt.type', 'credential.type_not_accepted', key.types.has(type)) ? key : null;
}

/** `iss`; in what is no SD-JWT VC also the issuer of a W3C credential (Data Model 2.0, clause 4.7). */
function issuerOf({ payload, type }: IssuerJwt): string | null {
  const { iss, issuer } = payload;
  if (iss !== undefined || type === CREDENTIAL_TYPE) return typeof iss === 'string' ? iss : null;
  const named = isObject(issuer) ? issuer['id'] : issuer;
  return typeof named === 'string' ? named : null;
}

/**
 * Records the issuer's signature, unless it was verified before. Returns what to remember once the whole proof held; null
 * where the signature cannot be verified at all, or there is nothing to remember.
 */
export function checkIssuerSignature(
  { text, issuerJwt }: SplitCredential,
  jwt: IssuerJwt,
  key: IssuerKey,
  { setting: { counters }, remembered }: SdJwtTrust,
  list: CheckList,
): { readonly remember: (() => void) | null } | null {
  const signature = base64urlBytes(text.slice(issuerJwt.payloadEnd + 1, issuerJwt.end));
  if (!list.require('issuer_jwt.encoding', 'credential.encoding', signature !== null) || signature === null) {
    return null;
  }
  const check = 'issuer_jwt.signature';
  if (remembered.has(key.number, jwt.digest, signature)) {
    counters.authorisationHits += 1;
    list.require(check, 'signature.credential', true);
    return { remember: null };
  }
  counters.authorisationMisses += 1;
  const signingInput = text.slice(issuerJwt.start, issuerJwt.payloadEnd);
  const verification = verificationOf(jwt.algorithm, key.key, signingInput, signature);
  return recordSignature(list, check, 'signature.credential', verification)
    ? { remember: () => remembered.keep(key.number, jwt.digest, signature) }
    : null;
}
