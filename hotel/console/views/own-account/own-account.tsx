/** The own account: its passkeys, and its password. */
import { useEffect, useState } from 'preact/hooks';
import { get, post } from '../../client/api.ts';
import { addPasskey, canUsePasskeys, type Passkey } from '../../client/passkeys.ts';
import type { Problem } from '../../client/problem.ts';
import { TextField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { dayAndTime } from '../../components/said-times.ts';
import { Note } from '../../components/sign.tsx';
import { announce } from '../../shell/announce.tsx';
import { ChangePassword } from '../sign-in/sign-in.tsx';
import { OWN } from './words.ts';

interface List {
  readonly passkeys: readonly Passkey[];
}

export default function OwnAccount() {
  return (
    <div class="stack">
      <h1>{OWN.title}</h1>
      <Passkeys />
      <ChangePassword level={2} />
    </div>
  );
}

function Passkeys() {
  const [passkeys, setPasskeys] = useState<readonly Passkey[]>([]);
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [said, setSaid] = useState('');
  const tell = (words: string) => {
    setSaid(words);
    announce(words);
  };
  const read = async () => {
    const answer = await get<List>('/session/passkeys');
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setPasskeys(answer.value.passkeys);
  };
  useEffect(() => {
    void read();
  }, []);
  const add = async (event: Event) => {
    event.preventDefault();
    const answer = await addPasskey(name.trim());
    setProblem(answer === null || answer.ok ? null : answer.problem);
    if (answer === null) tell(OWN.notDone);
    if (!answer?.ok) return;
    setName('');
    tell(OWN.added);
    await read();
  };
  const remove = async (id: string) => {
    const answer = await post<List>(`/session/passkeys/${id}/remove`);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    setPasskeys(answer.value.passkeys);
    tell(OWN.removed);
  };
  return (
    <section class="card" aria-labelledby="passkeys">
      <h2 id="passkeys">{OWN.passkeys}</h2>
      <p>{OWN.about}</p>
      <ProblemNote problem={problem} />
      {said !== '' && <p>{said}</p>}
      {passkeys.length === 0 && <p class="muted">{OWN.none}</p>}
      <ul class="stack">
        {passkeys.map((passkey) => (
          <li key={passkey.id} class="row">
            <strong>{passkey.name}</strong>
            <span class="muted">
              {OWN.since} {dayAndTime(passkey.created_at_ms)}
            </span>
            <button
              type="button"
              class="danger"
              aria-label={`${OWN.remove}: ${passkey.name}`}
              onClick={() => void remove(passkey.id)}
            >
              {OWN.remove}
            </button>
          </li>
        ))}
      </ul>
      {canUsePasskeys() ? (
        <form class="stack" onSubmit={add}>
          <TextField
            label={OWN.name}
            hint={OWN.nameHint}
            name="passkey-name"
            value={name}
            onValue={setName}
            required
            maxLength={64}
          />
          <div class="row">
            <button type="submit">{OWN.add}</button>
          </div>
        </form>
      ) : (
        <Note tone="plain">{OWN.cannot}</Note>
      )}
    </section>
  );
}
