/** What the bureau reads, strictly. */
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';

const closed = { additionalProperties: false } as const;
const Id = Type.String({ minLength: 1, maxLength: 64 });
const text = Type.Union([Type.String({ minLength: 1, maxLength: 1_024 }), Type.Null()]);
const LINES_MAX = 1_000;

const LineSchema = Type.Object(
  {
    report_id: Id,
    kind: Type.Union(
      (['register', 'change', 'check_out', 'suspicious'] as const).map((kind) => Type.Literal(kind)),
    ),
    target: Id,
    guest_ref: Id,
    hotel_id: Id,
    room: Type.String({ minLength: 1, maxLength: 64 }),
    full_name: Type.String({ minLength: 1, maxLength: 1_024 }),
    ...{ document_kind: text, document_code: text, document_number: text, birth_date: text, sex: text },
    ...{ nationality: text, ethnicity: text, address: text, checked_in_at: text, checked_out_at: text },
    ...{ arrival: text, departure: text, guardian_contact: text, guardian_relationship: text, note: text },
    taken_back: Type.Union([Type.Literal('true'), Type.Null()]),
  },
  closed,
);
export type BureauLine = Static<typeof LineSchema>;

const lines = Type.Array(LineSchema, { minItems: 1, maxItems: LINES_MAX });
export const TestedLines = Compile(Type.Object({ lines }, closed));
export const SentLines = Compile(Type.Object({ batch_id: Id, lines }, closed));
export const AskedReceipts = Compile(
  Type.Object({ report_ids: Type.Array(Id, { minItems: 1, maxItems: LINES_MAX }) }, closed),
);
