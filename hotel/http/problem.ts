/** Problem documents of the desk, RFC 9457: as the gateway's, with the fields that were wrong. */
import type { FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { type Code, codeEntry } from '../../config/codes.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'URI of the kind of problem: `urn:onecard:code:` and the code.' }),
    title: Type.String({ description: 'What the code means.' }),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    code: Type.String({ description: 'Stable code, one of docs/codes.md.' }),
    retry: Type.Boolean({ description: 'Whether sending the same again later can help.' }),
    retry_after_ms: Type.Integer({ minimum: 0 }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          { pointer: Type.String({ description: 'JSON Pointer, RFC 6901.' }), detail: Type.String() },
          { additionalProperties: false },
        ),
      ),
    ),
  },
  { additionalProperties: false, title: 'Problem' },
);
export type ProblemDocument = Static<typeof ProblemSchema>;
export type FieldFault = NonNullable<ProblemDocument['errors']>[number];

/** Thrown by routes, and answered by the server. Never with a value of a person in it. */
export class ProblemResponse {
  readonly code: Code;
  readonly retryAfterMs: number;
  readonly errors: readonly FieldFault[];

  constructor(
    code: Code,
    { retryAfterMs = 0, errors = [] }: { retryAfterMs?: number; errors?: readonly FieldFault[] } = {},
  ) {
    this.code = code;
    this.retryAfterMs = retryAfterMs;
    this.errors = errors;
  }
}

export function problemDocument({ code, retryAfterMs, errors }: ProblemResponse): ProblemDocument {
  const { meaning, http, retry } = codeEntry(code);
  return {
    type: `urn:onecard:code:${code}`,
    title: meaning,
    status: http,
    code,
    retry,
    retry_after_ms: retry ? Math.max(100, Math.ceil(retryAfterMs)) : 0,
    ...(errors.length > 0 && { errors: [...errors] }),
  };
}

export function sendProblem(reply: FastifyReply, response: ProblemResponse): FastifyReply {
  const document = problemDocument(response);
  if (document.retry) reply.header('Retry-After', String(Math.ceil(document.retry_after_ms / 1_000)));
  if (document.status === 401) reply.header('WWW-Authenticate', 'Bearer');
  return reply.status(document.status).type(PROBLEM_MEDIA_TYPE).send(JSON.stringify(document));
}
