/** The card reader at the workplace: ask for the next card, and see how far it is. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Verification } from '../../client/answers.ts';
import { get, post } from '../../client/api.ts';
import { onDeskEvent } from '../../client/desk-stream.ts';
import type { Problem } from '../../client/problem.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Note, Pill, type Tone } from '../../components/sign.tsx';
import { announce } from '../../shell/announce.tsx';
import { said } from '../../words/dictionary.ts';
import type { PanelProps } from '../check-in/panels.ts';
import { isWaiting, type ReaderStandingAnswer, type ReadingAnswer, stepOf } from './reader-answers.ts';
import { READERS } from './words.ts';

export default function ReaderPanel({ onVerification }: Pick<PanelProps, 'onVerification'>) {
  const [standing, setStanding] = useState<ReaderStandingAnswer | null>(null);
  const [reading, setReading] = useState<ReadingAnswer | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const tell = useRef(onVerification);
  tell.current = onVerification;
  const waiting = useRef(false);
  const heard = useRef(0);

  const took = (answer: ReadingAnswer) => {
    heard.current += 1;
    waiting.current = isWaiting(answer);
    setReading(answer);
    announce(wordsOf(answer), answer.state === 'failed');
  };
  const arm = async () => {
    setProblem(null);
    const before = heard.current;
    const answer = await post<ReadingAnswer>('/v1/desk/arm');
    // The stream may have been faster, and knows better.
    if (answer.ok && heard.current === before) took(answer.value);
    if (!answer.ok) setProblem(answer.problem);
  };
  useEffect(() => {
    const unheard = [
      onDeskEvent<ReaderStandingAnswer>('reader', setStanding),
      onDeskEvent<ReadingAnswer>('reading', took),
      onDeskEvent<Verification>('verification', (verification) => tell.current(verification)),
    ];
    void get<ReaderStandingAnswer>('/v1/desk/reader').then((answer) => {
      if (answer.ok) setStanding((before) => before ?? answer.value);
    });
    return () => {
      for (const each of unheard) each();
      // Who leaves the panel waits for no card.
      if (waiting.current) void post('/v1/desk/disarm');
    };
  }, []);
  const isOpen = reading !== null && isWaiting(reading);
  return (
    <div class="stack" data-reader={standing?.state ?? 'unknown'} data-reading={reading?.state ?? 'none'}>
      {standing !== null && <Standing standing={standing} />}
      <p>{READERS.about}</p>
      <div class="row">
        {isOpen ? (
          <button type="button" onClick={() => void post('/v1/desk/disarm')}>
            {READERS.stop}
          </button>
        ) : (
          <button type="button" class="main" onClick={() => void arm()}>
            {reading === null ? READERS.read : READERS.readNext}
          </button>
        )}
      </div>
      <ProblemNote problem={problem} />
      {reading !== null && <Reading reading={reading} />}
    </div>
  );
}

function Standing({ standing: { state, name, words } }: { readonly standing: ReaderStandingAnswer }) {
  if (state !== 'ready') return <Note tone="refer">{said(words)}</Note>;
  return (
    <p>
      <Pill tone="good">{said(words)}</Pill> <span class="muted">{name}</span>
    </p>
  );
}

function Reading({ reading }: { readonly reading: ReadingAnswer }) {
  const step = stepOf(reading);
  return (
    <Note tone={toneOf(reading)}>
      <p>
        <strong>{READERS[reading.state]}</strong>
      </p>
      {reading.words !== undefined && <p>{said(reading.words)}</p>}
      {step > 0 && <progress aria-label={READERS.progress} max={4} value={step} />}
    </Note>
  );
}

const wordsOf = ({ state, words }: ReadingAnswer): string =>
  words === undefined ? READERS[state] : `${READERS[state]} ${said(words)}`;

function toneOf({ state }: ReadingAnswer): Tone {
  if (state === 'done') return 'good';
  if (state === 'failed') return 'bad';
  return state === 'take_card_off' || state === 'taken_over' || state === 'timed_out' ? 'refer' : 'plain';
}
