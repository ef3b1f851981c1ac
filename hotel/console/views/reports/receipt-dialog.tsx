/** What to type in at public security, and the receipt that comes of it. */
import { useState } from 'preact/hooks';
import { post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { may } from '../../client/session.ts';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { announce } from '../../shell/announce.tsx';
import { SHELL } from '../../words/shell.ts';
import type { ReportAnswer } from './report-answers.ts';
import { REPORTS } from './words.ts';

const FIELDS = [
  'full_name',
  'document_kind',
  'document_number',
  'birth_date',
  'sex',
  'nationality',
  'ethnicity',
  'address',
] as const;

type Revealed = Readonly<Partial<Record<(typeof FIELDS)[number], string | null>>> & {
  readonly guardian?: { readonly contact: string; readonly relationship: string } | null;
};

interface Props {
  readonly report: ReportAnswer;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

export function ReceiptDialog({ report, onClose, onSaved }: Props) {
  const [receipt, setReceipt] = useState('');
  const [shown, setShown] = useState<Revealed | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const save = async (event: Event) => {
    event.preventDefault();
    const answer = await post(`/v1/reports/${report.report_id}/receipt`, { receipt: receipt.trim() });
    if (!answer.ok) return setProblem(answer.problem);
    announce(REPORTS.done);
    onSaved();
  };
  const show = async () => {
    const answer = await post<Revealed>(`/v1/guests/${report.guest_id}/reveal`, { reason: REPORTS.whyShown });
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setShown(answer.value);
  };
  return (
    <Dialog title={REPORTS.typeReceipt} onClose={onClose}>
      <p>
        {REPORTS[report.kind]} · {REPORTS.room} {report.guest?.room} · {report.guest?.full_name}
      </p>
      {shown === null && may('stays:reveal') && (
        <button type="button" onClick={() => void show()}>
          {REPORTS.whatToType}
        </button>
      )}
      {shown && (
        <>
          <dl class="facts">
            {FIELDS.filter((field) => shown[field]).map((field) => (
              <>
                <dt>{REPORTS[field]}</dt>
                <dd>{shown[field]}</dd>
              </>
            ))}
            {shown.guardian && (
              <>
                <dt>{REPORTS.guardian}</dt>
                <dd>
                  {shown.guardian.contact} {shown.guardian.relationship}
                </dd>
              </>
            )}
          </dl>
          <p class="muted">{REPORTS.looked}</p>
        </>
      )}
      <ProblemNote problem={problem} />
      <form class="stack" onSubmit={save}>
        <TextField
          label={REPORTS.receipt}
          hint={REPORTS.receiptHint}
          name="receipt"
          value={receipt}
          onValue={setReceipt}
          autofocus
          required
          minLength={3}
          maxLength={64}
          pattern="\s*[A-Za-z0-9][A-Za-z0-9._\/\-]*\s*"
        />
        <div class="row">
          <button type="submit" class="main">
            {REPORTS.save}
          </button>
          <button type="button" onClick={onClose}>
            {SHELL.close}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
