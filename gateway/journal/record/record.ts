/**
 * One decision as the journal stores it: the facts that it was made of, and the answer. No personal data: subjects and
 * credentials are pseudonyms under the journal's key.
 */
import type { DecisionAnswer, Facts } from '../../verification.ts';

export interface DecisionRecord extends Facts {
  /** Version. 1: from before decisions depended on a mode; fields it lacks are read as neutral values. */
  readonly v: 1 | 2;
  /** Position in the journal, from 1, without gaps. */
  readonly position: number;
  readonly answer: DecisionAnswer;
}
