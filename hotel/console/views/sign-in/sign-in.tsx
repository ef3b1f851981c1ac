/** Signing in with account and password, and changing a one-time password for one's own. */
import { useState } from 'preact/hooks';
import { canUsePasskeys, enterByPasskey } from '../../client/passkeys.ts';
import type { Problem } from '../../client/problem.ts';
import { endedBecause } from '../../client/session.ts';
import { changePassword, enter } from '../../client/sign-in.ts';
import { TextField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Note } from '../../components/sign.tsx';
import { SHELL } from '../../words/shell.ts';
import { SIGN_IN } from '../../words/sign-in.ts';

export function SignIn() {
  const [account, setAccount] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const [turnedAway, setTurnedAway] = useState(false);
  const ended = endedBecause.value;
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const answer = await enter(account.trim(), password);
    setBusy(false);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) setPassword('');
  };
  const byPasskey = async () => {
    const answer = await enterByPasskey();
    setTurnedAway(answer === null);
    setProblem(answer === null || answer.ok ? null : answer.problem);
  };
  return (
    <form class="card" onSubmit={submit}>
      <p class="muted">{SHELL.product}</p>
      <h1>{SIGN_IN.title}</h1>
      {ended && <Note tone="plain">{ended === 'idle' ? SIGN_IN.idle : SIGN_IN.ended}</Note>}
      {!isSecureContext && <Note tone="refer">{SHELL.insecure}</Note>}
      <ProblemNote problem={problem} />
      <TextField
        label={SIGN_IN.account}
        value={account}
        onValue={setAccount}
        name="account"
        autocomplete="username"
        autofocus
        required
        maxLength={64}
      />
      <TextField
        label={SIGN_IN.password}
        value={password}
        onValue={setPassword}
        name="password"
        type="password"
        autocomplete="current-password"
        required
        maxLength={256}
      />
      <button type="submit" class="main" aria-busy={busy}>
        {SIGN_IN.enter}
      </button>
      {canUsePasskeys() && (
        <button type="button" onClick={() => void byPasskey()}>
          {SIGN_IN.byPasskey}
        </button>
      )}
      {turnedAway && <p>{SIGN_IN.noPasskey}</p>}
    </form>
  );
}

interface ChangeProps {
  readonly forced?: boolean;
  /** Of its heading. */
  readonly level?: 1 | 2;
}

export function ChangePassword({ forced = false, level = 1 }: ChangeProps) {
  const Heading = `h${level}` as const;
  const [done, setDone] = useState(false);
  const [old, setOld] = useState('');
  const [next, setNext] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    const answer = await changePassword(old, next);
    setProblem(answer.ok ? null : answer.problem);
    setDone(answer.ok);
    if (answer.ok) for (const empty of [setOld, setNext]) empty('');
  };
  return (
    <form class="card" onSubmit={submit}>
      <Heading>{SIGN_IN.passwordTitle}</Heading>
      {done && <Note tone="good">{SIGN_IN.changed}</Note>}
      {forced && <p>{SIGN_IN.passwordWhy}</p>}
      <ProblemNote problem={problem} />
      <TextField
        label={SIGN_IN.oldPassword}
        value={old}
        onValue={setOld}
        name="old"
        type="password"
        autocomplete="current-password"
        required
        maxLength={256}
      />
      <TextField
        label={SIGN_IN.newPassword}
        hint={SIGN_IN.newHint}
        value={next}
        onValue={setNext}
        name="new"
        type="password"
        autocomplete="new-password"
        required
        minLength={15}
        maxLength={256}
      />
      <button type="submit" class="main">
        {SIGN_IN.change}
      </button>
    </form>
  );
}
