/** The REST contract of the gateway, as far as `POST /v1/verifications` with JSON goes, on Fastify. */
import { randomBytes } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Presentation, Verifier } from './verifier.ts';

const BODY_BYTES_MAX = 65_536;
const HEX = { type: 'string', pattern: '^[0-9A-Fa-f]*$', maxLength: 8_192 };
const TAGS = { type: 'object', maxProperties: 64, additionalProperties: HEX };

/** Compiled by Fastify: the request's into a check, the answer's into a serialiser. */
const REQUEST = {
  type: 'object',
  required: ['family', 'credential', 'context'],
  properties: {
    family: { type: 'string', enum: ['transit-qr', 'chip-oda'] },
    credential: { type: 'object' },
    context: { type: 'object' },
    scene: { type: 'string', maxLength: 64 },
    deadline_ms: { type: 'integer', minimum: 1, maximum: 600_000 },
    stream: { type: 'string', pattern: '^[0-9a-f]{32}$' },
    seq: { type: 'integer', minimum: 0 },
  },
  additionalProperties: false,
  oneOf: [
    {
      properties: {
        family: { const: 'transit-qr' },
        credential: { type: 'object', required: ['hex'], properties: { hex: HEX } },
      },
    },
    {
      properties: {
        family: { const: 'chip-oda' },
        credential: { type: 'object', required: ['tags'], properties: { tags: TAGS, staticData: HEX } },
        context: {
          type: 'object',
          required: ['mode'],
          properties: { mode: { enum: ['dda', 'cda', 'fdda'] }, terminal: TAGS },
        },
      },
    },
  ],
};

const ANSWER = {
  type: 'object',
  properties: {
    stream: { type: 'string' },
    seq: { type: 'integer' },
    id: { type: 'string' },
    outcome: { type: 'string' },
    code: { type: 'string' },
    at_ms: { type: 'integer' },
    mode: { type: 'string' },
    scene: { type: 'string' },
    facts: { type: 'object', additionalProperties: true },
  },
};

interface Verification extends Presentation {
  readonly scene?: string;
  readonly stream?: string;
  readonly seq?: number;
}

const STREAM_BYTES = 16;
const DEFAULT_SCENE = '29/entry';

const unauthorized = (reply: FastifyReply) =>
  reply.code(401).type('application/problem+json').send('{"status":401,"code":"auth.invalid"}');

export function buildApp(verifier: Verifier, token: string): FastifyInstance {
  const app = fastify({ logger: false, bodyLimit: BODY_BYTES_MAX });
  const authorization = `Bearer ${token}`;
  let decisions = 0;
  app.post(
    '/v1/verifications',
    {
      schema: { body: REQUEST, response: { 200: ANSWER } },
      onRequest: (request, reply, done) => {
        if (request.headers['authorization'] === authorization) done();
        else unauthorized(reply as FastifyReply);
      },
    },
    (request) => {
      const { scene, stream, seq, ...presentation } = request.body as Verification;
      const atMs = Date.now();
      return {
        stream: stream ?? randomBytes(STREAM_BYTES).toString('hex'),
        seq: seq ?? 0,
        id: `peer:${process.pid}:${decisions++}`,
        ...verifier.decide(presentation, atMs),
        at_ms: atMs,
        mode: 'lists',
        scene: scene ?? DEFAULT_SCENE,
      };
    },
  );
  return app;
}
