/** What a guest gave, beyond what a schema can say: look-alikes, check digits, days, kinds of the local rules. */
import { documentKind } from '../../config/hotel/read-rules.ts';
import type { HotelRules } from '../../config/hotel/rules-schema.ts';
import { type FieldFault, ProblemResponse } from '../http/problem.ts';
import { isDay, readCitizenNumber } from '../matching/citizen-number.ts';
import { normalNumber } from '../matching/normal-form.ts';
import { nameFault, textFault } from '../matching/plain-text.ts';
import type { Declared } from './verification.ts';

/** The same, its texts NFC and its number in normal form. Throws ProblemResponse `desk.invalid` that names no value. */
export function checkedDeclared(rules: HotelRules, declared: Declared, pointer: string): Declared {
  const errors: FieldFault[] = [];
  const fault = (field: string, detail: string | null) => {
    if (detail !== null) errors.push({ pointer: `${pointer}/${field}`, detail });
  };
  const { full_name, document_kind, document_number, birth_date, ethnicity, address } = declared;
  fault('full_name', nameFault(full_name));
  for (const [field, text] of Object.entries({ document_number, ethnicity, address })) {
    if (text !== undefined) fault(field, textFault(text));
  }
  if (birth_date !== undefined && !isDay(birth_date)) fault('birth_date', 'it is no day of the calendar');
  const number = document_number === undefined ? undefined : normalNumber(document_number);
  const kind = document_kind === undefined ? null : documentKind(rules, document_kind);
  if (document_kind !== undefined && kind === null)
    fault('document_kind', 'no kind of the local rules (GET /v1/hotel)');
  if (number !== undefined && kind !== null) fault('document_number', numberFault(kind.number, number));
  if (errors.length > 0) throw new ProblemResponse('desk.invalid', { errors });
  return {
    ...declared,
    full_name: full_name.normalize('NFC').trim(),
    ...(number !== undefined && { document_number: number }),
  };
}

function numberFault(form: string, number: string): string | null {
  if (number === '') return 'it is blank';
  if (form === 'gb11643' && readCitizenNumber(number) === null) {
    return 'it is no citizen number: 18 digits with their check digit (GB 11643)';
  }
  if (form === 'none') return 'documents of this kind have no number';
  if ((form === 'passport' || form === 'permit') && !/^[A-Z0-9]{5,20}$/.test(number)) {
    return 'it has 5 to 20 letters and digits';
  }
  return null;
}
