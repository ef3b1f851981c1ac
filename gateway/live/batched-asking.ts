/** Asks the platform within a deadline, many taps in one request: for the status of cards, and what online codes mean. */
import type { Settings } from '../../config/settings.ts';
import { canAsk, type StatusKeys } from '../knowledge/trust/status-keys.ts';
import {
  type ClientEndpoint,
  createKeepAliveClient,
  type ExchangeFault,
  type KeepAliveClient,
} from '../outbound/keep-alive-client.ts';
import { RetryBudget } from '../outbound/retry-budget.ts';
import { DeadlineWheel } from '../scheduling/deadline-wheel.ts';
import { type BreakerState, createBreaker } from './breaker.ts';
import { ClassRequests } from './class-requests.ts';
import type { Asked, AskingClass, NoAnswer, Platform } from './live-answer.ts';
import { Question } from './question.ts';
import { type QuestionFormat, SealedExchange, type SealedExchangeOptions } from './sealed-exchange.ts';

/** What metrics are made of. Nothing in it names a card. */
export interface BatchedEvents<Kind extends string> {
  asked(askingClass: AskingClass): void;
  /** Every question, exactly once. `elapsedMs`: from the question to its answer. */
  answered(askingClass: AskingClass, kind: Kind, elapsedMs: number): void;
  /** A request is over; `fault` null: it was answered well. `queries`: how many it carried. */
  request(askingClass: AskingClass, fault: ExchangeFault | null, elapsedMs: number, queries: number): void;
  retried(askingClass: AskingClass): void;
  breaker(askingClass: AskingClass, state: BreakerState): void;
}

export interface BatchedOptions<Question extends Asked, Answer extends { readonly kind: string }> {
  readonly format: QuestionFormat<Question, Answer>;
  /** What has the same key has the same answer, whoever asks. */
  readonly keyOf: (asked: Question) => string;
  readonly endpoint: ClientEndpoint;
  readonly settings: Settings['live'];
  /** Whether the platform may be asked at all: `mayAskLive` of the mode in force. Read at each question. */
  readonly mayAsk: () => boolean;
  /** Keys that trust names now. Without them nobody is asked: nothing that was answered could be believed. */
  readonly keys: () => StatusKeys;
  /** Monotonic, milliseconds: the clock of `deadlineAt`. Default `performance.now()`. */
  readonly now?: () => number;
  /** Milliseconds since 1970 UTC, the gateway's guarded clock: judges the times in answers. */
  readonly wallClock: () => number;
  /** As in SealedExchangeOptions. */
  readonly onSealed?: SealedExchangeOptions<Question, Answer>['onSealed'];
  readonly events: BatchedEvents<string>;
  /** Default: HTTP to the endpoint. */
  readonly client?: KeepAliveClient;
}

export interface ClosablePlatform<Question extends Asked, Answer> extends Platform<Question, Answer> {
  /** Questions without an answer yet. */
  readonly waiting: number;
  breakerState(askingClass: AskingClass): BreakerState;
  /** Answers every question at once (`not_asked` or `failed`) and ends the connections. Later questions: `not_asked`. */
  close(): Promise<void>;
}

/** Gates first, wherever both wait. */
const CLASSES: readonly AskingClass[] = ['gate', 'desk'];

/**
 * Desks, whose requests may take longer, get at most half of the requests and of the waiting room, so that a gate never
 * waits for one of theirs. With a single request a gate may have one beside a desk's.
 */
