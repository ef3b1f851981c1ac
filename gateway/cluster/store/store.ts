/**
 * What is asked of the store that all gateways share, and what it has answered in time. It may be away, slow or wrong: each of
 * that is "no answer", after the deadline at the latest, and never anything else.
 *
 * A write, and the reading of its answers, costs more than a dozen questions in it. So there is one write a millisecond at most:
 * what is asked meanwhile goes together with the next.
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

/** Who asked some of the questions of one write. */
interface Asker {
  readonly count: number;
  readonly onAnswered: (answers: readonly StoreAnswer[]) => void;
}

/** Questions that are sent together. */
interface Round {
  readonly questions: StoreQuestion[];
  readonly askers: Asker[];
  answers: StoreAnswer[];
  sentAt: number;
  open: number;
  errors: number;
  isOver: boolean;
}

/** Time between two writes. A tap waits for so long at most before its question is on its way. */
const GATHER_MS = 1;

export class Store {
  readonly #connection: StoreConnection;
  readonly #bounds: Bounds;
  readonly #events: StoreEvents;
  readonly #now: () => number;
  /** Asked, and neither answered nor failed, however late. */
  #underWay = 0;
  /** Writes in a row without an answer. */
  #unanswered = 0;
  #openUntil = Number.NEGATIVE_INFINITY;
  #gathered: Round | null = null;
  /** What is gathered goes with this turn; else when this timer says. */
  #isSending = false;
  #wait: NodeJS.Timeout | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  /** Sent and not over, or over by now; the first has the earliest deadline. */
  readonly #sent: Round[] = [];
  #isTimed = false;

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
    if (!this.isThere || this.#underWay + count > this.#bounds.waiting_max) {
      this.#events.refused(count);
      queueMicrotask(() => onAnswered(noAnswers(count)));
      return;
    }
    // While it fails, one write at a time tries whether it still does.
    if (this.#hasFailed) this.#openUntil = this.#now() + this.#bounds.breaker_open_ms;
    this.#underWay += count;
    const isFirst = this.#gathered === null;
    this.#gathered ??= newRound();
    for (let i = 0; i < count; i += 1) this.#gathered.questions.push(questions[i] as StoreQuestion);
    this.#gathered.askers.push({ count, onAnswered });
    this.#schedule(isFirst);
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

  /** With the turn in which something is asked, where it is time: to be woken for it alone would cost as much as the write. */
  #schedule(isFirst: boolean): void {
    if (this.#isSending) return;
    if (this.#now() - this.#sentAt >= GATHER_MS) {
      this.#isSending = true;
      clearTimeout(this.#wait);
      setImmediate(this.#send);
    } else if (isFirst) this.#wait = setTimeout(this.#send, GATHER_MS);
  }

  readonly #send = (): void => {
    const round = this.#gathered;
    this.#isSending = false;
    if (round === null) return;
    this.#gathered = null;
    this.#sentAt = this.#now();
    round.sentAt = this.#sentAt;
    round.open = round.questions.length;
    round.answers = noAnswers(round.open);
    this.#sent.push(round);
    if (!this.#isTimed) this.#time(this.#bounds.deadline_ms);
    this.#connection.send(round.questions, (at, reply) => this.#replied(round, at, reply));
  };

  #replied(round: Round, at: number, reply: unknown): void {
    this.#underWay -= 1;
    round.open -= 1;
    if (round.isOver) return;
    if (typeof reply === 'string' || typeof reply === 'number' || reply === null) {
      round.answers[at] = reply;
      this.#unanswered = 0;
    } else {
      round.errors += 1;
    }
    if (round.open > 0) return;
    const answered = round.answers.length - round.errors;
    if (answered > 0) this.#events.answered(answered, this.#now() - round.sentAt);
    this.#end(round, answered);
  }

  /** One timer for all: it is set for the earliest deadline there was, and stays set when that is met. */
  #time(ms: number): void {
    this.#isTimed = true;
    setTimeout(this.#timedOut, ms).unref();
  }

  /** Timers come before messages: where this thread itself was late, the answers may lie there unread. */
  readonly #timedOut = (): void => void setImmediate(this.#endLate);

  readonly #endLate = (): void => {
    const { deadline_ms } = this.#bounds;
    const now = this.#now();
    for (let [first] = this.#sent; first !== undefined; [first] = this.#sent) {
      const leftMs = first.sentAt + deadline_ms - now;
      if (!first.isOver && leftMs > 0) {
        this.#time(leftMs);
        return;
      }
      this.#sent.shift();
      if (first.isOver) continue;
      this.#events.late(first.open);
      this.#end(first, first.answers.length - first.open - first.errors);
    }
    this.#isTimed = false;
  };

  #end(round: Round, answered: number): void {
    round.isOver = true;
    if (round.errors > 0) this.#events.failed(round.errors);
    if (answered === 0) this.#missed();
    const { askers, answers } = round;
    let from = 0;
    for (const { count, onAnswered } of askers) {
      onAnswered(askers.length === 1 ? answers : answers.slice(from, from + count));
      from += count;
    }
  }

  #missed(): void {
    this.#unanswered += 1;
    if (this.#unanswered === this.#bounds.breaker_failures) {
      this.#openUntil = this.#now() + this.#bounds.breaker_open_ms;
    }
  }
}

function newRound(): Round {
  return { questions: [], askers: [], answers: [], sentAt: 0, open: 0, errors: 0, isOver: false };
}

function noAnswers(count: number): StoreAnswer[] {
  return new Array<StoreAnswer>(count).fill(NO_ANSWER);
}
