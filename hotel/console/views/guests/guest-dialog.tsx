/** One guest: what is known, and what may be done. A row of a search is confirmed by a second thing the guest says. */
import { useState } from 'preact/hooks';
import type { GuestAnswer } from '../../client/answers.ts';
import { post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { may } from '../../client/session.ts';
import { Dialog } from '../../components/dialog.tsx';
import { Evidence } from '../../components/evidence.tsx';
import { TextField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { dayAndTime } from '../../components/said-times.ts';
import { Note } from '../../components/sign.tsx';
import { announce } from '../../shell/announce.tsx';
import { CLAIMS, claimWords } from '../../words/claims.ts';
import { GUESTS } from '../../words/guests.ts';
import { SHELL } from '../../words/shell.ts';
import { Complete, Correct, Decide, Revert } from './guest-forms.tsx';
import { GuestState } from './guest-state.tsx';
import { Revealed } from './revealed.tsx';
import { kindTitle, printCard } from './sheets.tsx';

interface Props {
  readonly guest: GuestAnswer;
  readonly mustConfirm: boolean;
  readonly onClose: () => void;
  readonly onChanged: () => void;
}
type Doing = 'correct' | 'complete' | 'decide' | 'revert' | null;

export function GuestDialog({ guest, mustConfirm, onClose, onChanged }: Props) {
  const [isConfirmed, setConfirmed] = useState(!mustConfirm);
  return (
    <Dialog title={isConfirmed ? guest.full_name : GUESTS.confirmTitle} onClose={onClose}>
      {isConfirmed ? (
        <Inside guest={guest} onChanged={onChanged} />
      ) : (
        <Confirm guest={guest} onConfirmed={() => setConfirmed(true)} />
      )}
      <div class="row">
        <button type="button" onClick={onClose}>
          {SHELL.close}
        </button>
      </div>
    </Dialog>
  );
}

function Confirm({ guest, onConfirmed }: { readonly guest: GuestAnswer; readonly onConfirmed: () => void }) {
  const [born, setBorn] = useState('');
  const [digits, setDigits] = useState('');
  const [isWrong, setWrong] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const confirm = async (event: Event) => {
    event.preventDefault();
    const body = {
      ...(born !== '' && { birth_date: born }),
      ...(digits.trim() !== '' && { last_digits: digits.trim() }),
    };
    if (Object.keys(body).length === 0) return;
    const answer = await post<{ readonly confirmed: boolean }>(`/v1/guests/${guest.guest_id}/confirm`, body);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setWrong(!answer.value.confirmed);
    if (answer.value.confirmed) onConfirmed();
    announce(answer.value.confirmed ? GUESTS.confirmed : GUESTS.notConfirmed, true);
  };
  return (
    <form class="stack" onSubmit={confirm}>
      <p>{GUESTS.confirmWhy}</p>
      <p>
        {GUESTS.room} {guest.room} · <bdi class="name">{guest.full_name}</bdi>
      </p>
      <ProblemNote problem={problem} />
      {isWrong && <Note tone="bad">{GUESTS.notConfirmed}</Note>}
      <div class="fields">
        <TextField label={GUESTS.birthDate} name="confirm_born" type="date" value={born} onValue={setBorn} />
        <TextField
          label={GUESTS.lastDigits}
          name="confirm_digits"
          value={digits}
          onValue={setDigits}
          minLength={4}
          maxLength={4}
          autofocus
        />
      </div>
      <div class="row">
        <button type="submit" class="main">
          {GUESTS.confirm}
        </button>
      </div>
    </form>
  );
}

function Inside({ guest, onChanged }: Pick<Props, 'guest' | 'onChanged'>) {
  const [doing, setDoing] = useState<Doing>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const form = { guest, onChanged };
  const checkOut = async () => {
    const answer = await post(`/v1/guests/${guest.guest_id}/check-out`);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    announce(GUESTS.left, true);
    onChanged();
  };
  const { state } = guest;
  const isHere = state === 'in_house' || state === 'held' || state === 'referred';
  return (
    <div class="stack">
      <p class="row">
        <GuestState guest={guest} />
      </p>
      <dl class="facts">
        <dt>{GUESTS.room}</dt>
        <dd>{guest.room}</dd>
        <dt>{CLAIMS.document_kind}</dt>
        <dd>{kindTitle(guest.document_kind)}</dd>
        <dt>{GUESTS.number}</dt>
        <dd class="number">{guest.document_number_masked}</dd>
        <dt>{GUESTS.since}</dt>
        <dd>{dayAndTime(guest.checked_in_at_ms)}</dd>
      </dl>
      <Evidence evidence={guest.evidence} levels={guest.levels} />
      {guest.corrections.length > 0 && (
        <section>
          <h3>{GUESTS.corrections}</h3>
          <ul>
            {guest.corrections.map(({ at_ms: atMs, by, reason, fields }) => (
              <li key={`${atMs}${by}`}>
                {dayAndTime(atMs)} · {GUESTS.correction(by, fields.map(claimWords).join(', '))} · {reason}
              </li>
            ))}
          </ul>
        </section>
      )}
      <ProblemNote problem={problem} />
      {may('stays:write') && (
        <div class="row">
          {state === 'referred' && (
            <button type="button" class="main" onClick={() => setDoing('decide')}>
              {GUESTS.decide}
            </button>
          )}
          {state === 'held' && (
            <button type="button" class="main" onClick={() => setDoing('complete')}>
              {GUESTS.complete}
            </button>
          )}
          {isHere && (
            <>
              <button type="button" onClick={() => void checkOut()}>
                {GUESTS.checkOut}
              </button>
              <button type="button" onClick={() => setDoing('correct')}>
                {GUESTS.correct}
              </button>
              <button type="button" onClick={() => setDoing('revert')}>
                {GUESTS.revert}
              </button>
            </>
          )}
          <button type="button" onClick={() => printCard(guest)}>
            {GUESTS.card}
          </button>
        </div>
      )}
      {doing === 'decide' && <Decide {...form} />}
      {doing === 'complete' && <Complete {...form} />}
      {doing === 'correct' && <Correct {...form} />}
      {doing === 'revert' && <Revert {...form} />}
      {may('stays:reveal') && <Revealed guest={guest} />}
    </div>
  );
}
