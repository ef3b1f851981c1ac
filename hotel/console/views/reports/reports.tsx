/** Reports to public security: what is due, overdue ones first, and what can be done about each. */
import { useEffect, useState } from 'preact/hooks';
import { onDeskEvent } from '../../client/desk-stream.ts';
import { useLastAsked } from '../../client/last-asked.ts';
import type { Problem } from '../../client/problem.ts';
import { SelectField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import {
  CHOICES,
  type Choice,
  type ReportAnswer,
  type ReportsAnswer,
  reportsPath,
} from './report-answers.ts';
import { ReportFiles } from './report-files.tsx';
import { ReportRow } from './report-row.tsx';
import { REPORTS } from './words.ts';

/** Spans of time on the screen go on. */
const TICK_MS = 30_000;

export default function Reports() {
  const [choice, setChoice] = useState<Choice>('open');
  const [items, setItems] = useState<readonly ReportAnswer[] | null>(null);
  const [after, setAfter] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [nowMs, setNowMs] = useState(Date.now());

  const ask = useLastAsked();
  const read = async (from: string | null) => {
    const answer = await ask<ReportsAnswer>(reportsPath(choice, from));
    if (answer === null) return;
    setNowMs(Date.now());
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setItems((before) => (from === null ? answer.value.items : [...(before ?? []), ...answer.value.items]));
    setAfter(answer.value.after);
  };
  useEffect(() => {
    void read(null);
    const forget = onDeskEvent('reports', () => void read(null));
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => {
      forget();
      clearInterval(timer);
    };
  }, [choice]);

  return (
    <div class="stack">
      <h1>{REPORTS.title}</h1>
      <p>{REPORTS.about}</p>
      <div class="row">
        <SelectField
          label={REPORTS.which}
          name="which"
          value={choice}
          onValue={(value) => setChoice(CHOICES.find((each) => each === value) ?? 'open')}
        >
          {CHOICES.map((each) => (
            <option key={each} value={each}>
              {REPORTS[each]}
            </option>
          ))}
        </SelectField>
        <button type="button" onClick={() => void read(null)}>
          {REPORTS.again}
        </button>
      </div>
      <ReportFiles />
      <ProblemNote problem={problem} />
      {items?.length === 0 && <p>{choice === 'open' ? REPORTS.none : REPORTS.noneSuch}</p>}
      {items !== null && items.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard
        <section class="table" tabIndex={0} aria-label={REPORTS.title}>
          <table>
            <thead>
              <tr>
                <th scope="col">{REPORTS.due}</th>
                <th scope="col">{REPORTS.room}</th>
                <th scope="col">{REPORTS.guest}</th>
                <th scope="col">{REPORTS.kind}</th>
                <th scope="col">{REPORTS.state}</th>
                <th scope="col">{REPORTS.actions}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((report) => (
                <ReportRow
                  key={report.report_id}
                  report={report}
                  nowMs={nowMs}
                  onChanged={() => void read(null)}
                />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {after !== null && (
        <button type="button" onClick={() => void read(after)}>
          {REPORTS.more}
        </button>
      )}
    </div>
  );
}
