/**
 * One decision as the journal stores it: the facts that it was made of, and the answer. No personal data: subjects and
 * credentials are pseudonyms under the journal's key.
 */
import type { DecisionAnswer, Facts } from '../../verification.ts';

/** In `lists` of a record of version 2: the list that its policy names. No list has such a name. */
export const POLICY_LIST = '*';

export interface DecisionRecord extends Facts {
  /**
   * Version. 1: from before decisions depended on a mode. 2: from before they depended on groups and direction; the one
   * named list that its policy asked for stands under `POLICY_LIST`, since the record does not name it. 3: from before a
   * presentation was used up for a whole cluster. What a version lacks is read as neutral values.
   */
  readonly v: 1 | 2 | 3 | 4;
  /** Position in the journal, from 1, without gaps. */
  readonly position: number;
  readonly answer: DecisionAnswer;
}
