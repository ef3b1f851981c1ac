/** Pairing readers, listing them, asking for the next card. */
import { Type } from 'typebox';
import type { DeskContext } from '../context.ts';
import { AtMs, IdempotencyHeaders, PROBLEMS } from '../http/answers.ts';
import { ProblemResponse } from '../http/problem.ts';
import { actorOf, type Routes } from '../http/server.ts';
import type { Actor } from '../people/actor.ts';
import { PacedAttempts } from '../people/paced-attempts.ts';
import { sceneOf } from '../verification/verification-routes.ts';
import type { DeskReading } from './desk-reading.ts';
import type { PairedReaders } from './paired-readers.ts';
import { PAIRING_CODE_PATTERN, type PairingCodes } from './pairing-codes.ts';
import type { ReaderHub } from './reader-hub.ts';

const strict = { additionalProperties: false } as const;
const ReaderId = Type.String({ pattern: '^[0-9a-f]{16}$' });
const NoBody = Type.Object({}, strict);
const Words = Type.Object({ zh: Type.String(), en: Type.String() }, strict);
const Name = Type.String({
  minLength: 1,
  maxLength: 64,
  // No control characters, none that changes the direction of writing.
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]+$',
});

const PairingSchema = Type.Object(
  {
    code: Type.String({ description: 'Typed at the PC of the reader: onecard reader pair.' }),
    desk: Type.String(),
    expires_at_ms: AtMs('When it is past its time'),
  },
  { ...strict, title: 'Pairing' },
);
const ReaderSchema = Type.Object(
  {
    reader_id: ReaderId,
    name: Type.String(),
    desk: Type.String(),
    connected: Type.Boolean(),
    fault: Type.Union([Type.String(), Type.Null()], { description: 'Why its agent has no reader.' }),
    slots: Type.Array(
      Type.Object(
        { name: Type.String(), kind: Type.Enum(['chip', 'scanner']), card: Type.Boolean() },
        strict,
      ),
      { description: 'Readers and scanners of the agent.' },
    ),
    paired_at_ms: AtMs('When it was paired'),
    paired_by: Type.String(),
  },
  { ...strict, title: 'Reader' },
);
const StandingSchema = Type.Object(
  {
    state: Type.String({ description: 'As in the event `reader` of the stream.' }),
    name: Type.Union([Type.String(), Type.Null()]),
    card: Type.Boolean({ description: 'Whether a card lies on it.' }),
    words: Words,
  },
  { ...strict, title: 'DeskReader' },
);
const ReadingSchema = Type.Object(
  {
    state: Type.String({ description: 'As in the event `reading` of the stream.' }),
    code: Type.Optional(Type.String()),
    words: Type.Optional(Words),
    armed_until_ms: Type.Optional(AtMs('Until when the next card is read')),
  },
  { ...strict, title: 'Reading' },
);

/** Wrong pairing codes of one address, before each further attempt is delayed. */
const PAIRING_PACE = {
  freeAttempts: 8,
  firstDelayMs: 1_000,
  longestDelayMs: 300_000,
  forgetMs: 3_600_000,
  keysMax: 4_096,
};

export interface ReaderParts {
  readonly paired: PairedReaders;
  readonly codes: PairingCodes;
  readonly hub: ReaderHub;
  readonly reading: DeskReading;
  /** Readers of a workplace came or went. */
  readonly onChanged: (desk: string) => void;
  /** Ends the connection of a reader that is not paired any more. */
  readonly unpair: (readerId: string) => void;
}

export function readerRoutes(parts: ReaderParts): Routes {
  return (app, context) => {
    pairingRoutes(parts, app, context);
    armingRoutes(parts, app, context);
  };
}