export class BatchedAsking<Asks extends Asked, Answer extends { readonly kind: string }>
  implements ClosablePlatform<Asks, Answer>
{
  readonly #settings: Settings['live'];
  readonly #mayAsk: () => boolean;
  readonly #now: () => number;
  readonly #events: BatchedEvents<string>;
  readonly #client: KeepAliveClient;
  readonly #requests: Readonly<Record<AskingClass, ClassRequests<Asks, Answer>>>;
  readonly #breakers: Readonly<Record<AskingClass, ReturnType<typeof createBreaker>>>;
  readonly #wheel: DeadlineWheel<Question<Answer>>;
  readonly #open: Readonly<Record<AskingClass, Set<Question<Answer>>>> = {
    gate: new Set(),
    desk: new Set(),
  };
  #pumping: NodeJS.Immediate | null = null;
  #closed = false;

  constructor(options: BatchedOptions<Asks, Answer>) {
    const { settings, events, keys, now = () => performance.now(), wallClock } = options;
    this.#settings = settings;
    this.#mayAsk = () => options.mayAsk() && canAsk(keys());
    this.#now = now;
    this.#events = events;
    this.#client = options.client ?? createKeepAliveClient(options.endpoint, settings.requests_max + 1);
    this.#wheel = new DeadlineWheel({ now, onExpired: (question) => question.expire() });
    const breaker = (askingClass: AskingClass) =>
      createBreaker({
        failures: settings.breaker_failures,
        openMs: settings.breaker_open_ms,
        now,
        onState: (state) => events.breaker(askingClass, state),
      });
    this.#breakers = { gate: breaker('gate'), desk: breaker('desk') };
    const retries = new RetryBudget(settings.retry_percent);
    const { format, keyOf, onSealed } = options;
    const exchange = new SealedExchange({ format, keys, now, wallClock, ...(onSealed && { onSealed }) });
    const requestsOf = (askingClass: AskingClass, deadlineMs: number) =>
      new ClassRequests<Asks, Answer>({
        class: askingClass,
        keyOf,
        deadlineMs,
        batchItemsMax: settings.batch_items_max,
        client: this.#client,
        exchange,
        breaker: this.#breakers[askingClass],
        retries,
        now,
        events,
        onFree: () => this.#pump(),
      });
    this.#requests = {
      gate: requestsOf('gate', settings.deadline_gate_ms),
      desk: requestsOf('desk', settings.deadline_desk_ms),
    };
  }

  get waiting(): number {
    return this.#open.gate.size + this.#open.desk.size;
  }

  breakerState(askingClass: AskingClass): BreakerState {
    return this.#breakers[askingClass].state;
  }

  ask(asked: Asks, reply: (answer: Answer | NoAnswer) => void): void {
    const question = this.#questionOf(asked, reply);
    this.#events.asked(asked.class);
    if (this.#closed || !this.#mayAsk() || this.#full(asked.class)) {
      queueMicrotask(() => question.settle({ kind: 'not_asked' }));
      return;
    }
    if (this.#breakers[asked.class].admits() === 'none') {
      queueMicrotask(() => question.settle({ kind: 'not_asked' }));
      return;
    }
    if (question.deadlineAt <= question.askedAt) {
      queueMicrotask(() => question.expire());
      return;
    }
    this.#open[asked.class].add(question);
    this.#wheel.watch(question);
    this.#requests[asked.class].add(asked, question);
    // At the end of this turn: taps that come together go together, and none waits longer than that.
    this.#pumping ??= setImmediate(() => {
      this.#pumping = null;
      this.#pump();
    });
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      if (this.#pumping) clearImmediate(this.#pumping);
      this.#pumping = null;
      for (const askingClass of CLASSES) this.#requests[askingClass].giveUp();
      this.#client.close();
      for (const askingClass of CLASSES) {
        for (const question of [...this.#open[askingClass]]) question.settle({ kind: 'failed' });
      }
      this.#wheel.stop();
    }
    return Promise.resolve();
  }

  #questionOf({ class: askingClass, deadlineAt }: Asked, reply: (answer: Answer | NoAnswer) => void) {
    const { deadline_gate_ms: gateMs, deadline_desk_ms: deskMs } = this.#settings;
    const askedAt = this.#now();
    const latest = askedAt + (askingClass === 'gate' ? gateMs : deskMs);
    return new Question<Answer>(
      { class: askingClass, askedAt, deadlineAt: Math.min(deadlineAt, latest) },
      reply,
      (question, { kind }) => {
        this.#open[question.class].delete(question);
        this.#wheel.release(question);
        this.#events.answered(question.class, kind, this.#now() - question.askedAt);
      },
    );
  }

  #full(askingClass: AskingClass): boolean {
    const { waiting_max: max } = this.#settings;
    const desksMax = Math.ceil(max / 2);
    return this.waiting >= max || (askingClass === 'desk' && this.#open.desk.size >= desksMax);
  }

  #pump(): void {
    if (this.#closed) return;
    for (const askingClass of CLASSES) {
      const requests = this.#requests[askingClass];
      if (!this.#mayAsk()) requests.giveUp();
      while (!requests.idle && this.#mayRequest(askingClass)) requests.sendOne();
    }
  }

  #mayRequest(askingClass: AskingClass): boolean {
    const { gate, desk } = this.#requests;
    const max = this.#settings.requests_max;
    const free = gate.requestsUnderWay + desk.requestsUnderWay < max;
    if (askingClass === 'gate') return free || gate.requestsUnderWay === 0;
    return free && desk.requestsUnderWay < Math.max(1, Math.floor(max / 2));
  }
}
