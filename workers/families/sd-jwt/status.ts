/** Where the issuer keeps the status of an SD-JWT (draft-ietf-oauth-status-list, clause 6.2). */
import type { Code } from '../../../config/codes.ts';
import type { StatusReference } from '../../contract.ts';
import { isObject, type JsonObject } from './json-part.ts';

const URI = /^https?:\/\/[!-~]+$/;
const URI_CHARACTERS_MAX = 512;

/** Undefined: the credential has none. A code: it has one that cannot be followed, so nobody could tell that it was revoked. */
export function statusOf({ status }: JsonObject): StatusReference | undefined | Code {
  if (status === undefined) return undefined;
  if (!isObject(status)) return 'credential.malformed';
  const list = status['status_list'];
  if (list === undefined) return 'credential.status_unsupported';
  if (!isObject(list)) return 'credential.malformed';
  const { idx, uri } = list;
  const isIndex = typeof idx === 'number' && Number.isSafeInteger(idx) && idx >= 0;
  const isUri = typeof uri === 'string' && uri.length <= URI_CHARACTERS_MAX && URI.test(uri);
  return isIndex && isUri ? { kind: 'status_list', uri, index: idx } : 'credential.malformed';
}
