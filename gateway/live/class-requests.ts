/** Requests of one class of askers to the platform: pending queries, sent in batches as far as the circuit breaker admits. */
import {
  type ExchangeAnswer,
  ExchangeError,
  type ExchangeFault,
  type KeepAliveClient,
} from '../outbound/keep-alive-client.ts';
import type { RetryBudget } from '../outbound/retry-budget.ts';
import type { BatchedEvents } from './batched-asking.ts';
import type { Breaker } from './breaker.ts';
import type { AskingClass, NoAnswer } from './live-answer.ts';
import { PendingQueries, type Query, type Question } from './question.ts';
import type { SealedExchange } from './sealed-exchange.ts';

export interface ClassRequestsOptions<Asked, Answer extends { readonly kind: string }> {
  readonly class: AskingClass;
  /** Time one request may take, which is also what the breaker judges the platform by. */
  readonly deadlineMs: number;
  readonly batchItemsMax: number;
  readonly client: KeepAliveClient;
  readonly exchange: SealedExchange<Asked, Answer>;
  /** What has the same key has the same answer. */
  readonly keyOf: (asked: Asked) => string;
  readonly breaker: Breaker;
  readonly retries: RetryBudget;
  readonly now: () => number;
  readonly events: BatchedEvents<string>;
  /** Called when a request is over, and another may be sent. */
  readonly onFree: () => void;
}

export class ClassRequests<Asked, Answer extends { readonly kind: string }> {
  readonly #options: ClassRequestsOptions<Asked, Answer>;
  readonly #pending: PendingQueries<Asked, Answer>;
  #underWay = 0;

  constructor(options: ClassRequestsOptions<Asked, Answer>) {
    this.#options = options;
    this.#pending = new PendingQueries(options.keyOf);
  }

  get requestsUnderWay(): number {
    return this.#underWay;
  }

  get idle(): boolean {
    return this.#pending.empty;
  }

  add(asked: Asked, question: Question<Answer>): void {
    this.#pending.add(asked, question);
  }

  /** Sends one request with the queries that wait, as far as the breaker admits; what it does not admit is not asked. */
  sendOne(): void {
    const admitted = this.#options.breaker.admits();
    if (admitted !== 'none') {
      // A try costs one tap its time, not a whole batch.
      const queries = this.#pending.take(admitted === 'one' ? 1 : this.#options.batchItemsMax);
      if (queries.length > 0) void this.#send(queries);
    }
    if (admitted !== 'all') this.giveUp();
  }

  /** Settles whatever waits and was not sent. */
  giveUp(): void {
    settleAll(this.#pending.take(Number.POSITIVE_INFINITY), () => ({ kind: 'not_asked' }));
  }

  async #send(queries: readonly Query<Asked, Answer>[]): Promise<void> {
    const { breaker, events, now, onFree } = this.#options;
    const startedAt = now();
    this.#underWay += 1;
    let fault: ExchangeFault | null = null;
    let answers: readonly Answer[] = [];
    try {
      answers = await breaker.run(() => this.#request(queries, startedAt));
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      fault = error.code;
    } finally {
      this.#underWay -= 1;
    }
    events.request(this.#options.class, fault, now() - startedAt, queries.length);
    // Before the answers are handed on: the next request need not wait for what is done with them.
    onFree();
    const none: NoAnswer = { kind: fault === 'timeout' ? 'late' : 'failed' };
    settleAll(queries, (index) => answers[index] ?? none);
  }

  /** Answers in the order of the queries. Rejects with ExchangeError. */
  async #request(queries: readonly Query<Asked, Answer>[], startedAt: number): Promise<Answer[]> {
    const { deadlineMs, client, exchange, retries, now, events } = this.#options;
    const { path, body, maxBytes, read } = exchange.question(queries.map(({ asked }) => asked));
    const once = () => client.exchange({ path, body, timeoutMs: startedAt + deadlineMs - now(), maxBytes });
    retries.sent();
    let answer: ExchangeAnswer;
    try {
      answer = await once();
    } catch (error) {
      if (!this.#mayRetry(error, startedAt)) throw error;
      events.retried(this.#options.class);
      answer = await once();
    }
    return read(answer);
  }

  /** A connection that broke may have been old, and the question changes nothing at the platform: safe to ask again. */
  #mayRetry(error: unknown, startedAt: number): boolean {
    const { deadlineMs, now, retries } = this.#options;
    return (
      error instanceof ExchangeError &&
      error.code === 'reset' &&
      now() < startedAt + deadlineMs &&
      retries.take()
    );
  }
}

function settleAll<Asked, Answer>(
  queries: readonly Query<Asked, Answer>[],
  answerOf: (index: number) => Answer | NoAnswer,
): void {
  for (const [index, { questions }] of queries.entries()) {
    const answer = answerOf(index);
    for (const question of questions) question.settle(answer);
  }
}
