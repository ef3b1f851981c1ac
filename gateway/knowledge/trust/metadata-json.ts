/** Metadata as JSON, bounded before the models see it. */
import type { Metadata } from '@tufjs/models';
import { parseStrictJson } from '../../../workers/codecs/strict-json.ts';
import { TrustUpdateError } from './trust-update-error.ts';

/**
 * The models copy an object once for each of its entries, before any signature is looked at: with the 10,000 that fit
 * half a megabyte a thread would be busy for a minute, with these for a fraction of a second.
 */
const LIMITS = { depth: 16, entries: 1024 };

type Json = Parameters<typeof Metadata.fromJSON>[1];

/** Throws TrustUpdateError `malformed`. What kind of metadata it is, if any, is for the models to say. */
export function metadataJson(bytes: Buffer): Json {
  const result = parseStrictJson(bytes.toString('utf8'), LIMITS);
  const isObject = result.ok && typeof result.value === 'object' && result.value !== null;
  if (!isObject) {
    throw new TrustUpdateError('malformed', 'metadata is not a JSON object within its limits');
  }
  return result.value as Json;
}
