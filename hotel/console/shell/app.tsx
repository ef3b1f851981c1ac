/** The console: who is not signed in signs in; everybody else has the views of their scopes. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { may, session } from '../client/session.ts';
import { VIEWS, type View } from '../views/registry.ts';
import { ChangePassword, SignIn } from '../views/sign-in/sign-in.tsx';
import { said } from '../words/dictionary.ts';
import { SHELL } from '../words/shell.ts';
import { SIGN_IN } from '../words/sign-in.ts';
import { LiveRegions } from './announce.tsx';
import { Bar, Preferences } from './bar.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { useKeys } from './keys.ts';
import { KeysDialog } from './keys-dialog.tsx';
import { Lazily } from './lazily.tsx';
import { Sheets } from './print.tsx';
import { go, hrefOf, route } from './route.ts';
import { BANNERS } from './slots.ts';

export function App() {
  return (
    <>
      <LiveRegions />
      <ErrorBoundary>
        <Inside />
      </ErrorBoundary>
      <Sheets />
    </>
  );
}

function Inside() {
  const who = session.value;
  useEffect(() => {
    if (who === null || who?.must_change_password) document.title = `${SIGN_IN.title} · ${SHELL.product}`;
  });
  if (who === undefined) return <p class="alone muted">{SHELL.loading}</p>;
  if (who === null || who.must_change_password) {
    return (
      <div class="alone">
        <main>{who === null ? <SignIn /> : <ChangePassword forced />}</main>
        <Preferences />
      </div>
    );
  }
  return <Shell />;
}

function Shell() {
  const [keysShown, setKeysShown] = useState(false);
  const views = VIEWS.filter(({ scope }) => may(scope));
  const { view: asked } = route.value;
  const shown = asked === '' ? views[0] : views.find(({ path }) => path === asked);
  useKeys([
    { keys: 'F1', words: () => SHELL.keys, run: () => setKeysShown(true) },
    ...views.slice(0, 9).map(({ path, title }, index) => ({
      keys: `Alt+${index + 1}`,
      words: () => SHELL.openView(said(title)),
      run: () => go(path),
    })),
  ]);
  const main = useRef<HTMLElement>(null);
  const before = useRef(shown?.path);
  useEffect(() => {
    document.title = `${shown ? said(shown.title) : SHELL.noView} · ${SHELL.product}`;
    // Whoever reads by ear begins at the new view, not where the link was.
    if (before.current !== shown?.path) main.current?.focus();
    before.current = shown?.path;
  });
  return (
    <div class="shell">
      <button type="button" class="skip unprinted" onClick={() => main.current?.focus()}>
        {SHELL.skip}
      </button>
      <Bar onKeys={() => setKeysShown(true)} />
      <div class="banners unprinted">
        {BANNERS.filter(({ scope }) => may(scope)).map(({ name, load }) => (
          <ErrorBoundary key={name}>
            <Lazily load={load} with={{}} quiet />
          </ErrorBoundary>
        ))}
      </div>
      <Ways views={views} shown={shown} />
      <main ref={main} id="content" tabIndex={-1}>
        <ErrorBoundary key={shown?.path ?? ''}>
          {shown ? <Lazily load={shown.load} with={{}} /> : <NoView any={views.length > 0} />}
        </ErrorBoundary>
      </main>
      {keysShown && <KeysDialog onClose={() => setKeysShown(false)} />}
    </div>
  );
}

function Ways({ views, shown }: { readonly views: readonly View[]; readonly shown: View | undefined }) {
  return (
    <nav class="ways unprinted" aria-label={SHELL.views}>
      <ul>
        {views.map(({ path, title }, index) => (
          <li key={path}>
            <a href={hrefOf(path)} {...(path === shown?.path && { 'aria-current': 'page' as const })}>
              {said(title)}
              {index < 9 && <kbd>Alt {index + 1}</kbd>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function NoView({ any }: { readonly any: boolean }) {
  return (
    <div class="stack">
      <h1>{SHELL.noView}</h1>
      <p>{any ? SHELL.noViewNext : SHELL.noViews}</p>
    </div>
  );
}
