/** How a phone document is judged: by the ordinary pipeline, for the clerk who asked. */
import type { DeskCore } from '../../gateway/desk/desk-core.ts';
import type { Outcome } from '../../gateway/verification.ts';
import { ProblemResponse } from '../http/problem.ts';
import type { ShownDocument } from './answer.ts';
import type { PhoneRequest } from './phone-request.ts';

export interface PhoneJudgement {
  /** As the desk answers it to the clerk. */
  readonly verification: unknown;
  readonly outcome: Outcome;
  /** Fact `document_type`; undefined: nothing is said of it. */
  readonly documentType: unknown;
  /** Fact `documents`: how many there were; undefined: one. */
  readonly documents: unknown;
  /** Names of the personal claims that it discloses. */
  readonly claims: ReadonlySet<string>;
}

/** Rejects with ProblemResponse where it was not judged. */
export type PhoneJudge = (request: PhoneRequest, shown: ShownDocument) => Promise<PhoneJudgement>;

export function judgeByCore(core: Pick<DeskCore, 'verify'>): PhoneJudge {
  return async ({ owner, scene }, { family, credential, context }) => {
    const decision = await core.verify({
      desk: owner.desk,
      scene,
      presentation: { family, credential, context },
    });
    if (decision.kind === 'refusal') throw new ProblemResponse(decision.code, decision);
    const { outcome, code, mode, atMs, facts, disclosed } = decision;
    return {
      verification: { outcome, code, mode, at_ms: atMs, scene, family, claims: disclosed },
      ...{ outcome, documentType: facts['document_type'], documents: facts['documents'] },
      claims: new Set(Object.keys(disclosed ?? {})),
    };
  };
}
