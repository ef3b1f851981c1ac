/** Whether the status lists that trust names can be used: what the shape of the document cannot say. */
import { createPublicKey } from 'node:crypto';
import type { StatusListSource } from './document.ts';
import { TrustError } from './error.ts';

/** Throws TrustError unless every uri names one list and every key is a point of its curve. */
export function checkStatusLists(sources: readonly StatusListSource[]): void {
  const seen = new Set<string>();
  for (const [i, { uri, keyJwk }] of sources.entries()) {
    if (!isPlainUrl(uri)) throw unusable(i, 'its uri is no address without user, password and fragment');
    if (seen.has(uri)) throw unusable(i, 'its uri is named twice');
    seen.add(uri);
    try {
      createPublicKey({ key: keyJwk, format: 'jwk' });
    } catch (cause) {
      throw unusable(i, 'its key is not a public key', cause);
    }
  }
}

function isPlainUrl(uri: string): boolean {
  if (!URL.canParse(uri)) return false;
  const { username, password } = new URL(uri);
  return username === '' && password === '' && !uri.includes('#');
}

function unusable(i: number, what: string, cause?: unknown): TrustError {
  return new TrustError(`the trust document is not usable:\n  statusLists/${i}: ${what}`, { cause });
}
