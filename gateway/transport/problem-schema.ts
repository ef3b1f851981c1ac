/** Shape of problem documents, RFC 9457. */
import { type Static, Type } from 'typebox';

export const Problem = Type.Object(
  {
    type: Type.String({ description: 'URI of the kind of problem: `urn:onecard:code:` and the code.' }),
    title: Type.String({ description: 'What the code means.' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'HTTP status.' }),
    code: Type.String({ description: 'Stable code, one of docs/codes.md.' }),
    retry: Type.Boolean({ description: 'Whether sending the same again later can help.' }),
    retry_after_ms: Type.Integer({ minimum: 0, description: 'When it can help, milliseconds from now.' }),
    stream: Type.Optional(
      Type.String({ description: 'Stream of the tap that was refused, to send it again.' }),
    ),
    seq: Type.Optional(
      Type.Integer({ format: 'int64', minimum: 0, description: 'Number of the tap that was refused.' }),
    ),
    server_time_ms: Type.Optional(
      Type.Integer({
        format: 'int64',
        minimum: 0,
        description:
          "With `auth.expired`: the gateway's time, milliseconds since 1970 UTC, for the next token.",
      }),
    ),
    gateway: Type.Optional(
      Type.String({
        description: 'With `auth.cluster_unreachable`: the name of this gateway, for the next token.',
      }),
    ),
  },
  { additionalProperties: false },
);

export type Problem = Static<typeof Problem>;
