/** The bar at the top: whose desk this is, language, theme, keys, who is signed in. */
import { hotel, may, session } from '../client/session.ts';
import { chooseDesk, leave } from '../client/sign-in.ts';
import { SHELL } from '../words/shell.ts';
import { chooseLanguage, LANGUAGES, language } from './language.ts';
import { Lazily } from './lazily.tsx';
import { IN_BAR } from './slots.ts';
import { chooseTheme, THEMES, type Theme, theme } from './theme.ts';

const NAMES = { zh: '中文', en: 'English' } as const;

export function Preferences() {
  const themes: Readonly<Record<Theme, string>> = {
    system: SHELL.themeSystem,
    light: SHELL.themeLight,
    dark: SHELL.themeDark,
  };
  return (
    <div class="row">
      <select
        aria-label={SHELL.language}
        value={language.value}
        onChange={(event) =>
          chooseLanguage(LANGUAGES.find((each) => each === event.currentTarget.value) ?? 'en')
        }
      >
        {LANGUAGES.map((each) => (
          <option key={each} value={each} lang={each}>
            {NAMES[each]}
          </option>
        ))}
      </select>
      <select
        aria-label={SHELL.theme}
        value={theme.value}
        onChange={(event) =>
          chooseTheme(THEMES.find((each) => each === event.currentTarget.value) ?? 'system')
        }
      >
        {THEMES.map((each) => (
          <option key={each} value={each}>
            {themes[each]}
          </option>
        ))}
      </select>
    </div>
  );
}

export function Bar({ onKeys }: { readonly onKeys: () => void }) {
  const who = session.value;
  const desks = hotel.value?.desks ?? [];
  return (
    <header class="top unprinted">
      <span class="title">{hotel.value?.title ?? SHELL.product}</span>
      {desks.length > 1 ? (
        <select
          aria-label={SHELL.desk}
          value={who?.desk ?? ''}
          onChange={(event) => void chooseDesk(event.currentTarget.value)}
        >
          {who?.desk == null && <option value="">{SHELL.noDesk}</option>}
          {desks.map((desk) => (
            <option key={desk} value={desk}>
              {desk}
            </option>
          ))}
        </select>
      ) : (
        who?.desk && <span class="muted">{who.desk}</span>
      )}
      {IN_BAR.filter(({ scope }) => may(scope)).map(({ name, load }) => (
        <Lazily key={name} load={load} with={{}} quiet />
      ))}
      <span class="who muted">{who?.account}</span>
      <Preferences />
      <div class="row">
        <button type="button" onClick={onKeys}>
          {SHELL.keys} <kbd>F1</kbd>
        </button>
        <button type="button" onClick={() => void leave()}>
          {SHELL.signOut}
        </button>
      </div>
    </header>
  );
}
