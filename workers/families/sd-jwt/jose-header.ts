/**
 * Headers of both JWTs. All credentials of an issuer have the same, and all presentations of a wallet: what was read once is
 * kept for a while. It is no more than what the text says, so nothing of it is believed.
 */
import type { Code } from '../../../config/codes.ts';
import { isSignatureAlgorithm, type SignatureAlgorithm } from '../../jose/verification.ts';
import { ENCODING_CODES } from './disclosures.ts';
import { type JsonObject, readObjectPart } from './json-part.ts';

export interface JoseHeader {
  readonly algorithm: SignatureAlgorithm;
  readonly members: JsonObject;
}

/** What is wrong with a header, and which check says so. */
export interface HeaderFault {
  readonly what: 'header' | 'algorithm' | 'critical';
  readonly code: Code;
}

/** Longer ones are read each time: 64 of these are 512 KiB. */
const KEPT_CHARACTERS_MAX = 8_192;
const KEPT_MAX = 64;
const kept = new Map<string, JoseHeader>();

/** Of text that is base64url, from `start` to `end`. Never throws. */
export function readHeader(text: string, start: number, end: number): JoseHeader | HeaderFault {
  const encoded = text.slice(start, end);
  const known = kept.get(encoded);
  if (known !== undefined) return known;
  const read = readAnew(text, start, end);
  if ('what' in read || encoded.length > KEPT_CHARACTERS_MAX) return read;
  if (kept.size >= KEPT_MAX) kept.clear();
  // A text of its own, not a part of the credential's, which would be kept with it.
  kept.set(Buffer.from(encoded, 'latin1').toString('latin1'), read);
  return read;
}

function readAnew(text: string, start: number, end: number): JoseHeader | HeaderFault {
  const members = readObjectPart(text, start, end);
  if (typeof members === 'string') return { what: 'header', code: ENCODING_CODES[members] };
  const { alg } = members;
  if (!isSignatureAlgorithm(alg)) return { what: 'algorithm', code: 'credential.algorithm_unsupported' };
  // No extension of JWS is known here (RFC 7515 clause 4.1.11; `b64`: RFC 7797).
  const isCritical = Object.hasOwn(members, 'crit') || Object.hasOwn(members, 'b64');
  return isCritical ? { what: 'critical', code: 'credential.header_critical' } : { algorithm: alg, members };
}
