/** What the place wants of a hotel, as data: document kinds, fields of the register, retention, reports and when they are due. */
import { type Static, Type } from 'typebox';

const NAME = '^[a-z][a-z0-9-]{0,31}$';
const closed = { additionalProperties: false } as const;
const texts = (description: string) =>
  Type.Object(
    { zh: Type.String({ minLength: 1, maxLength: 64 }), en: Type.String({ minLength: 1, maxLength: 64 }) },
    { ...closed, description },
  );
const days = Type.Integer({ minimum: 1, maximum: 36_500 });
const due = (description: string) => Type.Integer({ minimum: 60_000, maximum: 31_536_000_000, description });
const oneOf = <const Values extends readonly string[]>(values: Values, description: string) =>
  Type.Unsafe<Values[number]>(Type.Enum(values, { description }));

/** What may be asked of a guest beside name and kind of document. */
export const REGISTER_FIELDS = [
  'document_number',
  'birth_date',
  'sex',
  'nationality',
  'ethnicity',
  'address',
] as const;
export type RegisterField = (typeof REGISTER_FIELDS)[number];

export const NUMBER_FORMS = ['gb11643', 'passport', 'permit', 'free', 'none'] as const;
export type NumberForm = (typeof NUMBER_FORMS)[number];

const DocumentKindSchema = Type.Object(
  {
    kind: Type.String({ pattern: NAME, description: 'Name of the kind in the API.' }),
    code: Type.String({
      pattern: '^[0-9]{3}$',
      description: 'Code of the kind in files that are exchanged (GA/T 517).',
    }),
    title: texts('As clerks know it.'),
    number: oneOf(
      NUMBER_FORMS,
      'Form of its number. gb11643: citizen number with its check digit. passport, permit: letters and digits. none: it has none.',
    ),
    number_kept: Type.Optional(
      Type.Boolean({
        description:
          'Whether the number may be kept (default: true). Where not, it is checked, and the register has it not.',
      }),
    ),
    from: oneOf(
      ['mainland', 'elsewhere'],
      'Whose it is: citizens with a household here, or people from elsewhere.',
    ),
    minors_only: Type.Optional(Type.Boolean({ description: 'Taken from minors alone (default: false).' })),
    fields: Type.Array(oneOf(REGISTER_FIELDS, 'A field.'), {
      maxItems: REGISTER_FIELDS.length,
      uniqueItems: true,
      description: 'Asked beside the name. A guest who lacks one is held until it is given.',
    }),
    compare_person: Type.Optional(
      Type.Boolean({
        description: 'Whether the clerk must say that person and document were compared (default: false).',
      }),
    ),
  },
  { ...closed, description: 'A kind of document.' },
);
export type DocumentKind = Static<typeof DocumentKindSchema>;

const DueSchema = Type.Object(
  {
    register: due('After check-in.'),
    change: due('After a correction, or another room.'),
    check_out: due('After check-out.'),
    suspicious: due('After it was written down.'),
  },
  { ...closed, description: 'Milliseconds within which a report of each kind must be accepted.' },
);

export const RulesSchema = Type.Object(
  {
    documents: Type.Array(DocumentKindSchema, { minItems: 1, maxItems: 64 }),
    families: Type.Record(Type.String({ pattern: NAME }), Type.String({ pattern: NAME }), {
      description:
        'Kind of document that a family of credential is, where a guest is not said to have another.',
    }),
    least_evidence: Type.Array(
      Type.Object(
        {
          scene: Type.String({ minLength: 1, maxLength: 63 }),
          document: Type.Optional(oneOf(['declared', 'read', 'proven'], 'At least.')),
          status: Type.Optional(oneOf(['none', 'stale', 'list', 'live'], 'At least.')),
          holder: Type.Optional(oneOf(['none', 'device', 'pin', 'person'], 'At least.')),
          claims: Type.Optional(oneOf(['declared', 'matched', 'signed'], 'At least.')),
        },
        { ...closed, description: 'What a scene wants of the evidence. With less a guest is referred.' },
      ),
      { maxItems: 16 },
    ),
    minors: Type.Object(
      {
        age_below: Type.Integer({ minimum: 1, maximum: 30, description: 'Years.' }),
        needs: Type.Array(oneOf(['guardian_contact', 'relationship'], 'What a minor is held for.'), {
          maxItems: 2,
          uniqueItems: true,
        }),
      },
      closed,
    ),
    retention: Type.Array(
      Type.Object(
        {
          place: Type.String({
            pattern: '^[0-9]{6}$',
            description: 'Division of GB/T 2260; one that ends in zeros holds for those in it.',
          }),
          days,
        },
        closed,
      ),
      { maxItems: 1_000, description: 'Days after departure by place; elsewhere hotel.retention_days.' },
    ),
    reports: Type.Array(
      Type.Object(
        {
          target: Type.String({ pattern: NAME, description: 'Name of whoever is told.' }),
          title: texts('As clerks know it.'),
          guests: oneOf(['all', 'mainland', 'elsewhere'], 'Of which guests it is told.'),
          due_ms: DueSchema,
        },
        closed,
      ),
      { minItems: 1, maxItems: 8 },
    ),
  },
  { ...closed, description: 'Local rules of a hotel.' },
);
export type HotelRules = Static<typeof RulesSchema>;
