/** How a report is written into a file that is exchanged: fields of fixed width, in bytes of GBK. Data, since no place publishes its own. */
import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false } as const;

/** Members of a report's line: what a file may take its fields from. */
export const REPORT_LINE_FIELDS = [
  'report_id',
  'kind',
  'target',
  /** The other side's way to know that a change or check-out is of a guest it was told of. */
  'guest_ref',
  'hotel_id',
  'room',
  'full_name',
  /** By the local rules, and its code for exchange. */
  'document_kind',
  'document_code',
  'document_number',
  'birth_date',
  'sex',
  'nationality',
  'ethnicity',
  'address',
  /** RFC 3339, UTC. */
  'checked_in_at',
  'checked_out_at',
  /** YYYY-MM-DD. */
  'arrival',
  'departure',
  'guardian_contact',
  'guardian_relationship',
  'note',
  /** `true`: the guest was never here. */
  'taken_back',
] as const;

const FieldSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9_]{0,31}$',
      description: 'As the receiving side calls it; for people.',
    }),
    from: Type.Optional(Type.Enum([...REPORT_LINE_FIELDS], { description: 'What of a report it holds.' })),
    constant: Type.Optional(Type.String({ maxLength: 256, description: 'The same in every record.' })),
    bytes: Type.Integer({ minimum: 1, maximum: 1_024, description: 'Its width, in bytes of GBK.' }),
    form: Type.Optional(
      Type.Enum(['text', 'day', 'time'], {
        description: 'text (default); day: YYYYMMDD; time: YYYYMMDDHHMMSS by the clocks of the hotel.',
      }),
    ),
    pad: Type.Optional(
      Type.Enum(['right', 'left', 'zeros'], {
        description: 'Where blanks are added: right (default), left; zeros: noughts on the left.',
      }),
    ),
    needed: Type.Optional(
      Type.Boolean({ description: 'A report without it is refused before it is written (default: false).' }),
    ),
    needed_for: Type.Optional(
      Type.Array(Type.Enum(['register', 'change', 'check_out', 'suspicious']), {
        description: 'The same, for these kinds alone.',
        maxItems: 4,
      }),
    ),
    codes: Type.Optional(
      Type.Record(Type.String({ maxLength: 64 }), Type.String({ maxLength: 64 }), {
        description: 'Code of each value; a value that has none is refused.',
      }),
    ),
  },
  { ...closed, description: 'A field.' },
);
export type ReportFileField = Static<typeof FieldSchema>;

export const ReportFileSchema = Type.Object(
  {
    record_end: Type.Enum(['crlf', 'lf', 'none'], { description: 'What ends a record.' }),
    fields: Type.Array(FieldSchema, { minItems: 1, maxItems: 128 }),
  },
  { ...closed, description: 'Field table of report files.' },
);
export type ReportFileTable = Static<typeof ReportFileSchema>;
