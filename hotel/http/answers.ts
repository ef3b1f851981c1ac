/** What any route of the API may answer beside its own: problem documents. */
import { Type } from 'typebox';
import { PROBLEM_MEDIA_TYPE, ProblemSchema } from './problem.ts';

const problem = (description: string) => ({
  description,
  content: { [PROBLEM_MEDIA_TYPE]: { schema: ProblemSchema } },
});

/** For `schema.response`. */
export const PROBLEMS = {
  '4xx': problem('The request cannot be answered as it is: `code` says why.'),
  '5xx': problem('A fault of ours: `code` says whether to try again.'),
} as const;

/** Header of every POST below /v1 (draft-ietf-httpapi-idempotency-key-header). */
export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.String({
    minLength: 1,
    maxLength: 255,
    pattern: '^[\\x21-\\x7e]+$',
    description:
      'A key of its own for each thing to be done, such as a UUID: the same request sent again is answered as the first was.',
  }),
});

export const AtMs = (description: string) =>
  Type.Integer({ minimum: 0, description: `${description}, milliseconds since 1970 UTC.` });

/** Cursor of a list: opaque. */
export const After = Type.String({ minLength: 1, maxLength: 512, pattern: '^[A-Za-z0-9._~-]+$' });
