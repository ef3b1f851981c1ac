/** Check-in: ways to read a document on one side, what came of it and what is next on the other. */
import { useEffect, useRef } from 'preact/hooks';
import type { Verification } from '../../client/answers.ts';
import { onDeskEvent } from '../../client/desk-stream.ts';
import { hotel } from '../../client/session.ts';
import { SelectField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { ErrorBoundary } from '../../shell/error-boundary.tsx';
import { useKeys } from '../../shell/keys.ts';
import { Lazily } from '../../shell/lazily.tsx';
import { CHECK_IN } from '../../words/check-in.ts';
import { said } from '../../words/dictionary.ts';
import { Done } from './done.tsx';
import { GuestForm } from './guest-form.tsx';
import {
  done,
  guest,
  isJudging,
  judge,
  problem,
  scene,
  seenAt,
  show,
  startOver,
  writeDown,
} from './model.ts';
import { PANELS, type PanelProps } from './panels.ts';
import { Result } from './result.tsx';
import { sceneTitles } from './scene-titles.ts';
import { isSounding, switchSound } from './sound.ts';
import { StayForm } from './stay-form.tsx';
import './check-in.css';

export default function CheckIn() {
  const right = useRef<HTMLDivElement>(null);
  const panels: PanelProps = {
    onPresentation: (presentation, at) => void judge(presentation, at),
    onVerification: (verification) => {
      seenAt.value = null;
      show(verification);
    },
  };
  // What a reader of this workplace read comes by the stream.
  useEffect(() => onDeskEvent<Verification>('verification', panels.onVerification), []);
  useKeys([
    { keys: 'Alt+D', words: () => CHECK_IN.byHand, run: writeDown },
    { keys: 'Alt+X', words: () => CHECK_IN.clear, run: startOver },
    { keys: 'Alt+M', words: () => CHECK_IN.sound, run: switchSound },
  ]);
  const at = guest.value;
  const stay = done.value;
  return (
    <>
      <div class="row">
        <h1>{CHECK_IN.title}</h1>
        <button type="button" class="plain" aria-pressed={isSounding.value} onClick={switchSound}>
          {isSounding.value ? CHECK_IN.soundOn : CHECK_IN.soundOff} <kbd>Alt M</kbd>
        </button>
      </div>
      <div class="check-in">
        <Ways {...panels} />
        <div class="stack" ref={right}>
          <ProblemNote problem={problem.value} />
          {isJudging.value && <p class="muted">{CHECK_IN.judging}</p>}
          {stay !== null ? (
            <Done key={stay.stay_id} stay={stay} />
          ) : (
            <>
              {at === null ? <Waiting /> : <Result verification={at.verification} />}
              <div class="card">
                {at !== null && <GuestForm at={at} problem={problem.value} />}
                <StayForm
                  onEmptyRoom={() => right.current?.querySelector<HTMLElement>('input[name=room]')?.focus()}
                />
              </div>
            </>
          )}
        </div>
      </div>
    </>
  );
}

function Waiting() {
  return (
    <section class="result plain">
      <p class="verdict">
        <strong>{CHECK_IN.waiting}</strong>
      </p>
      <p>{CHECK_IN.waitingHint}</p>
      <div class="row">
        <button type="button" onClick={writeDown}>
          {CHECK_IN.byHand} <kbd>Alt D</kbd>
        </button>
      </div>
    </section>
  );
}

function Ways(props: PanelProps) {
  const scenes = hotel.value?.scenes ?? [];
  const titles = sceneTitles.value;
  return (
    <section class="stack ways-to-read" aria-label={CHECK_IN.ways}>
      {scenes.length > 1 && (
        <SelectField
          label={CHECK_IN.scene}
          name="scene"
          value={scene.value || (scenes[0] ?? '')}
          onValue={(next) => {
            scene.value = next;
          }}
        >
          {scenes.map((each) => {
            const title = titles.get(each);
            return (
              <option key={each} value={each}>
                {title ? said(title) : each}
              </option>
            );
          })}
        </SelectField>
      )}
      {PANELS.filter(({ isThere }) => isThere()).map(({ name, title, load }) => (
        <details key={name} class="card" open>
          <summary>
            <h2>{said(title)}</h2>
          </summary>
          <ErrorBoundary>
            <Lazily load={load} with={props} />
          </ErrorBoundary>
        </details>
      ))}
      <p class="muted">{CHECK_IN.onTheWay}</p>
    </section>
  );
}
