/** A control with its label, its hint and its fault, tied together for screen readers. */
import type { ComponentChildren, JSX } from 'preact';
import { useId } from 'preact/hooks';

interface Around {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly fault?: string | undefined;
}

interface Tied {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: 'true';
}

function Field({ label, hint, fault, children }: Around & { children: (tied: Tied) => JSX.Element }) {
  const id = useId();
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        id,
        ...(described !== '' && { 'aria-describedby': described }),
        ...(fault && { 'aria-invalid': 'true' as const }),
      })}
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {fault && (
        <span class="fault" id={`${id}-fault`}>
          {fault}
        </span>
      )}
    </div>
  );
}

interface TextProps extends Around {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly name?: string;
  readonly type?: 'text' | 'password' | 'date' | 'search';
  readonly autocomplete?: 'off' | 'username' | 'current-password' | 'new-password' | 'one-time-code';
  readonly inputMode?: 'text' | 'numeric' | 'tel';
  readonly autofocus?: boolean;
  readonly required?: boolean;
  readonly disabled?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
}

export function TextField({ label, hint, fault, value, onValue, type = 'text', ...rest }: TextProps) {
  return (
    <Field label={label} hint={hint} fault={fault}>
      {(tied) => (
        <input
          autocomplete="off"
          spellcheck={false}
          {...rest}
          {...tied}
          type={type as 'text'}
          value={value}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

interface SelectProps extends Around {
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly children: ComponentChildren;
  readonly name?: string;
  readonly required?: boolean;
  readonly disabled?: boolean;
}

export function SelectField({ label, hint, fault, value, onValue, children, ...rest }: SelectProps) {
  return (
    <Field label={label} hint={hint} fault={fault}>
      {(tied) => (
        <select {...rest} {...tied} value={value} onChange={(event) => onValue(event.currentTarget.value)}>
          {children}
        </select>
      )}
    </Field>
  );
}

interface TickProps {
  readonly label: string;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
}

export function Tick({ label, checked, onChecked }: TickProps) {
  const id = useId();
  return (
    <div class="tick">
      <input
        type="checkbox"
        id={id}
        checked={checked}
        onChange={(event) => onChecked(event.currentTarget.checked)}
      />
      <label for={id}>{label}</label>
    </div>
  );
}
