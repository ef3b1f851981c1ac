/** What came of it, in words large enough to be read across a desk. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Verification } from '../../client/answers.ts';
import { Evidence } from '../../components/evidence.tsx';
import { Pill, SIGNS, type Tone } from '../../components/sign.tsx';
import { announce } from '../../shell/announce.tsx';
import { CHECK_IN } from '../../words/check-in.ts';
import { CLAIMS } from '../../words/claims.ts';
import { said } from '../../words/dictionary.ts';
import { type AtHand, seenAt } from './model.ts';
import { sound } from './sound.ts';

const TONES: Readonly<Record<Verification['outcome'], Tone>> = {
  allow: 'good',
  refer: 'refer',
  deny: 'bad',
  none: 'bad',
};

export function Result({ verification }: Pick<AtHand, 'verification'>) {
  const tone = verification === null ? 'plain' : TONES[verification.outcome];
  const head = verification === null ? CHECK_IN.byHandResult : CHECK_IN[verification.outcome];
  const words = verification === null ? CHECK_IN.byHandStep : said(verification.words);
  const next = verification === null ? '' : said(verification.next_step);
  const took = useTook(verification);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    announce(`${head}. ${words} ${next}`, true);
    sound(tone);
    // On a phone it is below the ways to read.
    section.current?.scrollIntoView({ block: 'nearest' });
  }, [verification]);
  return (
    <section
      ref={section}
      class={`result ${tone}`}
      data-outcome={verification?.outcome ?? 'by_hand'}
      data-code={verification?.code}
    >
      <p class="verdict">
        <span class="sign" aria-hidden="true">
          {SIGNS[tone]}
        </span>
        <strong>{head}</strong>
      </p>
      {words !== head && <p class="words">{words}</p>}
      {next !== '' && next !== words && (
        <p>
          <strong>{CHECK_IN.next}:</strong> {next}
        </p>
      )}
      {verification !== null && <Portrait verification={verification} />}
      {verification !== null && <Known verification={verification} />}
      {verification !== null && (
        <p class="muted small">
          {CHECK_IN.code} <code>{verification.code}</code>
          {took !== null && <span data-took={took}> · {CHECK_IN.took(took)}</span>}
        </p>
      )}
    </section>
  );
}

function Known({ verification }: { readonly verification: Verification }) {
  const { claims, match, pin, evidence, levels } = verification;
  return (
    <>
      {claims !== null && (claims.full_name || claims.document_number_masked) && (
        <dl class="facts">
          {claims.full_name && (
            <>
              <dt>{CLAIMS.full_name}</dt>
              <dd class="name">
                <bdi>{claims.full_name}</bdi>
              </dd>
            </>
          )}
          {claims.document_number_masked && (
            <>
              <dt>{CLAIMS.document_number}</dt>
              <dd class="number">{claims.document_number_masked}</dd>
            </>
          )}
          {claims.birth_date && (
            <>
              <dt>{CLAIMS.birth_date}</dt>
              <dd>{claims.birth_date}</dd>
            </>
          )}
        </dl>
      )}
      <p class="row">
        {match !== null && match.name !== 'not_asked' && (
          <Pill tone={toneOf(match.name)}>{CHECK_IN[`name_${match.name}`]}</Pill>
        )}
        {match !== null && match.document_number !== 'not_asked' && (
          <Pill tone={toneOf(match.document_number)}>{CHECK_IN[`number_${match.document_number}`]}</Pill>
        )}
        {pin !== null && <Pill tone={toneOf(pin.said)}>{pinWords(pin.said)}</Pill>}
      </p>
      {evidence !== null && <Evidence evidence={evidence} levels={levels} />}
    </>
  );
}

const toneOf = (answer: string): Tone => (answer === 'yes' ? 'good' : answer === 'no' ? 'bad' : 'refer');

function pinWords(answer: string): string {
  const words = CHECK_IN[`pin_${answer}` as keyof typeof CHECK_IN];
  return typeof words === 'string' ? words : answer;
}

/** A picture of the issuer's: shown from memory, and let go with the result. */
function Portrait({ verification: { portrait } }: { readonly verification: Verification }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (portrait === undefined) return;
    const bytes = Uint8Array.from(atob(portrait), (character) => character.charCodeAt(0));
    const made = URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' }));
    setUrl(made);
    return () => {
      URL.revokeObjectURL(made);
      setUrl(null);
    };
  }, [portrait]);
  return url === null ? null : <img class="portrait" src={url} alt={CHECK_IN.portrait} />;
}

/** Milliseconds from code in view to the frame that has the words in it. */
function useTook(verification: Verification | null): number | null {
  const [took, setTook] = useState<number | null>(null);
  const measured = useRef<Verification | null>(null);
  useEffect(() => {
    const from = seenAt.peek();
    if (verification === null || measured.current === verification) return;
    measured.current = verification;
    setTook(null);
    if (from === null) return;
    const frame = requestAnimationFrame(() => setTook(Math.max(0, Math.round(performance.now() - from))));
    return () => cancelAnimationFrame(frame);
  }, [verification]);
  return took;
}
