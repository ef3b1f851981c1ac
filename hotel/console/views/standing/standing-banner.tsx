/**
 * Below the bar while the gateway works without the platform: since when, what is still accepted, what waits. It says when the
 * platform is back, and keeps to words for people: no address, no error of a machine.
 */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { StandingView } from '../../../core/standing-view.ts';
import { connected, onDeskEvent } from '../../client/desk-stream.ts';
import { clockTime, span } from '../../components/said-times.ts';
import { Note, type Tone } from '../../components/sign.tsx';
import { announce } from '../../shell/announce.tsx';
import { said } from '../../words/dictionary.ts';
import './standing.css';
import { kindsOf, STANDING } from './words.ts';

type Offline = Exclude<StandingView['mode'], 'live'>;
const TONES = { lists: 'refer', stale: 'refer', closed: 'bad' } as const satisfies Record<Offline, Tone>;

export default function StandingBanner() {
  const [standing, setStanding] = useState<StandingView | null>(null);
  const before = useRef<StandingView['mode'] | null>(null);
  useEffect(() => onDeskEvent<StandingView>('standing', setStanding), []);
  useEffect(() => {
    if (standing === null) return;
    const { mode } = standing;
    if (before.current !== null && before.current !== mode)
      announce(mode === 'live' ? STANDING.back : STANDING[mode], true);
    before.current = mode;
  }, [standing]);
  if (connected.value === false) return <Note tone="bad">{STANDING.gone}</Note>;
  if (standing === null) return null;
  const { mode, judged_again: again } = standing;
  if (mode !== 'live') return <OfflineBanner standing={standing} mode={mode} />;
  if (again.would_be_refused_now === 0) return null;
  return <Note tone="refer">{STANDING.again(again.would_be_refused_now)}</Note>;
}

function OfflineBanner({ standing, mode }: { readonly standing: StandingView; readonly mode: Offline }) {
  const { list, since_ms, forced } = standing;
  const about = [
    STANDING.since(clockTime(since_ms)),
    ...(forced ? [STANDING.forced] : []),
    ...(list === null ? [] : [STANDING.listAge(span(list.age_ms))]),
  ];
  const waits = waitingWords(standing);
  return (
    <section aria-label={STANDING.region} data-mode={mode}>
      <Note tone={TONES[mode]}>
        <p>
          <strong>{STANDING[mode]}</strong> <span class="since">{about.join(' · ')}</span>
        </p>
        <dl class="standing">
          <Accepted title={STANDING.accepted} standing={standing} now="allow" />
          <Accepted title={STANDING.referred} standing={standing} now="refer" />
          <Accepted title={STANDING.refused} standing={standing} now="deny" />
          {waits.length > 0 && (
            <div>
              <dt>{STANDING.waits}</dt>
              <dd>{waits.join(' · ')}</dd>
            </div>
          )}
        </dl>
        <p class="kept">{STANDING.kept}</p>
      </Note>
    </section>
  );
}

interface AcceptedProps {
  readonly title: string;
  readonly standing: StandingView;
  readonly now: StandingView['scenes'][number]['now'];
}

function Accepted({ title, standing, now }: AcceptedProps) {
  const scenes = standing.scenes.filter((each) => each.now === now);
  if (scenes.length === 0) return null;
  const named = scenes.map(({ scene, title: words, families }) => {
    const place = words === null ? scene : said(words);
    return `${place} (${kindsOf(families)})`;
  });
  return (
    <div>
      <dt>{title}</dt>
      <dd>{named.join(' · ')}</dd>
    </div>
  );
}

function waitingWords({ outbox_waiting, referred_waiting, reports, judged_again }: StandingView): string[] {
  return [
    ...(referred_waiting > 0 ? [STANDING.guests(referred_waiting)] : []),
    ...(reports.due > 0 ? [STANDING.reports(reports.due)] : []),
    ...(outbox_waiting > 0 ? [STANDING.outbox(outbox_waiting)] : []),
    ...(judged_again.would_be_refused_now > 0 ? [STANDING.again(judged_again.would_be_refused_now)] : []),
  ];
}
