/** What scenes are called, as the gateway tells with how it stands. */
import { signal } from '@preact/signals';
import type { BothWords } from '../../client/answers.ts';
import { onDeskEvent } from '../../client/desk-stream.ts';

interface Standing {
  readonly scenes: readonly { readonly scene: string; readonly title: BothWords | null }[];
}

export const sceneTitles = signal<ReadonlyMap<string, BothWords>>(new Map());

onDeskEvent<Standing>('standing', ({ scenes }) => {
  const next = new Map(scenes.flatMap(({ scene, title }) => (title ? [[scene, title] as const] : [])));
  if (next.size !== sceneTitles.peek().size) sceneTitles.value = next;
});
