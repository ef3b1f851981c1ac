/** The JWT that the issuer signed: its header, and its payload as signed. Nothing of it is believed yet. */
import { hash } from 'node:crypto';
import type { SignatureAlgorithm } from '../../jose/verification.ts';
import type { CheckList } from '../check-list.ts';
import { ENCODING_CODES } from './disclosures.ts';
import { readHeader } from './jose-header.ts';
import { isObject, type JsonObject, type JsonPart, readJsonPart } from './json-part.ts';
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
  const header = readHeader(text, start, headerEnd);
  if ('what' in header) {
    list.require(`issuer_jwt.${header.what}`, header.code, false);
    return null;
  }
  const { algorithm, members } = header;
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
  const { typ } = members;
  const type = typeof typ === 'string' ? typ : '';
  const [jti, sub] = [identifier(payload['jti']), identifier(payload['sub'])];
  return { algorithm, type, header: members, payload, part, jti, sub, digest };
}

function identifier(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= IDENTIFIER_CHARACTERS_MAX
    ? value
    : null;
}
