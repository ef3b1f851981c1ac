/** A stay just made: said in large words, to be printed, and for a moment to be taken back. */
import { useEffect, useState } from 'preact/hooks';
import type { StayAnswer } from '../../client/answers.ts';
import { post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { SIGNS } from '../../components/sign.tsx';
import { announce } from '../../shell/announce.tsx';
import { useKeys } from '../../shell/keys.ts';
import { CHECK_IN } from '../../words/check-in.ts';
import { SHELL } from '../../words/shell.ts';
import { GuestState } from '../guests/guest-state.tsx';
import { printCards, printReceipt } from '../guests/sheets.tsx';
import { startOver } from './model.ts';
import { sound } from './sound.ts';

export function Done({ stay }: { readonly stay: StayAnswer }) {
  const [isUndoing, setUndoing] = useState(false);
  const [isUndone, setUndone] = useState(false);
  const isWhole = stay.guests.every(({ state }) => state === 'in_house');
  const tone = isUndone ? 'plain' : isWhole ? 'good' : 'refer';
  const head = isUndone ? CHECK_IN.undone : isWhole ? CHECK_IN.done(stay.room) : CHECK_IN.doneHeld(stay.room);
  useEffect(() => {
    announce(head, true);
    sound(tone);
  }, [isUndone]);
  useKeys([
    { keys: 'Alt+N', words: () => CHECK_IN.nextGuest, run: startOver },
    ...(isUndone ? [] : [{ keys: 'Alt+Z', words: () => CHECK_IN.undo, run: () => setUndoing(true) }]),
  ]);
  return (
    <section class={`result ${tone}`} data-done={stay.stay_id}>
      <p class="verdict">
        <span class="sign" aria-hidden="true">
          {SIGNS[tone]}
        </span>
        <strong>{head}</strong>
      </p>
      {!isUndone && (
        <ul class="party">
          {stay.guests.map((guest) => (
            <li key={guest.guest_id}>
              <bdi class="name">{guest.full_name}</bdi> <GuestState guest={guest} />
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        <button type="button" class="main" onClick={startOver}>
          {CHECK_IN.nextGuest} <kbd>Alt N</kbd>
        </button>
        {!isUndone && (
          <>
            <button type="button" onClick={() => setUndoing(true)}>
              {CHECK_IN.undo} <kbd>Alt Z</kbd>
            </button>
            <button type="button" onClick={() => printReceipt(stay)}>
              {CHECK_IN.receipt}
            </button>
            <button type="button" onClick={() => printCards(stay)}>
              {CHECK_IN.cards}
            </button>
          </>
        )}
      </div>
      {isUndoing && (
        <Undo
          stay={stay}
          onClose={() => setUndoing(false)}
          onUndone={() => {
            setUndoing(false);
            setUndone(true);
          }}
        />
      )}
    </section>
  );
}

interface UndoProps {
  readonly stay: StayAnswer;
  readonly onClose: () => void;
  readonly onUndone: () => void;
}

function Undo({ stay, onClose, onUndone }: UndoProps) {
  const [reason, setReason] = useState<string>(CHECK_IN.undoDefault);
  const [problem, setProblem] = useState<Problem | null>(null);
  const undo = async (event: Event) => {
    event.preventDefault();
    const answer = await post(`/v1/stays/${stay.stay_id}/revert`, { reason: reason.trim() });
    if (answer.ok) onUndone();
    else setProblem(answer.problem);
  };
  return (
    <Dialog title={CHECK_IN.undo} onClose={onClose}>
      <form class="stack" onSubmit={undo}>
        <ProblemNote problem={problem} />
        <TextField
          label={CHECK_IN.undoReason}
          name="reason"
          value={reason}
          onValue={setReason}
          required
          autofocus
          maxLength={200}
        />
        <div class="row">
          <button type="submit" class="main danger">
            {CHECK_IN.undo}
          </button>
          <button type="button" onClick={onClose}>
            {SHELL.cancel}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
