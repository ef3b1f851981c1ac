/** Settings of signed receipts. */
import { Type } from 'typebox';
import { bytes, closed, count } from './setting-kinds.ts';

const days = (value: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 36_500, default: value, description });

export const ReceiptsSchema = closed({
  keep_days: days(90, 'How long a signed receipt is kept, to be had again.'),
  reference_keep_days: days(
    1_096,
    'How long a reference counts as proved. Afterwards it could be proved once more, by another decision.',
  ),
  references_max: count(
    10_000_000,
    'References remembered as proved. Above that no receipt is given: none is forgotten before its time.',
  ),
  max_bytes: bytes(17_179_869_184, 'Disk that receipts and references may use.'),
});

/** What does not go together. */
export function receiptRelations({
  keep_days,
  reference_keep_days,
}: {
  readonly keep_days: number;
  readonly reference_keep_days: number;
}): [boolean, string][] {
  return [
    [keep_days <= reference_keep_days, 'receipts.keep_days must not exceed receipts.reference_keep_days'],
  ];
}
