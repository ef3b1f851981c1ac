/**
 * What is asked of the store that all gateways share, and what it has answered in time. It may be away, slow or wrong: each of
 * that is "no answer", after the deadline at the latest, and never anything else.
 */
import type { ClusterSettings } from '../../../config/settings.ts';

/** No answer in time, or one that is none. */
export const NO_ANSWER = Symbol('no answer');
/** What a command returned: text, a number, nothing. */
export type StoreAnswer = string | number | null | typeof NO_ANSWER;

/** A command and its arguments, the first of which is its key. */
export interface StoreQuestion {
  readonly command: string;
  readonly args: readonly string[];
}

/** A connection, or those to all servers of a cluster. */
export interface StoreConnection {
  /** Whether there is one, to servers that can be used. */
  readonly isReady: boolean;
  /** Sends all in one write. Calls back once for each, in any order: with what was returned, or the error. */
  send(questions: readonly StoreQuestion[], onReply: (at: number, reply: unknown) => void): void;
  close(): void;
}

/** Told to metrics. */
export interface StoreEvents {
  /** All of one write was answered in time, milliseconds. */
  answered(questions: number, elapsedMs: number): void;
  /** The deadline passed first. */
  late(questions: number): void;
  /** An error came back, or the connection ended. */
  failed(questions: number): void;
  /** Not asked: it is away, has failed too often, or too much is under way. */
  refused(questions: number): void;
}

type Bounds = Pick<
  NonNullable<ClusterSettings['store']>,
  'deadline_ms' | 'waiting_max' | 'breaker_failures' | 'breaker_open_ms'
>;

/** Questions that were sent together. */
interface Round {
  readonly answers: StoreAnswer[];
  readonly onAnswered: (answers: readonly StoreAnswer[]) => void;
  readonly beganAt: number;
  readonly timer: NodeJS.Timeout;
  open: number;
  errors: number;
  isOver: boolean;
}

export class Store {
  readonly #connection: StoreConnection;
  readonly #bounds: Bounds;
  readonly #events: StoreEvents;
  readonly #now: () => number;
  /** Sent, and neither answered nor failed, however late. */
  #underWay = 0;
  /** Questions in a row without an answer. */
  #unanswered = 0;
  #openUntil = Number.NEGATIVE_INFINITY;

  /** `now`: monotonic clock, milliseconds. */
  constructor(
    connection: StoreConnection,
    bounds: Bounds,
    events: StoreEvents,
    now: () => number = () => performance.now(),
  ) {
    this.#connection = connection;
    this.#bounds = bounds;
    this.#events = events;
    this.#now = now;
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** Whether it would be asked now. */
  get isThere(): boolean {
    return this.#connection.isReady && !this.#isOpen;
  }

  /** Calls back once, never within the call, with an answer for each, in order. */
  askAll(questions: readonly StoreQuestion[], onAnswered: (answers: readonly StoreAnswer[]) => void): void {
    const count = questions.length;
    const { deadline_ms, breaker_open_ms, waiting_max } = this.#bounds;
    const beganAt = this.#now();
    if (!this.isThere || this.#underWay + count > waiting_max) {
      this.#events.refused(count);
      queueMicrotask(() => onAnswered(noAnswers(count)));
      return;
    }
    // While it fails, one write at a time tries whether it still does.
    if (this.#hasFailed) this.#openUntil = beganAt + breaker_open_ms;
    this.#underWay += count;
    const round: Round = {
      ...{ answers: noAnswers(count), onAnswered, beganAt, open: count, errors: 0, isOver: false },
      timer: setTimeout(() => this.#due(round), deadline_ms),
    };
    this.#connection.send(questions, (at, reply) => this.#replied(round, at, reply));
  }

  /** Sends what nobody waits for. */
  tell(questions: readonly StoreQuestion[]): boolean {
    if (!this.#connection.isReady) return false;
    this.#connection.send(questions, () => {});
    return true;
  }

  close(): void {
    this.#connection.close();
  }

  get #hasFailed(): boolean {
    return this.#unanswered >= this.#bounds.breaker_failures;
  }

  get #isOpen(): boolean {
    return this.#hasFailed && this.#now() < this.#openUntil;
  }

  #replied(round: Round, at: number, reply: unknown): void {
    this.#underWay -= 1;
    round.open -= 1;
    if (round.isOver) return;
    if (typeof reply === 'string' || typeof reply === 'number' || reply === null) {
      round.answers[at] = reply;
      this.#unanswered = 0;
    } else {
      round.errors += 1;
      this.#missed(1);
    }
    if (round.open > 0) return;
    clearTimeout(round.timer);
    const answered = round.answers.length - round.errors;
    if (answered > 0) this.#events.answered(answered, this.#now() - round.beganAt);
    if (round.errors > 0) this.#events.failed(round.errors);
    this.#end(round);
  }

  /** Timers come before messages: where this thread itself was late, the answers may lie there unread. */
  #due(round: Round): void {
    setImmediate(() => {
      if (round.isOver) return;
      this.#missed(round.open);
      this.#events.late(round.open);
      if (round.errors > 0) this.#events.failed(round.errors);
      this.#end(round);
    });
  }

  #missed(questions: number): void {
    const hadFailed = this.#hasFailed;
    this.#unanswered += questions;
    if (!hadFailed && this.#hasFailed) this.#openUntil = this.#now() + this.#bounds.breaker_open_ms;
  }

  #end(round: Round): void {
    round.isOver = true;
    round.onAnswered(round.answers);
  }
}

function noAnswers(count: number): StoreAnswer[] {
  return new Array<StoreAnswer>(count).fill(NO_ANSWER);
}
