/** `GET /v1/audit`: who looked at what, and changed what. It is read by cursor, and changed by nobody. */
import { Type } from 'typebox';
import { PROBLEMS } from '../http/answers.ts';
import type { Routes } from '../http/server.ts';
import type { ChainedEntry } from './audit-chain.ts';

const closed = { additionalProperties: false };
const Seq = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Entry = Type.Object(
  {
    seq: Seq,
    at_ms: Type.Integer({ description: 'Milliseconds since 1970 UTC.' }),
    actor: Type.String({ description: 'Account or API client; `start`: the desk itself.' }),
    action: Type.String(),
    subjects: Type.Array(Type.String(), { description: 'Ids of what was looked at or changed.' }),
    reason: Type.Union([Type.String(), Type.Null()]),
  },
  { ...closed, title: 'AuditEntry' },
);

export interface ReadableAudit {
  readonly lastSeq: number;
  /** Entries after the one of that number, in order. */
  read(after: number, limit: number): readonly ChainedEntry[];
}

export function auditRoutes(audit: ReadableAudit): Routes {
  return (app, { hotel }) => {
    const limitMax = hotel.limits.page_items;
    app.get(
      '/v1/audit',
      {
        config: { scope: 'audit:read' },
        schema: {
          tags: ['audit'],
          summary: 'The audit log, from after an entry on',
          querystring: Type.Object(
            {
              after: Type.Optional(Seq),
              limit: Type.Optional(Type.Integer({ minimum: 1, maximum: limitMax })),
            },
            closed,
          ),
          response: {
            200: Type.Object(
              {
                entries: Type.Array(Entry),
                after: Type.Union([Seq, Type.Null()], {
                  description: 'For the next page; null: this was the last.',
                }),
                last_seq: Type.Integer({ minimum: 0, description: 'Number of the last entry there is.' }),
              },
              closed,
            ),
            ...PROBLEMS,
          },
        },
      },
      ({ query: { after = 0, limit = limitMax } }) => {
        const lastSeq = audit.lastSeq;
        const entries = audit.read(after, limit);
        const last = entries.at(-1)?.seq ?? lastSeq;
        return { entries: entries.map(entryView), after: last < lastSeq ? last : null, last_seq: lastSeq };
      },
    );
  };
}

function entryView({ seq, atMs, actor, action, subjects, reason }: ChainedEntry) {
  return { ...{ seq, actor, action, reason }, at_ms: atMs, subjects: [...subjects] };
}