function pairingRoutes(parts: ReaderParts, app: Parameters<Routes>[0], context: DeskContext): void {
  const { paired, codes, hub, onChanged, unpair } = parts;
  const { now, idempotency, audit } = context;
  const attempts = new PacedAttempts(PAIRING_PACE);
  const schema = { tags: ['readers'] };

  app.post(
    '/v1/readers/pairings',
    {
      config: { scope: 'readers:write' },
      schema: {
        ...{
          ...schema,
          operationId: 'createPairing',
          summary: 'A code that pairs a reader with this workplace',
        },
        ...{ headers: IdempotencyHeaders, body: NoBody, response: { 200: PairingSchema, ...PROBLEMS } },
      },
    },
    (request, reply) =>
      idempotency.remembered(request, reply, async () => {
        const actor = actorOf(request);
        const desk = workplaceOf(actor);
        const { code, expiresAtMs } = codes.make(desk, actor.id, now());
        return { status: 200, body: { code, desk, expires_at_ms: expiresAtMs } };
      }),
  );
  app.get(
    '/v1/readers',
    {
      config: { scope: 'readers:write' },
      schema: {
        ...{ ...schema, operationId: 'listReaders', summary: 'Readers of all workplaces' },
        response: {
          200: Type.Object({ readers: Type.Array(ReaderSchema) }, { ...strict, title: 'Readers' }),
          ...PROBLEMS,
        },
      },
    },
    () => ({
      readers: paired.all().map(({ readerId, name, desk, pairedAtMs, pairedBy }) => {
        const connection = hub.connection(readerId);
        const slots = (connection?.readers ?? []).map((each) => ({ ...each, card: each.card !== null }));
        return {
          ...{ reader_id: readerId, name, desk, connected: connection !== null },
          ...{ fault: connection?.fault ?? null, slots },
          ...{ paired_at_ms: pairedAtMs, paired_by: pairedBy },
        };
      }),
    }),
  );
  app.post(
    '/v1/readers/:reader_id/remove',
    {
      config: { scope: 'readers:write' },
      schema: {
        ...{ ...schema, operationId: 'removeReader', summary: 'Pair a reader no more; its connection ends' },
        ...{
          headers: IdempotencyHeaders,
          params: Type.Object({ reader_id: ReaderId }, strict),
          body: NoBody,
        },
        response: {
          200: Type.Object({ reader_id: ReaderId }, { ...strict, title: 'RemovedReader' }),
          ...PROBLEMS,
        },
      },
    },
    (request, reply) =>
      idempotency.remembered(request, reply, async () => {
        const { reader_id: readerId } = request.params;
        const reader = paired.get(readerId);
        if (reader === null) throw new ProblemResponse('desk.not_found');
        await audit.append(entry(now(), actorOf(request).id, 'reader.removed', readerId));
        paired.remove(readerId);
        unpair(readerId);
        onChanged(reader.desk);
        return { status: 200, body: { reader_id: readerId } };
      }),
  );
  app.post(
    '/reader/pair',
    {
      config: { scope: null },
      schema: {
        ...{ ...schema, operationId: 'pairReader', summary: 'An agent takes up its pairing, by the code' },
        body: Type.Object({ code: Type.String({ pattern: PAIRING_CODE_PATTERN }), name: Name }, strict),
        response: {
          200: Type.Object(
            {
              reader_id: ReaderId,
              desk: Type.String(),
              token: Type.String({ description: 'Secret; said this once.' }),
            },
            { ...strict, title: 'PairedReader' },
          ),
          ...PROBLEMS,
        },
      },
    },
    async (request) => {
      const waitMs = attempts.waitMs(request.ip, now());
      if (waitMs > 0) throw new ProblemResponse('desk.too_many', { retryAfterMs: waitMs });
      const { code, name } = request.body;
      const taken = codes.take(code, now());
      if (taken === null) {
        attempts.begin(request.ip, now());
        throw new ProblemResponse('reader.pairing_refused');
      }
      const { desk, by } = taken;
      const { reader, token } = paired.add({ name, desk, pairedAtMs: now(), pairedBy: by });
      await audit.append(entry(now(), by, 'reader.paired', reader.readerId));
      onChanged(desk);
      return { reader_id: reader.readerId, desk, token };
    },
  );
}

function armingRoutes({ reading, hub }: ReaderParts, app: Parameters<Routes>[0], context: DeskContext): void {
  const scene = Type.Optional(Type.String({ minLength: 1, maxLength: 63 }));
  const schema = { tags: ['readers'], headers: IdempotencyHeaders };

  app.get(
    '/v1/desk/reader',
    {
      config: { scope: 'stays:read' },
      schema: {
        ...{
          tags: ['readers'],
          operationId: 'getDeskReader',
          summary: 'How the reader of this workplace stands',
        },
        response: { 200: StandingSchema, ...PROBLEMS },
      },
    },
    (request) => hub.news(workplaceOf(actorOf(request))),
  );
  app.post(
    '/v1/desk/arm',
    {
      config: { scope: 'stays:write' },
      schema: {
        ...{
          ...schema,
          operationId: 'armReader',
          summary: 'The next card at this workplace is for this session',
        },
        description:
          'For two minutes. What comes of it is told on the stream of the workplace: `reading`, then `verification`. A card ' +
          'that nobody asked for is not read.',
        ...{ body: Type.Object({ scene }, strict), response: { 200: ReadingSchema, ...PROBLEMS } },
      },
    },
    (request, reply) =>
      context.idempotency.remembered(request, reply, async () => {
        const actor = actorOf(request);
        return {
          status: 200,
          body: reading.arm(actor, workplaceOf(actor), sceneOf(context, request.body.scene)),
        };
      }),
  );
  app.post(
    '/v1/desk/disarm',
    {
      config: { scope: 'stays:write' },
      schema: {
        ...{ ...schema, operationId: 'disarmReader', summary: 'No card is waited for any more' },
        ...{ body: NoBody, response: { 200: ReadingSchema, ...PROBLEMS } },
      },
    },
    (request, reply) =>
      context.idempotency.remembered(request, reply, async () => {
        const actor = actorOf(request);
        reading.disarm(actor.session, workplaceOf(actor));
        return { status: 200, body: { state: 'disarmed' } };
      }),
  );
}

function workplaceOf({ desk }: Actor): string {
  if (desk === null) throw new ProblemResponse('desk.no_workplace');
  return desk;
}

const entry = (atMs: number, actor: string, action: string, subject: string) => ({
  ...{ atMs, actor, action, subjects: [subject], reason: null },
});
