/** The revision that decisions carry: what the document calls itself, and a digest of what it says. */
import { createHash } from 'node:crypto';

const DIGEST_HEX = 8;

/**
 * `2026-11-30+1f0c33ab`: the first 8 hex digits of SHA-256 of the document in canonical JSON (RFC 8785), so that two contents
 * never have one revision.
 */
export function contentRevision(document: { readonly revision: string }): string {
  const digest = createHash('sha256').update(canonicalJson(document)).digest('hex');
  return `${document.revision}+${digest.slice(0, DIGEST_HEX)}`;
}

/** RFC 8785: numbers and text are written as JSON.stringify writes them, names are sorted by their UTF-16 code units. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, each: unknown) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
