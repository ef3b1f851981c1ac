/** One asker's question, and the query it became: several askers after one credential share a query. */
import { disclosed, type PersonalText } from '../../workers/claims.ts';
import type { Expiring } from '../scheduling/deadline-wheel.ts';
import type { AskingClass, LiveAnswer } from './live-answer.ts';

type Reply = (answer: LiveAnswer) => void;

/** Calls back once, whichever of answer, deadline and close comes first. */
export class Question implements Expiring {
  readonly class: AskingClass;
  readonly deadlineAt: number;
  deadlineTick: Expiring['deadlineTick'] = null;
  deadlineSlot = 0;
  /** By the monotonic clock. */
  readonly askedAt: number;
  readonly #onSettled: (question: Question, answer: LiveAnswer) => void;
  #reply: Reply | null;

  constructor(
    asked: { readonly class: AskingClass; readonly askedAt: number; readonly deadlineAt: number },
    reply: Reply,
    onSettled: (question: Question, answer: LiveAnswer) => void,
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

  settle(answer: LiveAnswer): void {
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

export interface Query {
  readonly issuer: string;
  /** Goes to the platform only. */
  readonly credentialId: PersonalText;
  readonly questions: Question[];
}

/** Queries of one class that wait for a free request, oldest first. */
export class PendingQueries {
  readonly #byCredential = new Map<string, Query>();

  get empty(): boolean {
    return this.#byCredential.size === 0;
  }

  /**
   * Joins a query for the same credential that was not sent yet. One that was sent is not joined: its answer may be from
   * before this tap.
   */
  add(issuer: string, credentialId: PersonalText, question: Question): void {
    const key = `${issuer.length} ${issuer}${disclosed(credentialId)}`;
    const query = this.#byCredential.get(key);
    if (query) query.questions.push(question);
    else this.#byCredential.set(key, { issuer, credentialId, questions: [question] });
  }

  /** The oldest, at most `max`, without those that nobody waits for any more. */
  take(max: number): Query[] {
    const taken: Query[] = [];
    for (const [key, query] of this.#byCredential) {
      if (taken.length === max) break;
      this.#byCredential.delete(key);
      if (query.questions.some(({ open }) => open)) taken.push(query);
    }
    return taken;
  }
}
