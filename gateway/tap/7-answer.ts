/** Stage 7. Hands the answer to whoever waits for it, and does nothing else. */
import { type Code, codeEntry } from '../../config/codes.ts';
import type { NamedFacts, NamedVerdict } from '../../workers/contract.ts';
import type { Answer, DecisionAnswer, RefusalAnswer, ShownCredential, StatusFacts } from '../verification.ts';
import type { Flight } from './flights.ts';

export function refusalAnswer(seq: number, code: Code, retryAfterMs: number): RefusalAnswer {
  const { retry } = codeEntry(code);
  return { kind: 'refusal', seq, code, retry, retryAfterMs: retry ? retryAfterMs : 0 };
}

/** What was kept, and beside it what is said only now. Nothing is disclosed with a denial. */
export function withDisclosed(
  answer: DecisionAnswer,
  { facts }: NamedVerdict,
  wantsShown: boolean,
  status: StatusFacts,
): DecisionAnswer {
  if (facts === null || answer.outcome === 'deny') return answer;
  const { disclosed } = facts;
  if (!wantsShown) return disclosed === undefined ? answer : { ...answer, disclosed };
  return { ...answer, ...(disclosed && { disclosed }), shown: shownCredential(facts, status) };
}

function shownCredential(facts: NamedFacts, status: StatusFacts): ShownCredential {
  const { issuer, region, credentialId, credentialName, subjectName, holderBound } = facts;
  return {
    issuer,
    region,
    credentialId,
    credential: credentialName,
    subject: subjectName,
    holderBound,
    status,
  };
}

/** Each reply is called once. A reply that throws (its transport is gone) must not keep the others from theirs. */
export function answerAll(flight: Flight, answer: Answer, onReplyFault: (cause: unknown) => void): void {
  const { replies } = flight;
  while (replies.length > 0) {
    try {
      // Nearly always there is one, and taking the last costs a tenth of taking the first.
      const reply = replies.length === 1 ? replies.pop() : replies.shift();
      reply?.(answer);
    } catch (cause) {
      onReplyFault(cause);
    }
  }
}
