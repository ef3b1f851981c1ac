/** A family as a target: what is begun must end as a refusal, or as facts behind a signature that is still to be verified. */
import { SlabCache } from '../../workers/cache/slab-cache.ts';
import { createPortableEngine } from '../../workers/engine/portable.ts';
import type { Family } from '../../workers/families/family.ts';
import type { TrustDocument } from '../../workers/trust/document.ts';
import { finish } from '../../workers/trust/loading.ts';

export function provable<Input, Trust>(
  family: Family<Input, Trust>,
  document: TrustDocument,
  atMs: number,
): (input: Input) => void {
  const cache = new SlabCache(0);
  const counters = { chainHits: 0, chainMisses: 0, authorisationHits: 0, authorisationMisses: 0 };
  const setting = {
    engine: createPortableEngine(),
    cache,
    counters,
    openSpace: (part: string) => cache.open(part),
  };
  const trust = finish(family.loadTrust(document, setting));
  return (input) => {
    const { checks, facts } = family.begin(input, trust, atMs, true, ['full_name', 'birth_date']);
    const failed = checks.find((check) => 'ok' in check && !check.ok);
    const isToVerify = checks.some((check) => 'job' in check || 'slow' in check);
    if (facts === null && failed === undefined) throw new RangeError('neither facts nor a refusal');
    if (facts !== null && (failed !== undefined || !isToVerify))
      throw new RangeError('facts without a signature');
  };
}
