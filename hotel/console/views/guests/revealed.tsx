/** Everything of a guest, unmasked: after a reason that the audit log keeps, and until it is hidden again. */
import { useState } from 'preact/hooks';
import type { GuestAnswer } from '../../client/answers.ts';
import { post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { TextField } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { claimWords } from '../../words/claims.ts';
import { GUESTS } from '../../words/guests.ts';

export function Revealed({ guest }: { readonly guest: GuestAnswer }) {
  const [reason, setReason] = useState('');
  const [claims, setClaims] = useState<Readonly<Record<string, unknown>> | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const reveal = async (event: Event) => {
    event.preventDefault();
    const answer = await post<Readonly<Record<string, unknown>>>(`/v1/guests/${guest.guest_id}/reveal`, {
      reason: reason.trim(),
    });
    setProblem(answer.ok ? null : answer.problem);
    if (answer.ok) setClaims(answer.value);
  };
  if (claims === null) {
    return (
      <form class="card" onSubmit={reveal}>
        <h3>{GUESTS.reveal}</h3>
        <ProblemNote problem={problem} />
        <TextField
          label={GUESTS.reason}
          hint={GUESTS.reasonHint}
          name="reveal_reason"
          value={reason}
          onValue={setReason}
          required
          minLength={3}
          maxLength={200}
        />
        <div class="row">
          <button type="submit">{GUESTS.reveal}</button>
        </div>
      </form>
    );
  }
  return (
    <section class="card" data-revealed>
      <dl class="facts">
        {textsIn(claims).map(([name, value]) => (
          <div key={name} class="contents">
            <dt>{claimWords(name)}</dt>
            <dd>
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      <div class="row">
        <button type="button" onClick={() => setClaims(null)}>
          {GUESTS.hidden}
        </button>
      </div>
    </section>
  );
}

/** Of a guardian too, under names of their own. */
function textsIn(claims: Readonly<Record<string, unknown>>): readonly (readonly [string, string])[] {
  return Object.entries(claims).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'string') return [[name, value]];
    if (name !== 'guardian' || typeof value !== 'object' || value === null) return [];
    const { contact, relationship } = value as Partial<Record<string, unknown>>;
    return [
      ['guardian_contact', String(contact)],
      ['relationship', String(relationship)],
    ];
  });
}
