/** The text of an SD-JWT (RFC 9901 clause 4): where its parts begin and end. Nothing is decoded. */
import type { Code } from '../../../config/codes.ts';

/** `<header>.<payload>.<signature>~<disclosure>~…~<key binding JWT>`, the last empty where the holder signed nothing. */
export interface SplitCredential {
  readonly text: string;
  readonly issuerJwt: SplitJwt;
  /** Where disclosure i begins, and where the next part does: each ends one character before, at its tilde. */
  readonly disclosures: readonly number[];
  readonly keyBindingJwt: SplitJwt | null;
}

/** Offsets into the text. */
export interface SplitJwt {
  readonly start: number;
  readonly headerEnd: number;
  readonly payloadEnd: number;
  readonly end: number;
}

export const CREDENTIAL_CHARACTERS_MAX = 32_768;
export const DISCLOSURES_MAX = 256;

/** Base64url, and what stands between parts. */
const CHARACTERS = /^[A-Za-z0-9_.~-]*$/;

/** Never throws for any text. */
export function splitCredential(text: string): SplitCredential | Code {
  if (text.length > CREDENTIAL_CHARACTERS_MAX) return 'credential.oversized';
  if (!CHARACTERS.test(text)) return 'credential.encoding';
  const first = text.indexOf('~');
  if (first < 0) return 'credential.truncated';
  const issuerJwt = splitJwt(text, 0, first);
  if (issuerJwt === null) return 'credential.malformed';
  const disclosures: number[] = [first + 1];
  let start = first + 1;
  for (let tilde = text.indexOf('~', start); tilde >= 0; tilde = text.indexOf('~', start)) {
    if (tilde === start) return 'credential.malformed';
    if (disclosures.length > DISCLOSURES_MAX) return 'credential.too_many_items';
    start = tilde + 1;
    disclosures.push(start);
  }
  if (start === text.length) return { text, issuerJwt, disclosures, keyBindingJwt: null };
  const keyBindingJwt = splitJwt(text, start, text.length);
  return keyBindingJwt === null ? 'credential.malformed' : { text, issuerJwt, disclosures, keyBindingJwt };
}

/** Three parts, none of them empty. */
function splitJwt(text: string, start: number, end: number): SplitJwt | null {
  const headerEnd = text.indexOf('.', start);
  if (headerEnd <= start || headerEnd >= end) return null;
  const payloadEnd = text.indexOf('.', headerEnd + 1);
  if (payloadEnd <= headerEnd + 1 || payloadEnd >= end - 1) return null;
  const another = text.indexOf('.', payloadEnd + 1);
  return another >= 0 && another < end ? null : { start, headerEnd, payloadEnd, end };
}
