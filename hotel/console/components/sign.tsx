/** An outcome is never told by colour alone: it has a sign and words too. */
import type { ComponentChildren } from 'preact';

export type Tone = 'good' | 'refer' | 'bad' | 'plain';
export const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', refer: '!', bad: '✕', plain: '•' };

export function Pill({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <span class={`pill ${tone}`}>
      <span aria-hidden="true">{SIGNS[tone]}</span>
      {children}
    </span>
  );
}

export function Note({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return (
    <div class={`note ${tone}`}>
      <span class="sign" aria-hidden="true">
        {SIGNS[tone]}
      </span>
      <div>{children}</div>
    </div>
  );
}
