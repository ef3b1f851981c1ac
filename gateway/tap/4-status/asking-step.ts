/**
 * What is asked of others between proof and decision: the status of the moment, and whatever else only others know. Every
 * such question goes the same way: it blocks nothing, it has a part of the tap's time, answers come back in groups that are
 * decided and made durable together, and what an answer took is given back when no decision comes to rest on it.
 */
import type { NamedFacts } from '../../../workers/contract.ts';
import type { ProvenFlight } from '../3-prove/prove.ts';
import type { ProofMoment } from '../6-journal/append.ts';

export interface Asking<Answer> {
  /** Calls back exactly once, never within the call. `deadlineAt`: by the monotonic clock (`performance.now()`). */
  ask(proven: ProvenFlight, facts: NamedFacts, deadlineAt: number, reply: (answer: Answer) => void): void;
  /** For answers that take something: the tap was given up, or its decision could not be kept. */
  giveBack?(proven: ProvenFlight, answer: Answer): void;
}

/** A proven tap, and what became of its question. */
export interface AnsweredTap<Answer> {
  readonly proven: ProvenFlight;
  readonly moment: ProofMoment;
  readonly answer: Answer;
}

/**
 * Of a tap's own time, what is left for deciding from the lists, making that durable and sending it, when there is no
 * answer.
 */
const RESERVE_MS = 60;

export class AskingStep<Answer> {
  readonly #asking: Asking<Answer>;
  readonly #onAnswered: (taps: readonly AnsweredTap<Answer>[]) => void;
  #answered: AnsweredTap<Answer>[] = [];

  constructor(asking: Asking<Answer>, onAnswered: (taps: readonly AnsweredTap<Answer>[]) => void) {
    this.#asking = asking;
    this.#onAnswered = onAnswered;
  }

  /** False when too little of the tap's time is left to ask; then nothing comes back. */
  ask(proven: ProvenFlight, facts: NamedFacts, moment: ProofMoment): boolean {
    const { flight } = proven;
    const deadlineAt = flight.deadlineAt - RESERVE_MS;
    if (deadlineAt <= performance.now()) return false;
    flight.state = 'asking';
    this.#asking.ask(proven, facts, deadlineAt, (answer) => {
      const { giveBack } = this.#asking;
      const undo = giveBack && (() => giveBack.call(this.#asking, proven, answer));
      // Given up meanwhile: the device was told that it was not judged, so it is not.
      if (flight.state !== 'asking') {
        undo?.();
        return;
      }
      if (undo) flight.giveBack = undo;
      if (this.#answered.length === 0) setImmediate(() => this.#flush());
      this.#answered.push({ proven, moment, answer });
    });
    return true;
  }

  #flush(): void {
    const answered = this.#answered;
    this.#answered = [];
    this.#onAnswered(answered.filter(({ proven }) => proven.flight.state === 'asking'));
  }
}
