/** Judges a kept decision again from its record alone. */
import type { SceneTable } from '../../config/scenes.ts';
import type { DecisionRecord } from '../journal/record.ts';
import { type Decision, decide } from './5-decide.ts';

export type SecondJudgement =
  | { readonly kind: 'same' }
  | { readonly kind: 'differs'; readonly now: Decision }
  /** The policy the decision was made under is not at hand in that revision. */
  | { readonly kind: 'policy_unavailable' };

export function judgeAgain(record: DecisionRecord, scenes: SceneTable): SecondJudgement {
  const policy = scenes.policyOf(record.scene);
  if (scenes.revision !== record.policyRevision || policy?.policy !== record.policy) {
    return { kind: 'policy_unavailable' };
  }
  const now = decide({
    family: record.family,
    policy,
    proof: record.proof,
    seenBefore: record.replay.seenBefore,
    replayableMs: record.replay.untilMs - record.atMs,
    status: record.status,
  });
  const same = now.code === record.answer.code && now.outcome === record.answer.outcome;
  return same ? { kind: 'same' } : { kind: 'differs', now };
}
