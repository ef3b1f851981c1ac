/** A presentation judged for a clerk, as the API says it. */
import { type Static, Type } from 'typebox';
import { CODES } from '../../config/codes.ts';
import { PLAIN_TEXT_PATTERN } from '../matching/plain-text.ts';
import type { Evidence } from '../stays/stay.ts';
import { NEEDS } from '../stays/stay.ts';
import { CLAIMS_EVIDENCE, DOCUMENT_EVIDENCE, HOLDER_EVIDENCE, STATUS_EVIDENCE } from './evidence.ts';
import type { Levels } from './evidence-levels.ts';
import { STEP_NAMES } from './next-steps.ts';

const strict = { additionalProperties: false } as const;
const nullable = <Schema extends Parameters<typeof Type.Union>[0][number]>(schema: Schema) =>
  Type.Union([schema, Type.Null()]);
const ageMs = Type.Integer({ minimum: 0, description: 'Milliseconds.' });
const plainText = (maxLength: number, description: string) =>
  Type.String({ minLength: 1, maxLength, pattern: PLAIN_TEXT_PATTERN, description });
export const DAY_PATTERN = '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$';

export const WordsSchema = Type.Object({ zh: Type.String(), en: Type.String() }, strict);

export const EvidenceSchema = Type.Object(
  {
    document: Type.Enum([...DOCUMENT_EVIDENCE]),
    status: Type.Object({ source: Type.Enum([...STATUS_EVIDENCE]), age_ms: ageMs }, strict),
    holder: Type.Enum([...HOLDER_EVIDENCE]),
    claims: Type.Enum([...CLAIMS_EVIDENCE]),
  },
  { ...strict, description: 'How sure the desk is, in four fields.' },
);

export const LevelsSchema = Type.Object(
  {
    ial: Type.Enum(['none', 'IAL1', 'IAL2'], { description: 'NIST SP 800-63A-4, at most.' }),
    superior: Type.Boolean({ description: 'SUPERIOR evidence, NIST SP 800-63A-4 2.4.1.' }),
    eidas: Type.Enum(['none', 'low', 'substantial'], { description: '(EU) 2015/1502, at most.' }),
    gbt40651: Type.Integer({ minimum: 0, maximum: 3, description: 'GB/T 40651-2021, at most; 0: none.' }),
  },
  { ...strict, description: 'Levels that the evidence supports.' },
);

export const NeedsSchema = Type.Array(Type.Enum([...NEEDS]), {
  description: 'Needed before the guest counts as checked in.',
});

/** What a guest says of himself or herself, typed by a clerk or sent by the hotel's system. */
export const DeclaredSchema = Type.Object(
  {
    full_name: plainText(128, 'As in the document.'),
    document_kind: Type.Optional(
      Type.String({
        pattern: '^[a-z][a-z0-9-]{0,31}$',
        description: 'A kind of `GET /v1/hotel`; default: by the credential.',
      }),
    ),
    document_number: Type.Optional(plainText(64, 'As in the document.')),
    birth_date: Type.Optional(Type.String({ pattern: DAY_PATTERN })),
    sex: Type.Optional(Type.Enum(['male', 'female', 'other'])),
    nationality: Type.Optional(Type.String({ pattern: '^[A-Z]{2,3}$', description: 'ISO 3166-1.' })),
    ethnicity: Type.Optional(plainText(32, 'As in the document.')),
    address: Type.Optional(plainText(256, 'In one line.')),
  },
  { ...strict, description: 'What the guest gave.' },
);
export type Declared = Static<typeof DeclaredSchema>;

export const MaskedClaimsSchema = Type.Object(
  {
    full_name: Type.Optional(Type.String()),
    document_kind: Type.String(),
    document_number_masked: nullable(Type.String()),
    birth_date: Type.Optional(Type.String()),
    sex: Type.Optional(Type.String()),
    nationality: Type.Optional(Type.String()),
  },
  strict,
);

const saidOf = Type.Enum(['yes', 'no', 'unknown', 'not_asked']);
export const MatchSchema = Type.Object(
  {
    name: saidOf,
    document_number: saidOf,
    source: Type.Enum(['signed', 'live', 'list', 'none']),
    age_ms: ageMs,
  },
  {
    ...strict,
    description: 'Whether what was given is the holder’s. signed: the credential itself says it.',
  },
);

export const NextStepSchema = Type.Object(
  { step: Type.Enum([...STEP_NAMES]), zh: Type.String(), en: Type.String() },
  { ...strict, description: 'What the clerk does next.' },
);

export const CodeSchema = Type.Enum(Object.keys(CODES), { description: 'docs/codes.md.' });
export const ModeSchema = Type.Enum(['live', 'lists', 'stale', 'closed'], {
  description: 'docs/offline.md.',
});

export const VerificationSchema = Type.Object(
  {
    verification_id: nullable(Type.String({ description: 'For the check-in; null: it was not judged.' })),
    outcome: Type.Enum(['allow', 'deny', 'refer', 'none'], {
      description: 'none: it was not judged, and `code` says why.',
    }),
    code: CodeSchema,
    mode: nullable(ModeSchema),
    at_ms: Type.Integer({ minimum: 0, description: 'Milliseconds since 1970 UTC.' }),
    scene: Type.String(),
    family: Type.String(),
    evidence: nullable(EvidenceSchema),
    levels: nullable(LevelsSchema),
    claims: nullable(MaskedClaimsSchema),
    portrait: Type.Optional(
      Type.String({ description: 'Base64 of JPEG or JPEG 2000, signed by the issuer. Not kept.' }),
    ),
    needs: NeedsSchema,
    match: nullable(MatchSchema),
    pin: nullable(
      Type.Object(
        {
          said: Type.Enum(['yes', 'no', 'none_set', 'later', 'unknown']),
          retry_after_ms: Type.Integer({ minimum: 0 }),
        },
        strict,
      ),
    ),
    words: WordsSchema,
    next_step: NextStepSchema,
    retry_after_ms: Type.Integer({
      minimum: 0,
      description: 'When trying again makes sense; 0: it does not.',
    }),
    expires_at_ms: nullable(
      Type.Integer({ minimum: 0, description: 'Until then it can be used for a check-in.' }),
    ),
  },
  { ...strict, title: 'Verification' },
);
export type Verification = Static<typeof VerificationSchema>;

export function evidenceView({ document, status, holder, claims }: Evidence) {
  return {
    document,
    status: { source: status.source, age_ms: Math.max(0, Math.floor(status.ageMs)) },
    holder,
    claims,
  };
}

export const levelsView = ({ ial, superior, eidas, gbt40651 }: Levels) => ({
  ial,
  superior,
  eidas,
  gbt40651,
});
