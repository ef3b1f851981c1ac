/**
 * The taps whose status the platform is asked for, between proof and decision. They come back in groups: what one
 * answer of the platform settles is decided, and made durable, together.
 */
import type { CredentialFacts } from '../../../workers/contract.ts';
import type { LiveAnswer, LiveStatus } from '../../live/live-answer.ts';
import type { ProvenFlight } from '../3-prove/prove.ts';
import type { ProofMoment } from '../6-journal/journal.ts';

/** A proven tap, and what became of its question. */
export interface AnsweredTap {
  readonly proven: ProvenFlight;
  readonly moment: ProofMoment;
  readonly answer: LiveAnswer;
}

/**
 * Of a tap's own time, what is left for deciding from the lists, making that durable and sending it, when the platform
 * does not answer.
 */
const RESERVE_MS = 60;

export class LiveStep {
  readonly #live: LiveStatus;
  readonly #onAnswered: (taps: readonly AnsweredTap[]) => void;
  #answered: AnsweredTap[] = [];

  constructor(live: LiveStatus, onAnswered: (taps: readonly AnsweredTap[]) => void) {
    this.#live = live;
    this.#onAnswered = onAnswered;
  }

  /** False when too little of the tap's time is left to ask; then nothing comes back. */
  ask(proven: ProvenFlight, { issuer, credentialId }: CredentialFacts, moment: ProofMoment): boolean {
    const { flight } = proven;
    const deadlineAt = flight.deadlineAt - RESERVE_MS;
    if (deadlineAt <= performance.now()) return false;
    flight.state = 'asking';
    const asking = flight.class === 'gate' ? 'gate' : 'desk';
    this.#live.ask({ issuer, credentialId, class: asking, deadlineAt }, (answer) => {
      // Given up meanwhile: the device was told that it was not judged, so it is not.
      if (flight.state !== 'asking') return;
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
