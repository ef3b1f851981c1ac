/**
 * One request with questions to the platform as it travels: the questions encrypted, with a nonce, and an answer that is believed only
 * under the platform's seal over that very request (docs/platform.md, Live status, Online codes).
 */

import { randomBytes } from 'node:crypto';
import type { StatusKeys } from '../knowledge/trust/status-keys.ts';
import { readSeal } from '../outbound/answer-seal.ts';
import { type ExchangeAnswer, ExchangeError } from '../outbound/keep-alive-client.ts';
import { QuestionCipher } from './question-cipher.ts';

const NONCE_BYTES = 16;
/** What is sealed now is sealed within this of now: beyond it one of two clocks is wrong, or somebody held it back. */
const CLOCKS_APART_MAX_MS = 300_000;

/** What is asked at one path, and what is answered. */
export interface QuestionFormat<Asked, Answer> {
  readonly path: string;
  /** The questions as they are encrypted, JSON. */
  plain(asked: readonly Asked[]): unknown;
  /** Largest answer to so many questions. */
  answerBytesMax(questions: number): number;
  /** The answers in the order of the questions. Throws ExchangeError (`malformed`). */
  parse(text: string, questions: number, nowMs: number): Answer[];
}

export interface SealedExchangeOptions<Asked, Answer> {
  readonly format: QuestionFormat<Asked, Answer>;
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

export interface SealedQuestion<Answer> {
  readonly path: string;
  /** JSON. */
  readonly body: string;
  /** Largest answer. */
  readonly maxBytes: number;
  /** The answers in the order of the questions. Throws ExchangeError: `signature`, `other_profile`, `clock`, `malformed`. */
  read(answer: ExchangeAnswer): Answer[];
}

export class SealedExchange<Asked, Answer> {
  readonly #options: SealedExchangeOptions<Asked, Answer>;
  readonly #cipher: QuestionCipher;

  constructor(options: SealedExchangeOptions<Asked, Answer>) {
    this.#options = options;
    this.#cipher = new QuestionCipher(options.now);
  }

  /** Throws ExchangeError `closed` when trust names no key to ask with. */
  question(asked: readonly Asked[]): SealedQuestion<Answer> {
    const { format, keys, now } = this.#options;
    const { encryption } = keys();
    if (encryption === null) throw new ExchangeError('closed');
    const nonce = randomBytes(NONCE_BYTES).toString('base64url');
    const plain = JSON.stringify(format.plain(asked));
    const body = JSON.stringify({ v: 2, nonce, encrypted: this.#cipher.encrypt(plain, encryption) });
    const askedAt = now();
    return {
      path: format.path,
      body,
      maxBytes: format.answerBytesMax(asked.length),
      read: (answer) => this.#read(body, askedAt, answer, asked.length),
    };
  }

  /** The seal first: nothing of an answer is read that the platform did not give. */
  #read(request: string, askedAt: number, { body, seal }: ExchangeAnswer, questions: number): Answer[] {
    const { format, keys, now, wallClock, onSealed } = this.#options;
    const question = { path: format.path, request, status: 200, answer: body };
    // Keys as they are when the answer comes: one that trust has dropped meanwhile says nothing any more.
    const read = readSeal(seal, keys().sealing, question);
    if ('refuse' in read) throw new ExchangeError(read.refuse);
    const atMs = read.sealedAtMs;
    onSealed?.(atMs, now() - askedAt);
    const nowMs = wallClock();
    if (Math.abs(atMs - nowMs) > CLOCKS_APART_MAX_MS) throw new ExchangeError('clock');
    return format.parse(body.toString('utf8'), questions, nowMs);
  }
}
