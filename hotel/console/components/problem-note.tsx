/** A problem in words, with what to do. */
import type { Problem } from '../client/problem.ts';
import { said } from '../words/dictionary.ts';
import { PROBLEM_WORDS, type ShownCode } from '../words/problems.ts';
import { SHELL } from '../words/shell.ts';

export function problemWords({ code, title, status }: Problem): { said: string; remedy: string } {
  const words = PROBLEM_WORDS[code as ShownCode];
  if (words === undefined) return { said: title || `${SHELL.failed} (${status})`, remedy: '' };
  return { said: said(words.said), remedy: said(words.remedy) };
}

export function ProblemNote({ problem }: { readonly problem: Problem | null }) {
  if (problem === null) return null;
  const words = problemWords(problem);
  const seconds = Math.ceil(problem.retry_after_ms / 1_000);
  return (
    <div class="note bad" role="alert" data-code={problem.code}>
      <span class="sign" aria-hidden="true">
        ✕
      </span>
      <div>
        <p>
          <strong>{words.said}</strong>
        </p>
        {words.remedy !== '' && <p>{words.remedy}</p>}
        {problem.errors.length > 0 && (
          <ul>
            {problem.errors.slice(0, 8).map(({ pointer, detail }) => (
              <li key={pointer + detail}>
                <code>{pointer}</code> {detail}
              </li>
            ))}
          </ul>
        )}
        {seconds > 1 && <p>{SHELL.retryIn(seconds)}</p>}
      </div>
    </div>
  );
}
