/** Light, dark, or as the system is. */
import { effect, signal } from '@preact/signals';
import { remember, remembered } from './remembered.ts';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const chosen = remembered('theme');
export const theme = signal<Theme>(THEMES.find((each) => each === chosen) ?? 'system');

effect(() => {
  const { dataset } = document.documentElement;
  if (theme.value === 'system') delete dataset['theme'];
  else dataset['theme'] = theme.value;
});

export function chooseTheme(next: Theme): void {
  theme.value = next;
  remember('theme', next);
}
