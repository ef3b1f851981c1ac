/** A document on the guest's phone: a code to scan, or the browser's own way; the time that is left; what became of it. */
import { useEffect, useState } from 'preact/hooks';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Note } from '../../components/sign.tsx';
import { said } from '../../words/dictionary.ts';
import type { PanelProps } from '../check-in/panels.ts';
import { hasBrowserWallet } from './browser-wallet.ts';
import './phone.css';
import { isOpen } from './phone-answers.ts';
import { qrPath } from './qr-path.ts';
import { type Asked, usePhoneRequest } from './use-phone-request.ts';
import { PHONE } from './words.ts';

export default function PhonePanel({ onVerification }: Pick<PanelProps, 'onVerification'>) {
  const { asked, problem, refused, busy, ask, stop } = usePhoneRequest(onVerification);
  const open = asked !== null && isOpen(asked.at);
  return (
    <div class="stack" data-phone={asked?.at.state ?? 'none'}>
      <p>{PHONE.about}</p>
      <div class="row">
        <button type="button" class="main" disabled={busy} onClick={() => void ask('qr')}>
          {asked === null ? PHONE.show : PHONE.again}
        </button>
        {hasBrowserWallet() && (
          <button type="button" disabled={busy} onClick={() => void ask('dc_api')} title={PHONE.browserHint}>
            {PHONE.browser}
          </button>
        )}
        {open && (
          <button type="button" onClick={stop}>
            {PHONE.stop}
          </button>
        )}
      </div>
      <ProblemNote problem={problem} />
      {refused && (
        <Note tone="refer">
          <p>
            <strong>{PHONE.refused}</strong>
          </p>
          <p>{PHONE.refusedNext}</p>
        </Note>
      )}
      {asked !== null && <State asked={asked} />}
    </div>
  );
}

function State({ asked }: { readonly asked: Asked }) {
  const { made, endsAt, at } = asked;
  const open = isOpen(at);
  return (
    <>
      {open && made.reach !== null && <Note tone="bad">{said(made.reach)}</Note>}
      {at.state === 'made' && made.uri !== null && <Code uri={made.uri} />}
      {/* What the gateway decided is shown where every verification is. */}
      {at.state !== 'judged' && (
        <Note tone={open ? 'plain' : 'bad'}>
          <p>
            <strong>{said(at.words)}</strong>
          </p>
          {open && <Left endsAt={endsAt} />}
        </Note>
      )}
    </>
  );
}

function Code({ uri }: { readonly uri: string }) {
  const { size, path } = qrPath(uri);
  return (
    <svg class="phone-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={PHONE.codeOf}>
      <title>{PHONE.codeOf}</title>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}

const TICK_MS = 1_000;

function Left({ endsAt }: { readonly endsAt: number }) {
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((endsAt - now) / 1_000));
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  // Not said aloud every second.
  return (
    <p role="timer" aria-live="off" class="number">
      {PHONE.left(time)}
    </p>
  );
}
