/** Chinese or English: as was chosen last, else as the browser says. */
import { effect, signal } from '@preact/signals';
import { remember, remembered } from './remembered.ts';

export const LANGUAGES = ['zh', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

const chosen = remembered('language');
export const language = signal<Language>(
  LANGUAGES.find((each) => each === chosen) ?? (navigator.language.startsWith('zh') ? 'zh' : 'en'),
);

const TAGS: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en-GB' };
/** BCP 47, for `Intl`. */
export const languageTag = (): string => TAGS[language.value];

effect(() => {
  document.documentElement.lang = TAGS[language.value];
});

export function chooseLanguage(next: Language): void {
  language.value = next;
  remember('language', next);
}
