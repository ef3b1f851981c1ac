/** Accounts of operators, and API clients. */
import { useEffect, useState } from 'preact/hooks';
import { ROLES, type Role } from '../../../people/actor.ts';
import { get, post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { SelectField, TextField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { Pill } from '../../components/sign.tsx';
import { Clients } from './clients.tsx';
import { type Once, OnceDialog, type Sure, SureDialog } from './once-dialog.tsx';
import { ACCOUNTS } from './words.ts';

interface Operator {
  readonly account: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly must_change_password: boolean;
  readonly passkeys: number;
  readonly one_time_password?: string;
}

export default function Accounts() {
  const [once, setOnce] = useState<Once | null>(null);
  const [sure, setSure] = useState<Sure | null>(null);
  return (
    <div class="stack">
      <h1>{ACCOUNTS.title}</h1>
      <Operators onOnce={setOnce} onSure={setSure} />
      <Clients onOnce={setOnce} onSure={setSure} />
      {once && <OnceDialog once={once} onClose={() => setOnce(null)} />}
      {sure && <SureDialog sure={sure} onClose={() => setSure(null)} />}
    </div>
  );
}

export interface Asking {
  readonly onOnce: (once: Once) => void;
  readonly onSure: (sure: Sure) => void;
}

function Operators({ onOnce, onSure }: Asking) {
  const [operators, setOperators] = useState<readonly Operator[]>([]);
  const [problem, setProblem] = useState<Problem | null>(null);
  const read = async () => {
    const answer = await get<{ readonly operators: readonly Operator[] }>('/v1/operators');
    if (answer.ok) setOperators(answer.value.operators);
    else setProblem(answer.problem);
  };
  useEffect(() => {
    void read();
  }, []);
  const act = async (path: string, body: unknown) => {
    const answer = await post<Operator>(path, body);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return false;
    const { account, one_time_password: secret } = answer.value;
    if (secret !== undefined) onOnce({ words: ACCOUNTS.oneTime(account), secret });
    await read();
    return true;
  };
  return (
    <section class="card" aria-labelledby="operators">
      <h2 id="operators">{ACCOUNTS.operators}</h2>
      <ProblemNote problem={problem} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <section class="table" tabIndex={0} aria-label={ACCOUNTS.operators}>
        <table>
          <thead>
            <tr>
              <th scope="col">{ACCOUNTS.account}</th>
              <th scope="col">{ACCOUNTS.role}</th>
              <th scope="col">{ACCOUNTS.state}</th>
              <th scope="col">{ACCOUNTS.passkeys}</th>
              <th scope="col">{ACCOUNTS.actions}</th>
            </tr>
          </thead>
          <tbody>
            {operators.map((each) => (
              <OperatorRow key={each.account} operator={each} onSure={onSure} act={act} />
            ))}
          </tbody>
        </table>
      </section>
      <MakeOperator act={act} />
    </section>
  );
}

type Act = (path: string, body: unknown) => Promise<boolean>;

function OperatorRow({
  operator: { account, role, disabled, must_change_password: mustChange, passkeys },
  onSure,
  act,
}: Pick<Asking, 'onSure'> & { readonly operator: Operator; readonly act: Act }) {
  const at = (verb: string) => `/v1/operators/${account}/${verb}`;
  const ask = (what: string, verb: string, body: unknown = {}) =>
    onSure({ what, whom: account, run: async () => void (await act(at(verb), body)) });
  return (
    <tr>
      <th scope="row">{account}</th>
      <td>
        <select
          aria-label={ACCOUNTS.roleOf(account)}
          value={role}
          onChange={(event) => {
            const next = event.currentTarget.value;
            // As it is until the desk says otherwise.
            event.currentTarget.value = role;
            ask(ACCOUNTS.role, 'role', { role: next });
          }}
        >
          {ROLES.map((each) => (
            <option key={each} value={each}>
              {ACCOUNTS[each]}
            </option>
          ))}
        </select>
      </td>
      <td>
        <Pill tone={disabled ? 'bad' : mustChange ? 'refer' : 'good'}>
          {disabled ? ACCOUNTS.disabled : mustChange ? ACCOUNTS.mustChange : ACCOUNTS.active}
        </Pill>
      </td>
      <td>{passkeys}</td>
      <td>
        <div class="row">
          <button type="button" onClick={() => ask(ACCOUNTS.reset, 'reset')}>
            {ACCOUNTS.reset}
          </button>
          {disabled ? (
            <button type="button" onClick={() => void act(at('enable'), {})}>
              {ACCOUNTS.enable}
            </button>
          ) : (
            <button type="button" class="danger" onClick={() => ask(ACCOUNTS.disable, 'disable')}>
              {ACCOUNTS.disable}
            </button>
          )}
        </div>
      </td>
    </tr>
  );
}

function MakeOperator({ act }: { readonly act: Act }) {
  const [account, setAccount] = useState('');
  const [role, setRole] = useState<Role>('clerk');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await act('/v1/operators', { account: account.trim().toLowerCase(), role })) setAccount('');
  };
  return (
    <form class="fields" onSubmit={submit} aria-label={ACCOUNTS.make}>
      <TextField
        label={ACCOUNTS.account}
        hint={ACCOUNTS.accountHint}
        name="new-account"
        value={account}
        onValue={setAccount}
        required
        maxLength={32}
      />
      <SelectField
        label={ACCOUNTS.role}
        name="new-role"
        value={role}
        onValue={(value) => setRole(ROLES.find((each) => each === value) ?? 'clerk')}
      >
        {ROLES.map((each) => (
          <option key={each} value={each}>
            {ACCOUNTS[each]}
          </option>
        ))}
      </SelectField>
      <div class="row">
        <button type="submit">{ACCOUNTS.make}</button>
      </div>
    </form>
  );
}
