/**
 * One thing is done once, however often it is sent (draft-ietf-httpapi-idempotency-key-header): the same key and body gets the
 * answer of the first, another body is refused, and so is what comes while the first is worked on. Answers to what is kept are
 * kept sealed, in the commit of what was done; others in memory.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import { CRYPTO_PROFILES, type CryptoProfile, type TakenProfiles } from '../../config/crypto-settings.ts';
import { digestOf, macOf } from '../../crypto/digest.ts';
import { algorithmFor } from '../../crypto/uses.ts';
import { HotelError } from '../hotel-error.ts';
import type { GuestRegister, Put, Row } from '../register/guest-register.ts';
import type { KeptAnswer } from './kept-answer.ts';
import { ProblemResponse } from './problem.ts';
import { actorOf } from './server.ts';

export interface IdempotencyOptions {
  readonly register: Pick<GuestRegister, 'get'>;
  readonly crypto: TakenProfiles;
  readonly now: () => number;
  readonly keepMs: number;
  /** Of answers in memory. */
  readonly rememberedMax: number;
  readonly rememberedMs: number;
}

interface Done<Body> {
  readonly status: number;
  readonly body: Body;
}

/** The row that keeps an answer: it goes into the commit of what was done. */
export type AnswerPut = (done: Done<unknown>) => Put<'answer'>;

const DAY_MS = 86_400_000;
const RETRY_MS = 250;

export class Idempotency {
  readonly #options: IdempotencyOptions;
  readonly #inFlight = new Set<string>();
  readonly #remembered: LRUCache<string, KeptAnswer>;
  /** Answers in memory are this process's alone. */
  readonly #memoryKey = randomBytes(32);

  constructor(options: IdempotencyOptions) {
    this.#options = options;
    this.#remembered = new LRUCache({ max: options.rememberedMax, ttl: options.rememberedMs });
  }

  /**
   * `act` commits what it did together with the row that `answerPut` makes of its answer. What it throws is not kept: nothing
   * was done then, and the key is free.
   */
  async kept<Body>(
    request: FastifyRequest,
    reply: FastifyReply,
    act: (answerPut: AnswerPut) => Promise<Done<Body>>,
  ): Promise<Body> {
    const { register, keepMs, now } = this.#options;
    const { profile } = this.#options.crypto;
    const id = keyOf(request, profile);
    return this.#once<Body>(id, reply, async () => {
      const known = await register.get('answer', id);
      const bodyDigest = keyedDigest(request.body, id, profile);
      const isAlive = (row: Row<'answer'> | null) => row !== null && row.value.atMs + keepMs > now();
      if (known !== null && isAlive(known)) return told(known.value, bodyDigest);
      const before = await this.#ofOtherProfile(request);
      if (before !== null && isAlive(before.row)) return told(before.row.value, before.bodyDigest);
      const answerPut: AnswerPut = ({ status, body }) => ({
        // One past its time is there until its day is purged: the key is free, and the new answer takes its place.
        ...{ table: 'answer', id, expectVersion: known?.version ?? null, indexes: [] },
        purgeDay: new Date(now() + keepMs + DAY_MS).toISOString().slice(0, 10),
        value: { keyDigest: id, bodyDigest, status, ...JSON_TYPE, body: JSON.stringify(body), atMs: now() },
      });
      try {
        const { status, body } = await act(answerPut);
        return { status, body: JSON.stringify(body) };
      } catch (cause) {
        // Another desk of the hotel, on the same store, was first.
        const first = isConflict(cause) ? await register.get('answer', id) : null;
        if (first === null || !isAlive(first)) throw cause;
        return told(first.value, bodyDigest);
      }
    });
  }

  /** For what keeps nothing: the answer is remembered for a while, in memory. */
  async remembered<Body>(
    request: FastifyRequest,
    reply: FastifyReply,
    act: () => Promise<Done<Body>>,
  ): Promise<Body> {
    const { profile } = this.#options.crypto;
    const id = keyOf(request, profile);
    return this.#once<Body>(id, reply, async () => {
      const bodyDigest = keyedDigest(request.body, this.#memoryKey, profile);
      const known = this.#remembered.get(id);
      if (known !== undefined) return told(known, bodyDigest);
      const { status, body } = await act();
      const text = JSON.stringify(body);
      const atMs = this.#options.now();
      this.#remembered.set(id, { keyDigest: id, bodyDigest, status, ...JSON_TYPE, body: text, atMs });
      return { status, body: text };
    });
  }

  /** What was answered before the profile was changed. Looked for while it changes over alone. */
  async #ofOtherProfile(request: FastifyRequest) {
    const { register, crypto } = this.#options;
    const other = CRYPTO_PROFILES.find((profile) => profile !== crypto.profile);
    if (!crypto.changing_over || other === undefined) return null;
    const id = keyOf(request, other);
    const row = await register.get('answer', id);
    return row === null ? null : { row, bodyDigest: keyedDigest(request.body, id, other) };
  }

  async #once<Body>(id: string, reply: FastifyReply, answer: () => Promise<Done<string>>): Promise<Body> {
    if (this.#inFlight.has(id)) throw new ProblemResponse('desk.in_flight', { retryAfterMs: RETRY_MS });
    this.#inFlight.add(id);
    try {
      const { status, body } = await answer();
      reply.status(status);
      // As text, so that the first answer and those after it are one.
      return JSON.parse(body) as Body;
    } finally {
      this.#inFlight.delete(id);
    }
  }
}

const JSON_TYPE = { contentType: 'application/json; charset=utf-8' } as const;

/** Of who asked, method, path and key: the id of the row. */
function keyOf(request: FastifyRequest, profile: CryptoProfile): string {
  const { kind, id } = actorOf(request);
  const key = request.headers['idempotency-key'];
  if (typeof key !== 'string') throw new ProblemResponse('desk.invalid');
  const parts = [kind, id, request.method, request.url, key];
  const bytes = Buffer.from(JSON.stringify(parts), 'utf8');
  return digestOf(algorithmFor('request-digest', profile), bytes).toString('hex');
}

const bytesOf = (body: unknown): string => JSON.stringify(body ?? null);

/** Sealed in the row; under a key all the same, so that two rows with one body differ. */
function keyedDigest(body: unknown, key: string | Buffer, profile: CryptoProfile): string {
  const bytes = Buffer.from(bytesOf(body), 'utf8');
  return macOf(algorithmFor('request-body', profile), Buffer.from(key), bytes).toString('hex');
}

function told(known: KeptAnswer, bodyDigest: string): Done<string> {
  const isSame = timingSafeEqual(Buffer.from(known.bodyDigest, 'hex'), Buffer.from(bodyDigest, 'hex'));
  if (!isSame) throw new ProblemResponse('desk.idempotency_key_reused');
  return { status: known.status, body: known.body };
}

function isConflict(cause: unknown): boolean {
  return cause instanceof HotelError && cause.code === 'conflict';
}
