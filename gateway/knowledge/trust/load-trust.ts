/** Reads and checks trust before any thread sees it: what is handed to the pool is known to load. */
import { readStrictText } from '../../../config/strict-text.ts';
import { SlabCache } from '../../../workers/cache/slab-cache.ts';
import { chooseEngine } from '../../../workers/engine/choose.ts';
import { type LoadedTrust, loadTrust } from '../../../workers/trust/bundle.ts';
import type { TrustDocument } from '../../../workers/trust/document.ts';
import { TrustError } from '../../../workers/trust/error.ts';

export interface Trust {
  readonly revision: string;
  readonly document: TrustDocument;
}

/** Nothing is proven here. */
const NO_MEMORY = new SlabCache(0);

/**
 * What was checked last on this thread. It holds the tables of the CAs' keys, which the addon shares: made here, they cost no
 * proving thread anything.
 */
let held: LoadedTrust | null = null;

/** Throws TrustError when any part of the document cannot be used. `revision` names it; default: its own name. */
export function checkTrust(document: unknown, revision?: string): Trust {
  const counters = { chainHits: 0, chainMisses: 0, authorisationHits: 0, authorisationMisses: 0 };
  const bundle = loadTrust(document, { engine: chooseEngine().engine, cache: NO_MEMORY, counters });
  held?.release();
  held = bundle;
  return { revision: revision ?? bundle.revision, document: bundle.document };
}

export function readTrustFile(file: string): Trust {
  let value: unknown;
  try {
    value = JSON.parse(readStrictText(file));
  } catch (cause) {
    throw new TrustError(`cannot read trust from ${file}: ${(cause as Error).message}`);
  }
  return checkTrust(value);
}
