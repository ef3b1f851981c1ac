/** API clients: made, given another secret, removed. */
import { useEffect, useState } from 'preact/hooks';
import type { Scope } from '../../../people/actor.ts';
import { get, post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { session } from '../../client/session.ts';
import { TextField, Tick } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import type { Asking } from './accounts.tsx';
import { ACCOUNTS } from './words.ts';

interface Client {
  readonly client_id: string;
  readonly title: string;
  readonly scopes: readonly Scope[];
  readonly client_secret?: string;
}

export function Clients({ onOnce, onSure }: Asking) {
  const [clients, setClients] = useState<readonly Client[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = async () => {
    const answer = await get<{ readonly clients: readonly Client[] }>('/v1/clients');
    if (answer.ok) setClients(answer.value.clients);
    else setProblem(answer.problem);
  };
  useEffect(() => {
    void read();
  }, []);
  const act = async (path: string, body: unknown = {}) => {
    const answer = await post<Client>(path, body);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return false;
    const { client_id: id, client_secret: secret } = answer.value;
    if (secret !== undefined) onOnce({ words: ACCOUNTS.secretOf(id), secret });
    await read();
    return true;
  };
  const ask = (what: string, { client_id: id, title }: Client, verb: string) =>
    onSure({ what, whom: title, run: async () => void (await act(`/v1/clients/${id}/${verb}`)) });
  return (
    <section class="card" aria-labelledby="clients">
      <h2 id="clients">{ACCOUNTS.clients}</h2>
      <p>{ACCOUNTS.clientsAbout}</p>
      <ProblemNote problem={problem} />
      {clients.length === 0 && <p class="muted">{ACCOUNTS.noClients}</p>}
      <ul class="stack">
        {clients.map((client) => (
          <li key={client.client_id} class="stack">
            <div class="row">
              <strong>{client.title}</strong>
              <code>{client.client_id}</code>
              <button type="button" onClick={() => ask(ACCOUNTS.newSecret, client, 'secret')}>
                {ACCOUNTS.newSecret}
              </button>
              <button type="button" class="danger" onClick={() => ask(ACCOUNTS.revoke, client, 'revoke')}>
                {ACCOUNTS.revoke}
              </button>
            </div>
            <span class="muted">{client.scopes.join(', ')}</span>
          </li>
        ))}
      </ul>
      <MakeClient act={act} />
    </section>
  );
}

/** Nobody gives what they do not have: those of the own session are there to choose from. */
function MakeClient({ act }: { readonly act: (path: string, body: unknown) => Promise<boolean> }) {
  const [title, setTitle] = useState('');
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set());
  const choose = (scope: Scope, isChosen: boolean) =>
    setScopes((before) => {
      const next = new Set(before);
      if (isChosen) next.add(scope);
      else next.delete(scope);
      return next;
    });
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await act('/v1/clients', { title: title.trim(), scopes: [...scopes] }))) return;
    setTitle('');
    setScopes(new Set());
  };
  return (
    <form class="stack" onSubmit={submit} aria-label={ACCOUNTS.makeClient}>
      <TextField
        label={ACCOUNTS.clientTitle}
        name="client-title"
        value={title}
        onValue={setTitle}
        required
        maxLength={64}
      />
      <fieldset class="fields">
        <legend>{ACCOUNTS.scopes}</legend>
        {(session.value?.scopes ?? []).map((scope) => (
          <Tick
            key={scope}
            label={scope}
            checked={scopes.has(scope)}
            onChecked={(isChosen) => choose(scope, isChosen)}
          />
        ))}
      </fieldset>
      <div class="row">
        <button type="submit" disabled={scopes.size === 0}>
          {ACCOUNTS.makeClient}
        </button>
      </div>
    </form>
  );
}
