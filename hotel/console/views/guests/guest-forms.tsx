/** What changes a guest: each with a reason that is kept. */
import { useState } from 'preact/hooks';
import type { GuestAnswer } from '../../client/answers.ts';
import { type Answer, post } from '../../client/api.ts';
import type { Problem } from '../../client/problem.ts';
import { TextField, Tick } from '../../components/field.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { announce } from '../../shell/announce.tsx';
import { CHECK_IN } from '../../words/check-in.ts';
import { CLAIMS } from '../../words/claims.ts';
import { GUESTS } from '../../words/guests.ts';
import { ClaimField, faultOf } from '../check-in/guest-form.tsx';

export interface FormProps {
  readonly guest: GuestAnswer;
  readonly onChanged: () => void;
}

function useSent({ guest, onChanged }: FormProps) {
  const [problem, setProblem] = useState<Problem | null>(null);
  const send = async (verb: string, body: unknown) => {
    const answer: Answer<unknown> = await post(`/v1/guests/${guest.guest_id}/${verb}`, body);
    setProblem(answer.ok ? null : answer.problem);
    if (!answer.ok) return;
    announce(GUESTS.saved, true);
    onChanged();
  };
  return { problem, send };
}

function Reason({ value, onValue }: { readonly value: string; readonly onValue: (value: string) => void }) {
  return (
    <TextField
      label={GUESTS.reason}
      hint={GUESTS.reasonHint}
      name="reason"
      value={value}
      onValue={onValue}
      required
      maxLength={200}
    />
  );
}

export function Decide(props: FormProps) {
  const [reason, setReason] = useState('');
  const { problem, send } = useSent(props);
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        const isRefused = event.submitter instanceof HTMLButtonElement && event.submitter.value === 'refuse';
        void send('decide', { outcome: isRefused ? 'refuse' : 'accept', reason: reason.trim() });
      }}
    >
      <ProblemNote problem={problem} />
      <Reason value={reason} onValue={setReason} />
      <div class="row">
        <button type="submit" class="main" value="accept">
          {GUESTS.accept}
        </button>
        <button type="submit" class="danger" value="refuse">
          {GUESTS.refuse}
        </button>
      </div>
    </form>
  );
}

export function Revert(props: FormProps) {
  const [reason, setReason] = useState('');
  const { problem, send } = useSent(props);
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        void send('revert', { reason: reason.trim() });
      }}
    >
      <ProblemNote problem={problem} />
      <Reason value={reason} onValue={setReason} />
      <div class="row">
        <button type="submit" class="danger">
          {GUESTS.revert}
        </button>
      </div>
    </form>
  );
}

const CORRECTABLE = ['full_name', 'document_number', 'birth_date', 'nationality'] as const;

export function Correct(props: FormProps) {
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({});
  const [reason, setReason] = useState('');
  const { problem, send } = useSent(props);
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        const filled = filledIn(fields);
        if (Object.keys(filled).length > 0) void send('correct', { fields: filled, reason: reason.trim() });
      }}
    >
      <p class="muted">{GUESTS.correctHint}</p>
      <ProblemNote problem={problem} />
      <div class="fields">
        {CORRECTABLE.map((field) => (
          <ClaimField
            key={field}
            field={field}
            value={fields[field] ?? ''}
            onValue={(value) => setFields({ ...fields, [field]: value })}
            fault={faultOf(problem, field)}
          />
        ))}
      </div>
      <Reason value={reason} onValue={setReason} />
      <div class="row">
        <button type="submit" class="main">
          {GUESTS.save}
        </button>
      </div>
    </form>
  );
}

export function Complete(props: FormProps) {
  const { needs } = props.guest;
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({});
  const [contact, setContact] = useState('');
  const [relationship, setRelationship] = useState('');
  const [isCompared, setCompared] = useState(false);
  const { problem, send } = useSent(props);
  const wantsGuardian = needs.includes('guardian_contact') || needs.includes('relationship');
  const others = needs.filter(
    (need) => !['guardian_contact', 'relationship', 'person_compared'].includes(need),
  );
  return (
    <form
      class="card"
      onSubmit={(event) => {
        event.preventDefault();
        const filled = filledIn(fields);
        void send('complete', {
          ...(wantsGuardian &&
            contact.trim() !== '' && {
              guardian: { contact: contact.trim(), relationship: relationship.trim() },
            }),
          ...(isCompared && { person_compared: true }),
          ...(Object.keys(filled).length > 0 && { fields: filled }),
        });
      }}
    >
      <ProblemNote problem={problem} />
      <div class="fields">
        {others.map((field) => (
          <ClaimField
            key={field}
            field={field}
            value={fields[field] ?? ''}
            onValue={(value) => setFields({ ...fields, [field]: value })}
            fault={faultOf(problem, field)}
          />
        ))}
        {wantsGuardian && (
          <>
            <TextField
              label={CLAIMS.guardian_contact}
              name="guardian_contact"
              value={contact}
              onValue={setContact}
              required
              maxLength={128}
            />
            <TextField
              label={CLAIMS.relationship}
              name="relationship"
              value={relationship}
              onValue={setRelationship}
              required
              maxLength={64}
            />
          </>
        )}
      </div>
      {needs.includes('person_compared') && (
        <Tick label={CHECK_IN.compared} checked={isCompared} onChecked={setCompared} />
      )}
      <div class="row">
        <button type="submit" class="main">
          {GUESTS.save}
        </button>
      </div>
    </form>
  );
}

const filledIn = (fields: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields)
      .map(([field, value]) => [field, value.trim()] as const)
      .filter(([, value]) => value !== ''),
  );
