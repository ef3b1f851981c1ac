/** What is known of a guest beside what was shown: what he or she says, a PIN, a clerk's comparison, a guardian. */
import { useState } from 'preact/hooks';
import type { Problem } from '../../client/problem.ts';
import { hotel } from '../../client/session.ts';
import { SelectField, TextField, Tick } from '../../components/field.tsx';
import { Note } from '../../components/sign.tsx';
import { CHECK_IN } from '../../words/check-in.ts';
import { CLAIMS, claimWords } from '../../words/claims.ts';
import { said } from '../../words/dictionary.ts';
import { type AtHand, add, change } from './model.ts';

const SEXES = ['male', 'female', 'other'] as const;
const GUARDIAN = ['guardian_contact', 'relationship'];

export function GuestForm({ at, problem }: { readonly at: AtHand; readonly problem: Problem | null }) {
  const { verification, declared, isCompared, guardian } = at;
  const needs = verification?.needs ?? [];
  const isSigned = verification?.evidence?.claims === 'signed' && Boolean(verification.claims?.full_name);
  const kind = hotel.value?.document_kinds.find((each) => each.kind === declared['document_kind']);
  const asked = isSigned ? [] : (kind?.fields ?? ['document_number']);
  const isMinor = needs.some((need) => GUARDIAN.includes(need)) || kind?.minors_only === true;
  const missing = needs.filter((need) => need !== 'person_compared' && !GUARDIAN.includes(need));
  const set = (field: string) => (value: string) => change({ declared: { ...declared, [field]: value } });
  return (
    <section class="stack" aria-label={CHECK_IN.guest}>
      {!isSigned && (
        <>
          {verification !== null && <p class="muted">{CHECK_IN.declaredHint}</p>}
          <div class="fields">
            <SelectField
              label={CLAIMS.document_kind}
              name="document_kind"
              value={declared['document_kind'] ?? ''}
              onValue={set('document_kind')}
            >
              {(hotel.value?.document_kinds ?? []).map(({ kind: each, title }) => (
                <option key={each} value={each}>
                  {said(title)}
                </option>
              ))}
            </SelectField>
            {['full_name', ...asked].map((field) => (
              <ClaimField
                key={field}
                field={field}
                value={declared[field] ?? ''}
                onValue={set(field)}
                fault={faultOf(problem, field)}
              />
            ))}
          </div>
        </>
      )}
      {isSigned && missing.length > 0 && (
        <div class="fields">
          {missing.map((field) => (
            <ClaimField
              key={field}
              field={field}
              value={declared[field] ?? ''}
              onValue={set(field)}
              fault={faultOf(problem, field)}
            />
          ))}
        </div>
      )}
      {verification !== null && !isSigned && (
        <div class="row">
          <button type="button" onClick={() => void add(null)}>
            {CHECK_IN.compare}
          </button>
        </div>
      )}
      {verification?.verification_id != null && verification.pin?.said !== 'yes' && <Pin />}
      {isMinor && (
        <>
          <Note tone="refer">{CHECK_IN.minor}</Note>
          <div class="fields">
            <TextField
              label={CLAIMS.guardian_contact}
              name="guardian_contact"
              value={guardian.contact}
              onValue={(contact) => change({ guardian: { ...guardian, contact } })}
              maxLength={128}
            />
            <TextField
              label={CLAIMS.relationship}
              name="relationship"
              value={guardian.relationship}
              onValue={(relationship) => change({ guardian: { ...guardian, relationship } })}
              maxLength={64}
            />
          </div>
        </>
      )}
      <Tick
        label={CHECK_IN.compared}
        checked={isCompared}
        onChecked={(next) => change({ isCompared: next })}
      />
      {needs.length > 0 && (
        <p class="muted">
          {CHECK_IN.needs}: {needs.map(claimWords).join(', ')}
        </p>
      )}
    </section>
  );
}

interface ClaimFieldProps {
  readonly field: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly fault?: string | undefined;
}

export function ClaimField({ field, value, onValue, fault }: ClaimFieldProps) {
  if (field === 'sex') {
    return (
      <SelectField label={CLAIMS.sex} name="sex" value={value} onValue={onValue} fault={fault}>
        <option value="" />
        {SEXES.map((each) => (
          <option key={each} value={each}>
            {CLAIMS[each]}
          </option>
        ))}
      </SelectField>
    );
  }
  return (
    <TextField
      label={claimWords(field)}
      name={field}
      type={field === 'birth_date' ? 'date' : 'text'}
      value={value}
      onValue={onValue}
      fault={fault}
      maxLength={field === 'address' ? 256 : field === 'full_name' ? 128 : 64}
    />
  );
}

export const faultOf = (problem: Problem | null, field: string): string | undefined =>
  problem?.errors.find(({ pointer }) => pointer.endsWith(`/${field}`))?.detail;

function Pin() {
  const [pin, setPin] = useState('');
  const use = () => {
    if (!/^\d{4,12}$/.test(pin)) return;
    setPin('');
    void add(pin);
  };
  return (
    <form
      class="row end"
      onSubmit={(event) => {
        event.preventDefault();
        use();
      }}
    >
      <TextField
        label={CHECK_IN.pin}
        hint={CHECK_IN.pinHint}
        name="pin"
        type="password"
        autocomplete="one-time-code"
        inputMode="numeric"
        pattern="[0-9]{4,12}"
        maxLength={12}
        value={pin}
        onValue={setPin}
      />
      <button type="submit">{CHECK_IN.pinUse}</button>
    </form>
  );
}
