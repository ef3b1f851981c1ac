/**
 * One decision as it is kept: everything needed to judge it again, and nothing that names a person. Subjects and
 * credentials appear only as pseudonyms under the journal's key.
 */
import type { DecisionAnswer, Facts } from '../../verification.ts';

export interface DecisionRecord extends Facts {
  /** 1: made before modes took part in decisions; what it lacks then has the value that changes nothing. */
  readonly v: 1 | 2;
  /** Position in the journal, from 1, without gaps. */
  readonly position: number;
  readonly answer: DecisionAnswer;
}
