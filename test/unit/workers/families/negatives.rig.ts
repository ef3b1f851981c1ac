/** Runs negative cases through `onecard verify`, each beside a control that differs from it in one thing only. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Code } from '../../../../config/codes.ts';
import type { TrustDocument } from '../../../../workers/trust/document.ts';
import { onecardVerify, type VerifyAnswer } from '../../../fixtures/onecard-verify.ts';

export interface Shown {
  /** Clock of the verifier, milliseconds since 1970. */
  readonly atMs: number;
  readonly credential: unknown;
  readonly context: unknown;
}

export interface Negative {
  readonly name: string;
  readonly code: Code;
  readonly wrong: Shown;
  /** Accepted; without it a case might be refused for another reason than the one it is about. */
  readonly control: Shown;
}

/**
 * Every case is shown before anything was proven, then all controls, then every case again: what a verifier has
 * remembered must not change what it answers.
 */
export function describeNegatives(family: string, trust: TrustDocument, cases: readonly Negative[]): void {
  describe(`${family}: ${cases.length} presentations that must be refused`, () => {
    let answers: VerifyAnswer[] = [];
    const rounds = ['cold', 'control', 'warm'] as const;

    beforeAll(async () => {
      const lines = rounds.flatMap((round) =>
        cases.map(({ wrong, control }, index) => {
          const { atMs, credential, context } = round === 'control' ? control : wrong;
          return { id: `${round}/${index}`, family, at: new Date(atMs).toISOString(), credential, context };
        }),
      );
      answers = await onecardVerify(trust, lines);
    });

    it('has an answer to every line, in order', () => {
      const ids = rounds.flatMap((round) => cases.map((_, index) => `${round}/${index}`));
      expect(answers.map(({ id }) => id)).toEqual(ids);
    });

    it('has no two cases of one name', () => {
      expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
    });

    it.each(cases.map((each, index) => [each.name, each, index] as const))('%s', (_name, each, index) => {
      const [cold, control, warm] = rounds.map((_, round) => answers[round * cases.length + index]);
      expect(each.wrong).not.toEqual(each.control);
      expect([control?.code, failed(control)]).toEqual(['proof.ok', null]);
      expect(cold?.code).toBe(each.code);
      expect(cold?.ok).toBe(false);
      expect(cold).not.toHaveProperty('facts.credentialId');
      expect([warm?.code, failed(warm)]).toEqual([cold?.code, failed(cold)]);
    });
  });
}

function failed(answer: VerifyAnswer | undefined): string | null {
  return answer?.checks.find(({ ok }) => !ok)?.check ?? null;
}
