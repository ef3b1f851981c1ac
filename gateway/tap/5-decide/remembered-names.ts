/** By which of their names persons and cards are remembered: while their former names may be asked for, by those. */
import type { VerdictFacts } from '../../verification.ts';

export type RememberedNames = Pick<VerdictFacts, 'credential' | 'subject'>;

/** Of a tap, which has its former names only while they may be asked for; of a record of that time. */
export function rememberedNames(proof: VerdictFacts): RememberedNames {
  return proof.former ?? proof;
}

/** Of a record, once no former name is asked for any more. */
export function ownNames(proof: VerdictFacts): RememberedNames {
  return proof;
}
