/** The JWT that the issuer signed: its header, and its payload as signed. Nothing of it is believed yet. */
import { hash } from 'node:crypto';
import { isSignatureAlgorithm, type SignatureAlgorithm } from '../../jose/verification.ts';
import type { CheckList } from '../check-list.ts';
import { ENCODING_CODES } from './disclosures.ts';
import { isObject, type JsonObject, type JsonPart, readJsonPart, readObjectPart } from './json-part.ts';
import type { SplitCredential } from './split.ts';

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
