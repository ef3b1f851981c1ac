/**
 * One request for live status as it travels: the questions encrypted, with a nonce, and an answer that is believed only
 * under the platform's seal over that very request (docs/platform.md, Live status).
 */

import { randomBytes } from 'node:crypto';
import { disclosed } from '../../workers/claims.ts';
import type { StatusKeys } from '../knowledge/trust/status-keys.ts';
import { sealedAtMs } from '../outbound/answer-seal.ts';
import { type ExchangeAnswer, ExchangeError } from '../outbound/keep-alive-client.ts';
import type { LiveAnswer } from './live-answer.ts';
import type { Query } from './question.ts';
import { QuestionCipher } from './question-cipher.ts';
import { parseStatusAnswers } from './status-answers.ts';

const STATUS_PATH = '/v1/status';
const NONCE_BYTES = 16;
/** What is sealed now is sealed within this of now: beyond it one of two clocks is wrong, or somebody held it back. */
const CLOCKS_APART_MAX_MS = 300_000;

export interface StatusExchangeOptions {
  /** Those that trust names now. */
  readonly keys: () => StatusKeys;
  /** Monotonic, milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970 UTC, guarded against being set back. */
  readonly wallClock: () => number;
  /**
   * When an answer was sealed, milliseconds since 1970 UTC: after its question was asked, which is in the seal, and
   * `elapsedMs` ago at most.
   */
  readonly onSealed?: (sealedAtMs: number, elapsedMs: number) => void;
}

export interface StatusQuestion {
  readonly path: string;
  /** JSON. */
  readonly body: string;
  /** The answers in the order of the queries. Throws ExchangeError: `signature`, `clock`, `malformed`. */
  read(answer: ExchangeAnswer): LiveAnswer[];
}

export class StatusExchange {
  readonly #options: StatusExchangeOptions;
  readonly #cipher: QuestionCipher;

  constructor(options: StatusExchangeOptions) {
    this.#options = options;
    this.#cipher = new QuestionCipher(options.now);
  }

  /** Throws ExchangeError `closed` when trust names no key to ask with. */
  question(queries: readonly Pick<Query, 'issuer' | 'credentialId'>[]): StatusQuestion {
    const { encryption } = this.#options.keys();
    if (encryption === null) throw new ExchangeError('closed');
    const names = JSON.stringify({
      queries: queries.map((query) => [query.issuer, disclosed(query.credentialId)]),
    });
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    const body = JSON.stringify({ v: 2, nonce, encrypted: this.#cipher.encrypt(names, encryption) });
    const askedAt = this.#options.now();
    return { path: STATUS_PATH, body, read: (answer) => this.#read(body, askedAt, answer, queries.length) };
  }

  /** The seal first: nothing of an answer is read that the platform did not give. */
  #read(request: string, askedAt: number, { body, seal }: ExchangeAnswer, queries: number): LiveAnswer[] {
    const { keys, now, wallClock, onSealed } = this.#options;
    const question = { path: STATUS_PATH, request, status: 200, answer: body };
    // Keys as they are when the answer comes: one that trust has dropped meanwhile says nothing any more.
    const atMs = sealedAtMs(seal, keys().sealing, question);
    if (atMs === null) throw new ExchangeError('signature');
    onSealed?.(atMs, now() - askedAt);
    const nowMs = wallClock();
    if (Math.abs(atMs - nowMs) > CLOCKS_APART_MAX_MS) throw new ExchangeError('clock');
    return parseStatusAnswers(body.toString('utf8'), queries, nowMs);
  }
}
