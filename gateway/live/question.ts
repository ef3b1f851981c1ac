/** One asker's question, and the query it became: several askers after one credential share a query. */
import type { Expiring } from '../scheduling/deadline-wheel.ts';
import type { AskingClass, NoAnswer } from './live-answer.ts';

type Reply<Answer> = (answer: Answer | NoAnswer) => void;

/** Calls back once, whichever of answer, deadline and close comes first. */
export class Question<Answer> implements Expiring {
  readonly class: AskingClass;
  readonly deadlineAt: number;
  deadlineTick: Expiring['deadlineTick'] = null;
  deadlineSlot = 0;
  /** By the monotonic clock. */
  readonly askedAt: number;
  readonly #onSettled: (question: Question<Answer>, answer: Answer | NoAnswer) => void;
  #reply: Reply<Answer> | null;

  constructor(
    asked: { readonly class: AskingClass; readonly askedAt: number; readonly deadlineAt: number },
    reply: Reply<Answer>,
    onSettled: (question: Question<Answer>, answer: Answer | NoAnswer) => void,
  ) {
    this.class = asked.class;
    this.askedAt = asked.askedAt;
    this.deadlineAt = asked.deadlineAt;
    this.#reply = reply;
    this.#onSettled = onSettled;
  }

  get open(): boolean {
    return this.#reply !== null;
  }

  expire(): void {
    this.settle({ kind: 'late' });
  }

  settle(answer: Answer | NoAnswer): void {
    const reply = this.#reply;
    if (reply === null) return;
    this.#reply = null;
    this.#onSettled(this, answer);
    try {
      reply(answer);
    } catch (error) {
      // A fault of the asker must show, and must not cost others their answer.
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

export interface Query<Asked, Answer> {
  readonly asked: Asked;
  readonly questions: Question<Answer>[];
}

/** Queries of one class that wait for a free request, oldest first. */
export class PendingQueries<Asked, Answer> {
  readonly #keyOf: (asked: Asked) => string;
  readonly #byKey = new Map<string, Query<Asked, Answer>>();

  /** `keyOf`: what has the same key has the same answer, whoever asks. */
  constructor(keyOf: (asked: Asked) => string) {
    this.#keyOf = keyOf;
  }

  get empty(): boolean {
    return this.#byKey.size === 0;
  }

  /** Joins a query for the same that was not sent yet. One that was sent is not joined: its answer may be from before this tap. */
  add(asked: Asked, question: Question<Answer>): void {
    const key = this.#keyOf(asked);
    const query = this.#byKey.get(key);
    if (query) query.questions.push(question);
    else this.#byKey.set(key, { asked, questions: [question] });
  }

  /** The oldest, at most `max`, without those that nobody waits for any more. */
  take(max: number): Query<Asked, Answer>[] {
    const taken: Query<Asked, Answer>[] = [];
    for (const [key, query] of this.#byKey) {
      if (taken.length === max) break;
      this.#byKey.delete(key);
      if (query.questions.some(({ open }) => open)) taken.push(query);
    }
    return taken;
  }
}
