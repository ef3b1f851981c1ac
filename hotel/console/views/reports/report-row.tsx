/** One report: when it is due, how it stands, what can be done. */
import { useState } from 'preact/hooks';
import { post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { hotel, may } from '../../client/session.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { dayAndTime, span } from '../../components/said-times.ts';
import { Pill, type Tone } from '../../components/sign.tsx';
import { announce } from '../../shell/announce.tsx';
import { ReceiptDialog } from './receipt-dialog.tsx';
import type { ReportAnswer, TestAnswer } from './report-answers.ts';
import { REPORTS } from './words.ts';

const TONES: Readonly<Record<ReportAnswer['state'], Tone>> = {
  queued: 'plain',
  sent: 'plain',
  accepted: 'good',
  rejected: 'bad',
  held: 'refer',
  withdrawn: 'plain',
};

interface Props {
  readonly report: ReportAnswer;
  readonly nowMs: number;
  readonly onChanged: () => void;
}

export function ReportRow({ report, nowMs, onChanged }: Props) {
  const [isTyping, setTyping] = useState(false);
  const { report_id, state, guest, receipt, rejected_for } = report;
  const canAct = may('reports:write') && state !== 'accepted' && state !== 'withdrawn' && state !== 'held';
  return (
    <tr data-report={report_id}>
      <td>
        <Due report={report} nowMs={nowMs} />
      </td>
      <td>{guest?.room}</td>
      <td>
        {guest?.full_name}
        <br />
        <span class="muted">{guest?.document_number_masked}</span>
      </td>
      <td>{REPORTS[report.kind]}</td>
      <td>
        <Pill tone={TONES[state]}>{REPORTS[state]}</Pill>
        {receipt !== null && (
          <p>
            {REPORTS.receipt} {receipt}
          </p>
        )}
        {rejected_for !== null && <p>{rejected_for}</p>}
      </td>
      <td>
        {canAct && (
          <div class="row">
            <button type="button" onClick={() => setTyping(true)}>
              {REPORTS.typeReceipt}
            </button>
            {hotel.value?.report.adapter !== 'manual' && <Handover report={report} onChanged={onChanged} />}
          </div>
        )}
        {isTyping && (
          <ReceiptDialog
            report={report}
            onClose={() => setTyping(false)}
            onSaved={() => {
              setTyping(false);
              onChanged();
            }}
          />
        )}
      </td>
    </tr>
  );
}

function Due({ report, nowMs }: Pick<Props, 'report' | 'nowMs'>) {
  const { due_at_ms, state } = report;
  const isOpen = state !== 'accepted' && state !== 'withdrawn';
  const left = due_at_ms - nowMs;
  return (
    <>
      {dayAndTime(due_at_ms)}
      {isOpen && left <= 0 && <Pill tone="bad">{REPORTS.overdueBy(span(-left))}</Pill>}
      {isOpen && left > 0 && <p class="muted">{REPORTS.dueIn(span(left))}</p>}
    </>
  );
}

function Handover({ report, onChanged }: Pick<Props, 'report' | 'onChanged'>) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const [tested, setTested] = useState<TestAnswer | null>(null);
  const retry = async () => {
    const answer = await post(`/v1/reports/${report.report_id}/retry`);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    announce(REPORTS.resent);
    onChanged();
  };
  const test = async () => {
    const answer = await post<TestAnswer>(`/v1/reports/${report.report_id}/test`);
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setTested(answer.value);
  };
  return (
    <>
      <button type="button" onClick={() => void retry()}>
        {REPORTS.retry}
      </button>
      <button type="button" onClick={() => void test()}>
        {REPORTS.test}
      </button>
      {tested && (
        <p role="status">
          {tested.would_be_taken ? REPORTS.wouldBeTaken : `${REPORTS.wouldBeRefused}${tested.reason}`}
        </p>
      )}
      <ProblemNote problem={problem} />
    </>
  );
}
