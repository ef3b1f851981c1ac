/** Settings of signed receipts. */
import { Type } from 'typebox';
import { bytes, closed, count, ms } from './setting-kinds.ts';

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

/** Among `limits`. */
export const RECEIPT_LIMITS = {
  receipt_age_max_ms: ms(86_400_000, 'Oldest decision that a receipt is given for.'),
  receipts_per_s: count(5, 'Receipts that one device asks for, a second, over five seconds.'),
  receipts_in_flight_per_device: count(8, 'Receipts of one device that are being made at once.'),
  receipts_in_flight: count(256, 'The same of all devices together.'),
  receipts_per_device_day: count(10_000, 'Receipts that one device is given in a day (UTC).'),
};

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
