/** How a guest stands. What was accepted is never shown as failed later. */
import type { GuestAnswer } from '../../client/answers.ts';
import { Pill, type Tone } from '../../components/sign.tsx';
import { said } from '../../words/dictionary.ts';
import { GUESTS } from '../../words/guests.ts';

const TONES: Readonly<Record<GuestAnswer['state'], Tone>> = {
  in_house: 'good',
  held: 'refer',
  referred: 'refer',
  checked_out: 'plain',
  reverted: 'plain',
};

export function GuestState({ guest }: { readonly guest: GuestAnswer }) {
  const { state, decision, again_words: words } = guest;
  const isRefusedNow = decision?.outcome !== 'deny' && decision?.again?.outcome === 'deny';
  return (
    <>
      <Pill tone={TONES[state]}>{GUESTS[`state_${state}`]}</Pill>
      {isRefusedNow && <Pill tone="refer">{words ? said(words) : GUESTS.refusedNow}</Pill>}
    </>
  );
}
